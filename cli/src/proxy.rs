//! The proxy of a company, through which a person's commands reach what is not on this machine.
//!
//! What goes over `http` goes to this machine alone, and never to a proxy: it could read it. So the libraries'
//! own reading of HTTP_PROXY and ALL_PROXY is not used.

use std::error::Error;

use aws_smithy_http_client::proxy::ProxyConfig;
use reqwest::{NoProxy, Url};

use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Place;

/// The settings that name a proxy for `https`, as curl reads them: the first that is set counts.
const NAMES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy for `https`, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxy(Option<Named>);

#[derive(Clone, PartialEq, Eq)]
struct Named {
    /// It may hold a password.
    url: Url,
    except: Option<String>,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Reads the environment for a command of the profile at `place`.
    ///
    /// # Errors
    /// What it names is no proxy of HTTP.
    pub(crate) fn of(place: &Place, env: &mut Env<'_>) -> Result<Self, CommandError> {
        let set = |name: &&str| (env.setting)(name).filter(|value| !value.trim().is_empty());
        let Some((name, value)) = NAMES.iter().find_map(|name| Some((name, set(name)?))) else {
            return Ok(Self(None));
        };
        let value = value.trim();
        // As curl: a proxy without a scheme is one of `http`.
        let value =
            if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let url = Url::parse(&value)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        // The value may hold a password.
        let url = url.ok_or_else(|| {
            CommandError::failed(format!(
                "`{name}` is no proxy such as `http://proxy.example.com:3128`"
            ))
        })?;
        let except = EXCEPT.iter().find_map(set);
        place.tell("proxy", url.host_str().unwrap_or_default(), name, env);
        Ok(Self(Some(Named { url, except })))
    }

    /// For the SDK's client.
    ///
    /// # Errors
    /// It takes no such address.
    pub(crate) fn for_sdk(&self) -> Result<ProxyConfig, CommandError> {
        let Some(Named { url, except }) = &self.0 else { return Ok(ProxyConfig::disabled()) };
        let config = ProxyConfig::https(url.as_str()).map_err(|_| unusable())?;
        Ok(match except {
            Some(except) => config.no_proxy(except),
            None => config,
        })
    }

    /// For reqwest, in place of what it would read by itself.
    ///
    /// # Errors
    /// It takes no such address.
    pub(crate) fn on(
        &self,
        client: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, CommandError> {
        let client = client.no_proxy();
        let Some(Named { url, except }) = &self.0 else { return Ok(client) };
        let proxy = reqwest::Proxy::https(url.clone()).map_err(|_| unusable())?;
        let except = except.as_deref().and_then(NoProxy::from_string);
        Ok(client.proxy(proxy.no_proxy(except)))
    }
}

/// Why nothing could be connected; `error` is the library's.
pub(crate) fn unconnected(error: &(dyn Error + 'static)) -> &'static str {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let said = error.to_string();
        if said.contains("certificate") || said.contains("UnknownIssuer") {
            return "its certificate is not trusted: behind a company's proxy, set SSL_CERT_FILE to that company's \
                    certificates";
        }
        cause = error.source();
    }
    "it cannot be reached: look at the network, and at HTTPS_PROXY"
}

fn unusable() -> CommandError {
    CommandError::failed("the proxy of the environment cannot be used: look at HTTPS_PROXY")
}
