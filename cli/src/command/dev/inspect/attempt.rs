//! The request of the page's form. It goes to the gateway over HTTP, as any client's does; its credential is
//! made here, and the page never has it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use aws_lc_rs::hmac;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use local::pool::{Mint, TokenKind};
use local::{sample_api_key, sample_webhook_secret};
use runtime::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::hex;
use tokio::net::TcpStream;

use super::super::pool::SharedPool;
use crate::command::{explain, key};

/// The header by which the gateway knows an attempt of the page.
pub(in super::super) const TRIED: HeaderName = HeaderName::from_static("x-portcullis-tried");

/// The longest request of the form, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// The longest answer that is shown, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The most headers of the form.
const MAX_HEADERS: usize = 20;
/// How long an answer may take: a little more than API Gateway gives an upstream.
const PATIENCE: Duration = Duration::from_secs(35);
/// Headers of an answer that are shown; the others are named.
const SHOWN: [&str; 6] = [
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "x-amzn-errortype",
    "x-amzn-requestid",
];
/// A status, and a sentence.
type Refusal = (u16, String);

/// Sends the requests of the form.
pub(super) struct Attempts {
    gateway: SocketAddr,
    pool: SharedPool,
    clock: Clock,
}

/// What the form says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    /// By which the page finds the decision among the others.
    mark: String,
    method: String,
    /// With a query, if there is one.
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    who: Who,
}

/// Who makes the request.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Who {
    Nobody,
    User {
        role: String,
        tenant: String,
        #[serde(default)]
        expired: bool,
    },
    Service {
        scopes: Vec<String>,
    },
    ApiKey {
        name: String,
    },
    /// The sender of the sample webhook, which signs the body.
    Webhook,
}

impl Attempts {
    pub(super) const fn new(gateway: SocketAddr, pool: SharedPool, clock: Clock) -> Self {
        Self { gateway: reachable(gateway), pool, clock }
    }

    /// Makes the request that `request` describes; what came back, as JSON.
    pub(super) async fn make(&self, request: Request<Incoming>) -> Result<String, Refusal> {
        let body = Limited::new(request.into_body(), MAX_REQUEST_BYTES).collect().await;
        let body = body.map_err(|_| (413, "the request is longer than 64 KiB".to_owned()))?;
        let form: Form = serde_json::from_slice(&body.to_bytes())
            .map_err(|error| (400, format!("that is no request of the form: {error}")))?;
        let request = self.request(form)?;
        let answered = tokio::time::timeout(PATIENCE, self.send(request)).await;
        let answer = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err((502, format!("the gateway did not answer: {error}"))),
            Err(_) => return Err((504, "the gateway has not answered after 35 s".to_owned())),
        };
        Ok(answer.to_string())
    }

    fn request(&self, form: Form) -> Result<Request<Full<Bytes>>, Refusal> {
        let wrong = |sentence: &str| (400, sentence.to_owned());
        if !form.path.starts_with('/') {
            return Err(wrong("a path begins with `/`"));
        }
        let path = form.path.parse::<Uri>();
        let path =
            path.map_err(|_| wrong("the path has a character that a request cannot have"))?;
        let mut request = Request::builder().method(form.method.as_str()).uri(path);
        let headers = request.headers_mut().ok_or_else(|| wrong("the method is none of HTTP"))?;
        if form.headers.len() > MAX_HEADERS {
            return Err(wrong("the form sends 20 headers at most"));
        }
        for (name, value) in &form.headers {
            let (name, value) = header(name, value)?;
            headers.insert(name, value);
        }
        let body = Bytes::from(form.body);
        self.present(&form.who, &body, headers)?;
        headers.insert(HOST, text(&self.gateway.to_string())?);
        headers.insert(TRIED, text(&form.mark)?);
        request.body(Full::new(body)).map_err(|_| wrong("that is no request of HTTP"))
    }

    /// Puts the credential of `who` on a request.
    fn present(&self, who: &Who, body: &Bytes, headers: &mut HeaderMap) -> Result<(), Refusal> {
        let bearer = |token: String| text(&format!("Bearer {token}"));
        match who {
            Who::Nobody => {}
            Who::User { role, tenant, expired } => {
                let token = self.mint(TokenKind::Id, role, tenant, None, *expired)?;
                headers.insert("authorization", bearer(token)?);
            }
            Who::Service { scopes } => {
                let scopes = Some(scopes.join(" "));
                let token = self.mint(TokenKind::Service, "", "", scopes.as_deref(), false)?;
                headers.insert("authorization", bearer(token)?);
            }
            Who::ApiKey { name } => {
                let key = sample_api_key(name)
                    .ok_or_else(|| (400, "there is no such sample key".to_owned()))?;
                headers.insert("x-api-key", text(&key)?);
            }
            Who::Webhook => {
                let secret = sample_webhook_secret()
                    .ok_or_else(|| (500, "the sample webhook has no secret".to_owned()))?;
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                let signature = hex::encode(hmac::sign(&key, body).as_ref());
                headers.insert("x-webhook-signature", text(&format!("sha256={signature}"))?);
            }
        }
        Ok(())
    }

    fn mint(
        &self,
        kind: TokenKind,
        role: &str,
        tenant: &str,
        scope: Option<&str>,
        expired: bool,
    ) -> Result<String, Refusal> {
        let mint = Mint { kind, role, tenant, client: None, scope, expired };
        let minted = self.pool.borrow_mut().mint(&mint, (self.clock.now)());
        minted.map_err(|error| (400, error.to_string()))
    }

    /// The path goes out as it is written: what a client's library would tidy up is what is tried here.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Value, String> {
        let stream = TcpStream::connect(self.gateway).await.map_err(|error| error.to_string())?;
        let opened = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = opened.map_err(|error| error.to_string())?;
        tokio::task::spawn_local(connection);
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (parts, body) = answer.into_parts();
        let (body, is_cut) = match Limited::new(body, MAX_ANSWER_BYTES).collect().await {
            Ok(body) => (String::from_utf8_lossy(&body.to_bytes()).into_owned(), false),
            Err(error) if error.is::<LengthLimitError>() => (String::new(), true),
            Err(error) => return Err(error.to_string()),
        };
        let shown = |name: &&str| {
            Some(((*name).to_owned(), parts.headers.get(*name)?.to_str().ok()?.into()))
        };
        let headers: serde_json::Map<String, Value> = SHOWN.iter().filter_map(shown).collect();
        Ok(json!({
            "status": parts.status.as_u16(),
            "headers": headers,
            "body": body,
            "is_cut": is_cut,
        }))
    }
}

/// Where this machine reaches what listens on `address`.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A header of the form. A credential is none: who calls is chosen, so that no secret stands on the page.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Refusal> {
    let wrong = |sentence: &str| (400, sentence.to_owned());
    let parsed: HeaderName =
        name.parse().map_err(|_| wrong("a header has a name that HTTP does not know"))?;
    let is_own = matches!(
        parsed.as_str(),
        "authorization"
            | "x-api-key"
            | "cookie"
            | "host"
            | "content-length"
            | "transfer-encoding"
            | "connection"
    );
    if is_own || parsed.as_str().starts_with("x-portcullis-") {
        return Err((400, format!("the form does not send `{parsed}`: choose who calls")));
    }
    if explain::has_token(value) || key::has_key(value) {
        return Err((400, format!("`{parsed}` has a credential in it: choose who calls")));
    }
    Ok((parsed, text(value)?))
}

fn text(value: &str) -> Result<HeaderValue, Refusal> {
    let value = HeaderValue::from_str(value);
    value.map_err(|_| (400, "a header has a character that HTTP does not send".to_owned()))
}
