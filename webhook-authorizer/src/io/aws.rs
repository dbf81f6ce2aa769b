//! What the clients of all AWS services share: region, credentials, endpoints, TLS and patience.
//!
//! The SDK's own chain of defaults is not used. It would ask more places than Lambda has, and read
//! the system's root certificates, which takes longer than everything else at start.

mod failure;
#[cfg(test)]
pub(super) mod fake;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use shared::secret::Secret;
use shell::settings::{Mistakes, Reader};

pub use failure::{describe, failure};

/// The roots of Amazon Trust Services, which every endpoint of AWS has a certificate of:
/// <https://www.amazontrust.com/repository/>. The first ends in 2037. A crate of all public roots would
/// have thirty times as many to parse at start, and thirty times as many to trust.
const ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(1);
/// How long one try at a question may take.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// How long a question may take, its second try included. An HTTP API waits ten seconds for an
/// authorizer, and a gate asks two questions as a rule.
const QUESTION: Duration = Duration::from_millis(3500);
/// How often a question is asked before it counts as one that could not be.
const ATTEMPTS: u32 = 2;

/// A service that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// Secrets Manager.
    SecretsManager,
    /// Lambda.
    Lambda,
}

impl Service {
    const ALL: [Self; 3] = [Self::DynamoDb, Self::SecretsManager, Self::Lambda];

    /// The setting that names another endpoint for it, as in every SDK of AWS.
    const fn endpoint_setting(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Self::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
        }
    }

    /// Its name in a sentence.
    const fn as_str(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::SecretsManager => "Secrets Manager",
            Self::Lambda => "Lambda",
        }
    }
}

/// Where AWS is and who asks it: the variables that Lambda sets and every SDK reads.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    region: String,
    access_key_id: String,
    secret_access_key: Secret<String>,
    session_token: Option<Secret<String>>,
    endpoints: [Option<String>; 3],
}

impl AwsSettings {
    /// Reads the settings through `lookup`.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut settings = Reader::new(&lookup);
        let everywhere = endpoint(&mut settings, "AWS_ENDPOINT_URL");
        let read = Self {
            region: region(&mut settings),
            access_key_id: settings.required("AWS_ACCESS_KEY_ID", "the function's credentials"),
            secret_access_key: Secret::new(
                settings.required("AWS_SECRET_ACCESS_KEY", "the function's credentials"),
            ),
            session_token: settings.optional("AWS_SESSION_TOKEN").map(Secret::new),
            endpoints: Service::ALL.map(|service| {
                endpoint(&mut settings, service.endpoint_setting()).or_else(|| everywhere.clone())
            }),
        };
        settings.finish(read)
    }
}

/// Lambda sets both, and a developer's shell often has only the other one.
fn region(settings: &mut Reader<'_>) -> String {
    let (name, other) = ("AWS_REGION", "AWS_DEFAULT_REGION");
    let is_set = |name| settings.optional(name).is_some();
    let name = if !is_set(name) && is_set(other) { other } else { name };
    let region = settings.required(name, "the region of the tables and secrets");
    // It becomes a part of a host's name.
    if !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        settings.mistake(format!("`{name}` is no name of a region"));
    }
    region
}

fn endpoint(settings: &mut Reader<'_>, name: &str) -> Option<String> {
    let url = settings.optional(name)?;
    if !is_https(&url) && !is_loopback(&url) {
        settings.mistake(format!("`{name}` is neither `https` nor `http` on loopback"));
    }
    Some(url)
}

fn is_https(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.contains('@'))
}

/// Credentials and secrets would travel in the clear to anywhere else.
fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    ["127.0.0.1", "[::1]", "localhost"].iter().any(|host| match authority.strip_prefix(host) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(is_port),
        None => false,
    })
}

/// The way to AWS: one HTTP client for all services.
#[derive(Clone, Debug)]
pub struct Aws {
    shared: SdkConfig,
    endpoints: [Option<String>; 3],
}

