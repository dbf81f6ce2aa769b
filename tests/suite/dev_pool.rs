//! The development user pool: Cognito's protocols, without a socket.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod account;
mod admin;
mod authorize;
mod bounds;
mod exchange;
mod hosted;
mod password;
mod refresh;
mod state;
mod tokens;

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local::pool::{
    APP_CLIENT, Config, Fill, PASSWORD, POOL_ID, Pool, PoolError, Request, Response,
};
use serde_json::{Value, json};
use shared::authn::{
    ClaimName, CredentialKind, Identity, Issuer, Jws, Registered, ServiceClient, ServiceTenant,
    TokenRules, UnverifiedToken, jwk,
};
use shared::secret::Secret;
use shared::time::Timestamp;
use tests::mint::NEW_YEAR_2026;

const ENDPOINT: &str = "http://127.0.0.1:9229";
const ISSUER: &str = "https://cognito-idp.local-1.amazonaws.com/local-1_PortcullisDev";
const VIEWER: &str = "viewer@acme.example";
const VIEWER_SUB: &str = "00000000-0000-4000-8000-000000000001";
const REDIRECT: &str = "http://127.0.0.1:8976/callback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const FORM: &str = "application/x-www-form-urlencoded";
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/local-1/cognito-idp/\
                      aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

/// A pool that was just made, so that its keys are made once.
static NEW: LazyLock<Value> = LazyLock::new(|| {
    let pool = Pool::new(config(), random(), at(NEW_YEAR_2026)).unwrap();
    pool.export().unwrap()
});

fn config() -> Config {
    Config::development(POOL_ID, ENDPOINT).unwrap()
}

fn random() -> Fill {
    Box::new(|bytes| aws_lc_rs::rand::fill(bytes).map_err(|_| PoolError::Random))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1000)
}

/// A pool and a clock.
struct Dev {
    pool: Pool,
    now: Timestamp,
}

impl Dev {
    fn new() -> Self {
        Self::with(config())
    }

    fn with(config: Config) -> Self {
        let pool = Pool::restore(config, random(), NEW.clone()).unwrap();
        Self { pool, now: at(NEW_YEAR_2026) }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: Vec<(&str, &str)> =
            [("Host", "127.0.0.1:9229")].into_iter().chain(headers.iter().copied()).collect();
        self.pool.handle(&Request { method, path, query, headers: &headers, body }, self.now)
    }

    fn get(&mut self, target: &str) -> Response {
        self.send("GET", target, &[], b"")
    }

    /// One operation of Cognito's API, signed as the administrative ones must be.
    fn api(&mut self, operation: &str, input: &Value) -> Response {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers = [
            ("X-Amz-Target", target.as_str()),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Authorization", SIGNED),
        ];
        let response = self.send("POST", "/", &headers, input.to_string().as_bytes());
        assert_eq!(response.header("content-type"), Some("application/x-amz-json-1.1"));
        response
    }

    /// The answer of an operation that is accepted.
    #[track_caller]
    fn call(&mut self, operation: &str, input: &Value) -> Value {
        let response = self.api(operation, input);
        assert_eq!(response.status, 200, "{operation} {}", text(&response));
        body(&response)
    }

    /// `refusal` is the exception and its sentence.
    #[track_caller]
    fn refuse(&mut self, operation: &str, input: &Value, refusal: &str) {
        let response = self.api(operation, input);
        let (name, message) = refusal.split_once(": ").unwrap_or((refusal, ""));
        let expected = match message {
            "" => json!({ "__type": name }),
            message => json!({ "__type": name, "message": message }),
        };
        assert_eq!(body(&response), expected, "{operation} {input}");
        assert_eq!(response.status, 400, "{operation} {input}");
        assert_eq!(response.header("x-amzn-errortype"), Some(&*format!("{name}:")));
    }

    fn form(&mut self, path: &str, headers: &[(&str, &str)], params: &[(&str, &str)]) -> Response {
        let headers: Vec<(&str, &str)> =
            [("content-type", FORM)].into_iter().chain(headers.iter().copied()).collect();
        self.send("POST", path, &headers, encode(params).as_bytes())
    }

    /// `AuthenticationResult` of the user `email` with the usual password.
    #[track_caller]
    fn sign_in(&mut self, email: &str) -> Value {
        let output = self.call("InitiateAuth", &password_auth(email, PASSWORD));
        output["AuthenticationResult"].clone()
    }

