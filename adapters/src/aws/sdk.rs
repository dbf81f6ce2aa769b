//! What the clients of all AWS services share: region, credentials, endpoints, TLS and timeouts.
//!
//! The SDK's own chain of defaults is not used. It would look in more places than Lambda has, and
//! read the system's root certificates, which takes longer than everything else at start.

mod failure;
#[cfg(test)]
pub(crate) mod fake;

use std::time::Duration;

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
pub use failure::{describe, failure};
use runtime::settings::{Lookup, Reader, SettingsError};

use super::{AMAZON_ROOTS, AwsCredentials, endpoint};

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(1);
/// How long one attempt of a call may take.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// How long a call may take, its second attempt included. An HTTP API waits ten seconds for an
/// authorizer, and the gate makes two calls as a rule.
const OPERATION: Duration = Duration::from_millis(3500);
/// How many attempts a call has.
const ATTEMPTS: u32 = 2;

/// A service that is called.
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

/// AWS credentials, and for each service the endpoint that replaces its own, if any.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    credentials: AwsCredentials,
    endpoints: [Option<String>; 3],
}

impl AwsSettings {
    /// Reads the settings through `lookup`.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingsError> {
        let mut settings = Reader::new(lookup);
        let everywhere = endpoint(&mut settings, "AWS_ENDPOINT_URL");
        let read = Self {
            credentials: AwsCredentials::read(&mut settings),
            endpoints: Service::ALL.map(|service| {
                endpoint(&mut settings, service.endpoint_setting()).or_else(|| everywhere.clone())
            }),
        };
        settings.finish(read)
    }
}

/// What the clients of AWS are made from: one HTTP client for all services.
#[derive(Clone, Debug)]
pub struct Aws {
    shared: SdkConfig,
    endpoints: [Option<String>; 3],
}

impl Aws {
    /// Prepares the HTTP client. Nothing is connected yet.
    ///
    /// # Errors
    /// The TLS stack refuses the root certificates that are built in.
    pub fn new(settings: &AwsSettings) -> Result<Self, String> {
        let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        let tls = TlsContext::builder().with_trust_store(roots).build();
        let tls = tls.map_err(|error| format!("the root certificates are refused: {error}"))?;
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .build_https();
        Ok(Self::over(http, settings))
    }

    fn over(http: SharedHttpClient, settings: &AwsSettings) -> Self {
        let credentials = settings.credentials.for_sdk();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION)
            .build();
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.credentials.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            // Every call has a timeout as it is, and a target may well send nothing for a while.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { shared, endpoints: settings.endpoints.clone() }
    }

    /// A client of DynamoDB, for any number of tables.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(Service::DynamoDb))
    }

    /// The configuration of a client of `service`.
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
    use super::{Aws, AwsSettings, Service};

    fn read(settings: &[(&str, &str)]) -> Result<AwsSettings, String> {
        let given = [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "id")];
        let all = [&given[..], &[("AWS_SECRET_ACCESS_KEY", "key")], settings].concat();
        let lookup = |name: &str| {
            all.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        };
        AwsSettings::read(&lookup).map_err(|mistakes| mistakes.to_string())
    }

    #[track_caller]
    fn check(name: &str, value: &str, mistake: &str) {
        assert_eq!(read(&[(name, value)]).err().unwrap_or_default(), mistake, "{name}={value}");
    }

    #[test]
    fn every_endpoint_is_checked() {
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"] {
            let mistake = format!("`{name}` is neither `https` nor `http` on loopback");
            check(name, "http://dynamodb.example.com", &mistake);
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
}