impl Aws {
    /// Prepares the way. Nothing is connected yet.
    ///
    /// # Errors
    /// The TLS stack refuses the root certificates that are built in.
    pub fn new(settings: &AwsSettings) -> Result<Self, String> {
        let roots = TrustStore::empty().with_pem_certificate(ROOTS);
        let tls = TlsContext::builder().with_trust_store(roots).build();
        let tls = tls.map_err(|error| format!("the root certificates are refused: {error}"))?;
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .build_https();
        Ok(Self::over(http, settings))
    }

    fn over(http: SharedHttpClient, settings: &AwsSettings) -> Self {
        let credentials = Credentials::new(
            settings.access_key_id.clone(),
            settings.secret_access_key.expose().clone(),
            settings.session_token.as_ref().map(|token| token.expose().clone()),
            None,
            "environment",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(QUESTION)
            .build();
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            // Every question has an end as it is, and a target may well be silent for a while.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { shared, endpoints: settings.endpoints.clone() }
    }

    /// A client of DynamoDB, for as many tables as there are.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(Service::DynamoDb))
    }

    /// What a client of `service` is made of.
    #[must_use]
    pub fn config(&self, service: Service) -> SdkConfig {
        let [dynamodb, secrets_manager, lambda] = &self.endpoints;
        let endpoint = match service {
            Service::DynamoDb => dynamodb,
            Service::SecretsManager => secrets_manager,
            Service::Lambda => lambda,
        };
        let mut config = self.shared.clone().into_builder();
        config.set_endpoint_url(endpoint.clone());
        config.build()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{Aws, AwsSettings, ROOTS, Service};

    fn read(settings: &[(&str, &str)]) -> Result<AwsSettings, String> {
        let given = [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "id")];
        let all = [&given[..], &[("AWS_SECRET_ACCESS_KEY", "key")], settings].concat();
        let lookup = |name: &str| {
            all.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        };
        AwsSettings::read(lookup).map_err(|mistakes| mistakes.to_string())
    }

    #[track_caller]
    fn check(name: &str, value: &str, mistake: &str) {
        assert_eq!(read(&[(name, value)]).err().unwrap_or_default(), mistake, "{name}={value}");
    }

    #[test]
    fn what_lambda_sets_must_be_there() {
        check(
            "AWS_REGION",
            "",
            "`AWS_REGION` is not set: it must hold the region of the tables and secrets",
        );
        let credentials =
            |name| format!("`{name}` is not set: it must hold the function's credentials");
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
            check("AWS_ENDPOINT_URL_LAMBDA", url, &format!("`AWS_ENDPOINT_URL_LAMBDA` {mistake}"));
            check("AWS_ENDPOINT_URL", url, &format!("`AWS_ENDPOINT_URL` {mistake}"));
        }
    }

    #[test]
    fn a_service_may_have_an_endpoint_of_its_own() {
        let settings = read(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:2"),
        ]);
        let aws = Aws::new(&settings.unwrap()).unwrap();
        let endpoint = |service| aws.config(service).endpoint_url().map(str::to_owned);
        assert_eq!(endpoint(Service::DynamoDb).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(endpoint(Service::SecretsManager).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(endpoint(Service::Lambda).as_deref(), Some("http://127.0.0.1:2"));
        let aws = Aws::new(&read(&[]).unwrap()).unwrap();
        assert_eq!(aws.config(Service::Lambda).endpoint_url(), None);
    }

    #[test]
    fn debug_shows_no_credential() {
        let settings = read(&[("AWS_SESSION_TOKEN", "session-token-0123")]).unwrap();
        let seen = format!("{settings:?} {:?}", Aws::new(&settings).unwrap());
        assert!(!seen.contains("session-token-0123") && !seen.contains("\"key\""), "{seen}");
    }

    /// The fingerprints of <https://www.amazontrust.com/repository/>.
    #[test]
    fn the_roots_are_those_of_amazon() {
        let pem = str::from_utf8(ROOTS).unwrap();
        let fingerprint = |block: &str| {
            let (base64, _) = block.split_once("-----END CERTIFICATE-----").unwrap();
            let der = STANDARD.decode(base64.replace('\n', "")).unwrap();
            let hex = |byte: &u8| format!("{byte:02x}");
            digest(&SHA256, &der).as_ref().iter().map(hex).collect::<String>()
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
