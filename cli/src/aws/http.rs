//! The HTTP client of the SDK.

use std::time::Duration;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::exit::CommandError;
use crate::proxy::Proxy;

/// How many attempts a call has.
pub(crate) const ATTEMPTS: u32 = 3;

/// A client that goes through `proxy`, and trusts the system's certificates, which may be those of that proxy. They
/// are read when something is connected.
///
/// # Errors
/// The proxy cannot be used.
pub(crate) fn http_client(proxy: &Proxy) -> Result<SharedHttpClient, CommandError> {
    let proxy = proxy.for_sdk()?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
    }))
}

/// How long a person waits: all attempts of a call are over before another process stops waiting for the lock.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25))
        .build()
}
