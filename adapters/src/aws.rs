//! AWS credentials, region and endpoints: the variables that Lambda sets and every SDK reads.
//!
//! The SDK's own chain of defaults is not used: it would look in more places than Lambda has.

#[cfg(feature = "aws-sdk")]
pub mod sdk;
#[cfg(feature = "postgres")]
pub mod sigv4;

use runtime::settings::Reader;
use shared::secret::Secret;

use crate::url::Url;

/// The root certificates of Amazon Trust Services, which issues the certificates of all endpoints
/// of AWS: <https://www.amazontrust.com/repository/>. The first of them ends in 2037. A crate of
/// all public roots would have thirty times as many to parse at start, and thirty times as many to
/// trust.
pub const AMAZON_ROOTS: &[u8] = include_bytes!("aws/amazon-roots.pem");

/// The credentials that AWS is called with, and the region that is called.
#[derive(Clone, Debug)]
pub struct AwsCredentials {
    /// `AWS_REGION`, or `AWS_DEFAULT_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret<String>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<Secret<String>>,
}

impl AwsCredentials {
    /// Reads the settings; one that is missing is a mistake.
    pub fn read(settings: &mut Reader<'_>) -> Self {
        Self {
            region: region(settings),
            access_key_id: settings.required("AWS_ACCESS_KEY_ID", "the credentials for AWS"),
            secret_access_key: Secret::new(
                settings.required("AWS_SECRET_ACCESS_KEY", "the credentials for AWS"),
            ),
            session_token: settings.optional("AWS_SESSION_TOKEN").map(Secret::new),
        }
    }
}

#[cfg(any(feature = "aws-sdk", feature = "postgres"))]
impl AwsCredentials {
    /// The credentials in the type of AWS's own crates.
    pub(crate) fn for_sdk(&self) -> aws_credential_types::Credentials {
        aws_credential_types::Credentials::new(
            self.access_key_id.clone(),
            self.secret_access_key.expose().clone(),
            self.session_token.as_ref().map(|token| token.expose().clone()),
            None,
            "environment",
        )
    }
}

/// Lambda sets both variables; a developer's machine often has only `AWS_DEFAULT_REGION`.
fn region(settings: &mut Reader<'_>) -> String {
    let (name, other) = ("AWS_REGION", "AWS_DEFAULT_REGION");
    let is_set = |name| settings.optional(name).is_some();
    let name = if !is_set(name) && is_set(other) { other } else { name };
    let region = settings.required(name, "the AWS region");
    // It becomes a part of a host's name.
    if !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        settings.mistake(format!("`{name}` is no name of a region"));
    }
    region
}

/// The endpoint in the setting `name`, which replaces a service's own. Credentials and secrets are
/// sent to it, so it must be `https`, or `http` on loopback.
pub fn endpoint(settings: &mut Reader<'_>, name: &str) -> Option<String> {
    let url = settings.optional(name)?;
    if Url::parse(&url).is_err() {
        settings.mistake(format!("`{name}` is neither `https` nor `http` on loopback"));
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use runtime::settings::{Reader, SettingsError};
    use shared::hex;

    use super::{AMAZON_ROOTS, AwsCredentials, endpoint};

    fn read(settings: &[(&str, &str)]) -> Result<AwsCredentials, SettingsError> {
        let given = [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "id")];
        let all = [&given[..], &[("AWS_SECRET_ACCESS_KEY", "key")], settings].concat();
        let lookup = |name: &str| {
            all.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        };
        let mut reader = Reader::new(&lookup);
        let credentials = AwsCredentials::read(&mut reader);
        endpoint(&mut reader, "AWS_ENDPOINT_URL");
        reader.finish(credentials)
    }

    #[track_caller]
    fn check(name: &str, value: &str, mistake: &str) {
        let mistakes = read(&[(name, value)]).err().map(|mistakes| mistakes.to_string());
        assert_eq!(mistakes.unwrap_or_default(), mistake, "{name}={value}");
    }

    #[test]
    fn what_lambda_sets_must_be_there() {
        check("AWS_REGION", "", "`AWS_REGION` is not set: it must hold the AWS region");
        let credentials =
            |name| format!("`{name}` is not set: it must hold the credentials for AWS");
        check("AWS_ACCESS_KEY_ID", "", &credentials("AWS_ACCESS_KEY_ID"));
        check("AWS_SECRET_ACCESS_KEY", " ", &credentials("AWS_SECRET_ACCESS_KEY"));
        check("AWS_SESSION_TOKEN", "", "");
    }

    #[test]
    fn the_region_may_stand_in_either_variable() {
        let region = |settings: &[(&str, &str)]| read(settings).unwrap().region;
        assert_eq!(region(&[]), "eu-central-1");
        assert_eq!(region(&[("AWS_DEFAULT_REGION", "eu-west-1")]), "eu-central-1");
        let other = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-1")];
        assert_eq!(region(&other), "eu-west-1");
        check("AWS_REGION", "eu_west_1", "`AWS_REGION` is no name of a region");
        check("AWS_REGION", "eu-west-1.example.com/", "`AWS_REGION` is no name of a region");
    }

    #[test]
    fn nothing_secret_leaves_the_machine_in_the_clear() {
        for url in [
            "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com",
            "http://127.0.0.1:4566",
            "http://localhost:4566/",
            "http://localhost",
            "http://[::1]:4566",
        ] {
            check("AWS_ENDPOINT_URL", url, "");
        }
        for url in [
            "http://dynamodb.example.com",
            "http://127.0.0.1.example.com:80",
            "http://127.0.0.1@example.com:80",
            "http://127.0.0.1:80\\@example.com",
            "http://127.0.0.1:",
            "http://[::1",
            "http://localhost:80@example.com",
            "https://",
            "https://user@example.com",
            "ftp://127.0.0.1:21",
            "127.0.0.1:4566",
        ] {
            let mistake = "is neither `https` nor `http` on loopback";
            check("AWS_ENDPOINT_URL", url, &format!("`AWS_ENDPOINT_URL` {mistake}"));
        }
    }

    #[test]
    fn debug_shows_no_credential() {
        let settings = read(&[("AWS_SESSION_TOKEN", "session-token-0123")]).unwrap();
        let seen = format!("{settings:?}");
        assert!(!seen.contains("session-token-0123") && !seen.contains("\"key\""), "{seen}");
    }

    /// The fingerprints of <https://www.amazontrust.com/repository/>.
    #[test]
    fn the_roots_are_those_of_amazon() {
        let pem = str::from_utf8(AMAZON_ROOTS).unwrap();
        let fingerprint = |block: &str| {
            let (base64, _) = block.split_once("-----END CERTIFICATE-----").unwrap();
            let der = STANDARD.decode(base64.replace('\n', "")).unwrap();
            hex::encode(digest(&SHA256, &der).as_ref())
        };
        let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
        assert_eq!(
            blocks.map(fingerprint).collect::<Vec<_>>(),
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
    }
}
