//! The pool's keys: two, as Cognito has, of which the first signs.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};
use shared::secret::Secret;

use super::error::PoolError;

/// What stands before the `RSAPrivateKey` (RFC 8017 A.1.2) in the PKCS#8 form (RFC 5208 §5) of a
/// key of 2048 bits: two sequences, the version, the algorithm, and the head of the octet string.
const PKCS8_HEAD_BYTES: usize = 26;

pub(super) struct SigningKeys {
    signing: SigningKey,
    other: SigningKey,
}

struct SigningKey {
    kid: String,
    /// The `RSAPrivateKey` in DER.
    der: Secret<Vec<u8>>,
    private: EncodingKey,
    public: DecodingKey,
    jwk: Value,
}

impl SigningKeys {
    /// Two new keys, of aws-lc's own randomness.
    pub(super) fn generate() -> Result<Self, PoolError> {
        Ok(Self { signing: SigningKey::generate()?, other: SigningKey::generate()? })
    }

    /// The keys of [`SigningKeys::export`].
    pub(super) fn import(keys: &[String; 2]) -> Result<Self, PoolError> {
        let read = |text: &String| {
            let der = STANDARD.decode(text).map_err(|_| PoolError::Key)?;
            SigningKey::from_der(der)
        };
        let [signing, other] = keys;
        Ok(Self { signing: read(signing)?, other: read(other)? })
    }

    /// The private keys. Whoever has them signs for this pool.
    pub(super) fn export(&self) -> [String; 2] {
        [&self.signing, &self.other].map(|key| STANDARD.encode(key.der.expose()))
    }

    /// The JWK set (RFC 7517 §5).
    pub(super) fn jwks(&self) -> Value {
        json!({ "keys": [self.signing.jwk, self.other.jwk] })
    }

    /// A token of `claims`. As in Cognito's, the header has `kid` and `alg` and no `typ`.
    pub(super) fn sign(&self, claims: &Map<String, Value>) -> Result<String, PoolError> {
        let mut header = Header::new(Algorithm::RS256);
        header.typ = None;
        header.kid = Some(self.signing.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.signing.private).map_err(|_| PoolError::Key)
    }

    /// The claims of `token`, if one of the keys signed it. Whether they still hold is another
    /// question: the crate would read the clock for it.
    pub(super) fn verify(&self, token: &str) -> Option<Map<String, Value>> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = [&self.signing, &self.other].into_iter().find(|key| key.kid == kid)?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        Some(jsonwebtoken::decode::<Map<String, Value>>(token, &key.public, &rules).ok()?.claims)
    }
}

impl SigningKey {
    fn generate() -> Result<Self, PoolError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| PoolError::Key)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| PoolError::Key)?;
        let der = pkcs8.as_ref().get(PKCS8_HEAD_BYTES..).unwrap_or_default();
        Self::from_der(der.to_vec())
    }

    fn from_der(der: Vec<u8>) -> Result<Self, PoolError> {
        let private = EncodingKey::from_rsa_der(&der);
        let jwk = Jwk::from_encoding_key(&private, Algorithm::RS256).map_err(|_| PoolError::Key)?;
        // The name of a key is what it is (RFC 7638), so no second key has it.
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| PoolError::Key)?;
        let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return Err(PoolError::Key) };
        let public =
            DecodingKey::from_rsa_components(&rsa.n, &rsa.e).map_err(|_| PoolError::Key)?;
        let jwk = json!({ "alg": "RS256", "e": rsa.e, "kid": kid, "kty": "RSA", "n": rsa.n,
                          "use": "sig" });
        Ok(Self { kid, der: Secret::new(der), private, public, jwk })
    }
}