    /// The sign-in page for `query`, filled in.
    fn submit(&mut self, query: &str, email: &str, password: &str) -> Response {
        let page = self.get(&format!("/oauth2/authorize?{query}"));
        assert_eq!(page.status, 200, "{}", text(&page));
        self.submit_page(&page, email, password)
    }

    fn submit_page(&mut self, page: &Response, email: &str, password: &str) -> Response {
        let (token, cookie) = (form_token(page), cookie(page));
        let params = [("form_token", &*token), ("username", email), ("password", password)];
        self.form("/login", &[("cookie", &cookie)], &params)
    }

    /// A code for the viewer of acme.
    #[track_caller]
    fn code(&mut self, query: &str) -> String {
        let response = self.submit(query, VIEWER, PASSWORD);
        assert_eq!(response.status, 303, "{}", text(&response));
        let location = response.header("location").unwrap();
        let (_, rest) = location.split_once("?code=").unwrap();
        rest.split_once('&').unwrap().0.to_owned()
    }

    /// The answer to redeeming `code` rightly.
    fn redeem(&mut self, code: &str) -> Response {
        self.form("/oauth2/token", &[], &redemption(code))
    }

    /// What our own verifier makes of `token`: who it proves, or the code and the sentence.
    fn verify(&self, token: &str) -> Result<Identity, String> {
        let rules = TokenRules {
            kinds: vec![CredentialKind::IdToken, CredentialKind::ServiceToken],
            issuers: vec![Issuer::of_pool(POOL_ID).unwrap()],
            app_clients: vec![APP_CLIENT.to_owned()],
            audiences: Vec::new(),
            role_claim: ClaimName::of_role("custom:role").unwrap(),
            tenant_claim: ClaimName::custom_tenant_id(),
            leeway_seconds: 30,
            context_claims: Vec::new(),
        };
        let clients = [ServiceClient {
            client_id: local::pool::SERVICE_CLIENT.into(),
            tenant: ServiceTenant::parse("acme").unwrap(),
        }];
        let registered = Registered { services: &clients, is_role: &|_| true };
        let jwks = jwk::parse(self.pool.jwks().as_bytes()).unwrap();
        assert_eq!(jwks.count(), 2);
        let verify = || {
            let jws = Jws::decode(Secret::new(token))?;
            let unverified = UnverifiedToken::read(&jws, &rules)?;
            let key = jwks.get(unverified.kid()).expect("a key of the pool");
            unverified.verify(key, self.now, &rules, registered)
        };
        verify().map_err(|denial| format!("{}: {}", denial.code, denial.reason))
    }
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn encode(params: &[(&str, &str)]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let value = |text: &str| -> String {
        let bytes = text.bytes();
        bytes
            .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    };
    let pairs = params.iter().map(|(name, text)| format!("{name}={}", value(text)));
    pairs.collect::<Vec<_>>().join("&")
}

fn password_auth(email: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": APP_CLIENT,
        "AuthParameters": { "USERNAME": email, "PASSWORD": password },
    })
}

/// A good authorization request with `name` replaced, left out where `value` is empty.
fn query_with(name: &str, value: &str) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", APP_CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut params: Vec<(&str, &str)> = usual.into_iter().filter(|(own, _)| *own != name).collect();
    if !value.is_empty() {
        params.push((name, value));
    }
    encode(&params)
}

fn query() -> String {
    query_with("", "")
}

fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", APP_CLIENT),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

fn form_token(page: &Response) -> String {
    let html = text(page);
    let (_, rest) = html.split_once("name=\"form_token\" value=\"").expect("a form");
    rest.split_once('"').unwrap().0.to_owned()
}

fn cookie(page: &Response) -> String {
    page.header("set-cookie").unwrap().split_once(';').unwrap().0.to_owned()
}

/// The claims of `token`, with what is new in each token as `"uuid"` if it is one.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    for name in ["jti", "origin_jti"] {
        let Some(value) = claims.get_mut(name) else { continue };
        let is_uuid = value.as_str().is_some_and(|id| id.len() == 36 && id.as_bytes()[14] == b'4');
        assert!(is_uuid, "{name}: {value}");
        *value = json!("uuid");
    }
    claims
}
