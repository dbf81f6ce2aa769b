//! Tokens for tests and samples: signed by keys that are made on the spot and never stored.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A pool that is nobody's.
pub const POOL: &str = "eu-central-1_Portcull1";
/// The older of its two issuer names.
pub const ISSUER: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Portcull1";
/// The app client of the samples.
pub const APP_CLIENT: &str = "1example23456789app";
/// The service client of the samples, as it stands in `infra/access.toml`.
pub const SERVICE_CLIENT: &str = "1example23456789";
/// The user of the samples.
pub const USER: &str = "2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11";
/// 2026-01-01T00:00:00Z, in seconds.
pub const NEW_YEAR_2026: u64 = 1_767_225_600;
/// 2100-01-01T00:00:00Z, in seconds: samples do not expire while anybody reads this.
pub const NEW_YEAR_2100: u64 = 4_102_444_800;

/// A signing key with its name.
pub struct Signer {
    pair: KeyPair,
    /// The `kid` of the tokens and of the public key.
    pub kid: String,
}

impl Signer {
    /// A new key of 2048 bits.
    #[must_use]
    pub fn generate(kid: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key can be generated");
        Self { pair, kid: kid.to_owned() }
    }

    /// The public key as a member of a JWK set.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let der = self.pair.public_key().as_ref();
        let modulus: Vec<u8> = der.iter().rev().skip(5).take(256).rev().copied().collect();
        let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(modulus), "AQAB");
        json!({ "alg": "RS256", "e": exponent, "kid": self.kid, "kty": "RSA", "n": modulus,
                "use": "sig" })
    }

    /// A JWK set of this key alone.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// A token with the usual header and `claims`.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "kid": self.kid, "alg": "RS256" });
        self.token_of(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// A token with exactly these bytes as header and payload, signed.
    #[must_use]
    pub fn token_of(&self, header: &[u8], payload: &[u8]) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        self.sign(&format!("{}.{}", encode(header), encode(payload)))
    }

    /// `signing_input` with its signature behind it.
    #[must_use]
    pub fn sign(&self, signing_input: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signing_input.as_bytes(), &mut signature)
            .expect("a message can be signed");
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The claims of a user's ID token, as Cognito writes them.
#[must_use]
pub fn id_claims(role: &str, tenant: &str) -> Value {
    json!({
        "sub": USER,
        "email_verified": true,
        "iss": ISSUER,
        "cognito:username": USER,
        "origin_jti": "6c1c6f53-3b1b-4b7e-9c55-6a2f8f1c9d11",
        "aud": APP_CLIENT,
        "event_id": "d5c9c1a4-8f0e-4a8f-8a36-0c7d3b7f6a11",
        "token_use": "id",
        "auth_time": NEW_YEAR_2026,
        "custom:role": role,
        "custom:tenant_id": tenant,
        "exp": NEW_YEAR_2100,
        "iat": NEW_YEAR_2026,
        "jti": "0b6d9f0e-2f9a-4a55-8d1e-3f7f0f4d5c11",
        "email": "ada@acme.example"
    })
}

/// The claims of a service's access token, as Cognito writes them.
#[must_use]
pub fn service_claims(scope: &str) -> Value {
    json!({
        "sub": SERVICE_CLIENT,
        "token_use": "access",
        "scope": scope,
        "auth_time": NEW_YEAR_2026,
        "iss": ISSUER,
        "exp": NEW_YEAR_2100,
        "iat": NEW_YEAR_2026,
        "version": 2,
        "jti": "5e0d3e0c-4b1d-4c59-8a2f-9d5b1c7e6f11",
        "client_id": SERVICE_CLIENT
    })
}

/// The claims of a user's access token: genuine, and not what is asked for here.
#[must_use]
pub fn user_access_claims() -> Value {
    json!({
        "sub": USER,
        "iss": ISSUER,
        "client_id": APP_CLIENT,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": NEW_YEAR_2026,
        "exp": NEW_YEAR_2100,
        "iat": NEW_YEAR_2026,
        "jti": "3a7f1b3e-1f0a-4a6b-9a9a-7d6a2c5f4e11",
        "username": USER
    })
}

/// `claims` with `value` as the claim `name`, or without that claim where `value` is `"remove"`.
#[must_use]
pub fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let members = claims.as_object_mut().expect("claims are an object");
    if value == "remove" {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    claims
}
