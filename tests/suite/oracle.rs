//! Whatever token we accept, the oracle accepts: over tokens that are made and spoilt at random, the same
//! ones at every run. Every decision of the other tests asks the oracle, too.

mod spoilt;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use shared::authn::{
    ClaimName, CredentialKind, Identity, Issuer, Jwks, Jws, Registered, ServiceClient,
    ServiceTenant, TokenRules, UnverifiedToken, jwk,
};
use shared::denial::Denial;
use shared::secret::Secret;
use shared::time::Timestamp;
use spoilt::{Random, spoil};
use tests::mint::{
    APP_CLIENT, NEW_YEAR_2026, POOL, SERVICE_CLIENT, Signer, id_claims, service_claims,
    user_access_claims,
};
use tests::oracle::Oracle;

/// Freshly signed tokens of one test.
const SIGNED: usize = 12_000;
/// Tokens of one test that are spoilt after they were signed, for each that was signed.
const SPOILT: usize = 3;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));

/// Both readers, with the same rules.
struct Readers {
    rules: TokenRules,
    keys: Jwks,
    oracle: Oracle,
    services: Vec<ServiceClient>,
    now: Timestamp,
}

impl Readers {
    fn new(role_claim: &str) -> Self {
        let issuers = vec![Issuer::of_pool(POOL).unwrap()];
        let signers = std::slice::from_ref(&*SIGNER);
        let client = |id: &str, tenant: &str| ServiceClient {
            client_id: id.into(),
            tenant: ServiceTenant::parse(tenant).unwrap(),
        };
        Self {
            oracle: Oracle::new(&issuers, signers),
            keys: jwk::parse(SIGNER.jwks().as_bytes()).unwrap(),
            rules: TokenRules {
                kinds: CredentialKind::ALL.to_vec(),
                issuers,
                app_clients: vec![APP_CLIENT.to_owned(), "another".to_owned()],
                audiences: vec!["https://api.acme.example".to_owned()],
                role_claim: ClaimName::of_role(role_claim).unwrap(),
                tenant_claim: ClaimName::custom_tenant_id(),
                leeway_seconds: 30,
                context_claims: vec!["email".to_owned(), "cognito:groups".to_owned()],
            },
            services: vec![
                client(SERVICE_CLIENT, "acme"),
                client("many", "claim:custom:tenant_id"),
            ],
            now: Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000),
        }
    }

    fn read(&self, token: &str) -> Result<Identity, Denial> {
        let jws = Jws::decode(Secret::new(token))?;
        let token = UnverifiedToken::read(&jws, &self.rules)?;
        let Some(key) = self.keys.get(token.kid()) else {
            return Err(Denial::new(shared::denial::Code::TokenInvalid, "no key"));
        };
        let registered = Registered {
            services: &self.services,
            is_role: &|name| matches!(name, "viewer" | "itsm_agent"),
        };
        token.verify(key, self.now, &self.rules, registered)
    }

    /// Whether we accept `token`; fails if the oracle does not.
    fn accept(&self, token: &str) -> bool {
        let Ok(identity) = self.read(token) else { return false };
        self.oracle.confirm(token, &self.rules, &identity, self.now);
        true
    }
}

/// How many tokens there were, and how many of them we accept.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: usize,
    accepted: usize,
}

impl Count {
    fn add(&mut self, accepted: bool) {
        self.all += 1;
        self.accepted += usize::from(accepted);
    }
}

/// A part of the corpus: tokens that are spoilt before they are signed, and tokens that are spoilt after.
fn check_corpus(seed: u64, role_claim: &str) {
    let readers = Readers::new(role_claim);
    let mut random = Random::new(seed);
    let (mut signed, mut spoilt) = (Count::default(), Count::default());
    let mut last = SIGNER.token(&id_claims("viewer", "acme"));
    for _ in 0..SIGNED {
        let (header, payload) = parts(&mut random);
        let token = SIGNER.token_of(header.as_bytes(), payload.as_bytes());
        signed.add(readers.accept(&token));
        for _ in 0..SPOILT {
            spoilt.add(readers.accept(&spoil(&mut random, &token, &last)));
        }
        last = token;
    }
    // Neither of the two is rare.
    assert!((SIGNED / 4..SIGNED * 3 / 4).contains(&signed.accepted), "{signed:?}");
    // Hardly anything that is done to a signed token leaves it as it was.
    assert!(spoilt.accepted < spoilt.all / 20, "{spoilt:?}");
}

#[test]
fn tokens_at_random_1() {
    check_corpus(1, "custom:role");
}

#[test]
fn tokens_at_random_2() {
    check_corpus(2, "custom:role");
}

#[test]
fn tokens_at_random_3() {
    check_corpus(3, "cognito:groups");
}

#[test]
fn tokens_at_random_4() {
    check_corpus(4, "cognito:groups");
}

/// The oracle is no yes-man: it refuses by itself what a reader must refuse.
#[test]
fn what_the_oracle_refuses() {
    let readers = Readers::new("custom:role");
    let claims = id_claims("viewer", "acme");
    let identity = readers.read(&SIGNER.token(&claims)).unwrap();
    let check = |token: &str, expected: &str| {
        let read = readers.oracle.read(token, &readers.rules, identity.kind(), readers.now);
        assert_eq!(read.err().unwrap_or_default(), expected);
    };
    check(&SIGNER.token(&claims), "");
    check(&Signer::generate("a").token(&claims), "InvalidSignature");
    let header = |header: &str| SIGNER.token_of(header.as_bytes(), claims.to_string().as_bytes());
    check(&header(r#"{"alg":"HS256","kid":"a"}"#), "InvalidAlgorithm");
    check(&header(r#"{"alg":"RS256","kid":"b"}"#), "no key of this issuer and name");
    check(&header(r#"{"alg":"RS256"}"#), "no `kid`");
    let now = NEW_YEAR_2026 + 60;
    for (name, value, expected) in [
        ("exp", json!(now - 31), "ExpiredSignature"),
        ("exp", json!("4102444800"), "Missing required claim: exp"),
        ("iss", json!("https://evil.example"), "no key of this issuer and name"),
        ("aud", json!("https://other.example"), "InvalidAudience"),
        ("nbf", json!(now + 31), "`nbf` is still to come"),
        ("iat", json!(now + 31), "`iat` is still to come"),
    ] {
        check(&SIGNER.token(&tests::mint::with(claims.clone(), name, value)), expected);
    }
}

/// Header and payload of a token of any kind, with some changes: a few, so that many are still accepted.
fn parts(random: &mut Random) -> (String, String) {
    let mut claims = claims(random);
    for _ in 0..random.below(3) {
        change_claim(random, &mut claims);
    }
    let mut header = json!({ "kid": "a", "alg": "RS256" });
    if random.below(4) == 0 {
        change_header(random, header.as_object_mut().unwrap());
    }
    (spoilt::written(random, &header), spoilt::written(random, &claims.into()))
}

fn claims(random: &mut Random) -> Map<String, Value> {
    let mut claims = match random.below(4) {
        0 => service_claims("stackflow/api.read"),
        1 => {
            let mut claims = service_claims("stackflow/api.read");
            (claims["sub"], claims["client_id"]) = (json!("many"), json!("many"));
            claims["custom:tenant_id"] = json!("globex");
            claims
        }
        2 => {
            let mut claims = user_access_claims();
            claims["custom:role"] = json!("viewer");
            claims["custom:tenant_id"] = json!("acme");
            claims
        }
        _ => id_claims("viewer", "acme"),
    };
    if random.below(4) > 0 {
        claims["cognito:groups"] = random.pick(&[
            json!(["viewer"]),
            json!(["staff", "itsm_agent", "eu"]),
            json!(["viewer", "itsm_agent"]),
            json!("viewer"),
            json!("itsm_agent"),
        ]);
    }
    let Value::Object(claims) = claims else { return Map::new() };
    claims
}

fn change_claim(random: &mut Random, claims: &mut Map<String, Value>) {
    const NAMES: [&str; 19] = [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "scope",
        "client_id",
        "token_use",
        "username",
        "custom:role",
        "custom:tenant_id",
        "cognito:groups",
        "email",
        "auth_time",
        "version",
        "x",
        "",
    ];
    let name = random.pick(&NAMES);
    if random.below(6) == 0 {
        claims.remove(name);
        return;
    }
    let value = match name {
        "exp" | "iat" | "nbf" if random.below(4) > 0 => time(random),
        "aud" | "client_id" if random.below(3) > 0 => {
            random.pick(&[APP_CLIENT, SERVICE_CLIENT, "another", "https://api.acme.example"]).into()
        }
        "token_use" if random.below(2) == 0 => random.pick(&["id", "access"]).into(),
        _ => value(random, 0),
    };
    claims.insert(name.to_owned(), value);
}

/// A moment near now, or a number that is hardly one.
fn time(random: &mut Random) -> Value {
    let now = NEW_YEAR_2026 + 60;
    let by = u64::try_from(random.below(90)).unwrap();
    match random.below(8) {
        0 => json!(now.saturating_sub(by)),
        1 => json!(now + by),
        2 => json!(f64::from(u32::try_from(now + by).unwrap()) + 0.25),
        3 => json!(9_007_199_254_740_992_u64),
        4 => json!(0),
        5 => json!(-0.0),
        6 => json!(1e15),
        _ => json!(now + 3600),
    }
}

/// Any JSON, not deep.
fn value(random: &mut Random, depth: usize) -> Value {
    let more = |random: &mut Random| value(random, depth + 1);
    match random.below(if depth < 3 { 12 } else { 9 }) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1.5),
        5 => json!(""),
        6 => json!("viewer"),
        7 => json!("é\u{0}\"\\\u{1f600}"),
        8 => json!(APP_CLIENT),
        9 => json!([]),
        10 => json!([more(random), more(random)]),
        _ => json!({ "a": more(random), "b": more(random) }),
    }
}

fn change_header(random: &mut Random, header: &mut Map<String, Value>) {
    const NAMES: [&str; 20] = [
        "typ", "typ", "typ", "alg", "kid", "cty", "crit", "b64", "zip", "enc", "jwk", "jku", "x5u",
        "x5c", "x5t", "x5t#S256", "url", "nonce", "x", "epk",
    ];
    let name = random.pick(&NAMES);
    let value = match name {
        "typ" => random.pick(&[json!("JWT"), json!("at+jwt"), json!("jwt"), json!("logout+jwt")]),
        "alg" => random.pick(&[
            json!("RS256"),
            json!("none"),
            json!("HS256"),
            json!("rs256"),
            json!("PS256"),
        ]),
        "kid" => random.pick(&[json!("a"), json!("b"), json!(""), json!(["a"])]),
        _ => value(random, 0),
    };
    header.insert(name.to_owned(), value);
}
