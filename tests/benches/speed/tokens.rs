//! Fresh ID tokens, and the settings of a function that trusts their key.

use std::fs;
use std::path::Path;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use shared::authz::AccessTable;
use tests::events::rest_token;
use tests::mint::{Signer, id_claims};
use tests::samples::{Settings, shared_settings};
use tests::test_authorizer::{TABLE, TestAuthorizer};

use crate::Result;
use crate::function::Side;

/// What is presented to both sides.
pub(crate) struct Presented {
    pub(crate) tokens: Vec<Token>,
    /// The environment of the function.
    pub(crate) settings: Settings,
    signer: Signer,
}

/// A token and the event that carries it.
pub(crate) struct Token {
    /// A REST API's TOKEN authorizer event.
    pub(crate) event: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// The bytes that the signature covers.
    pub(crate) signed: Vec<u8>,
}

impl Presented {
    pub(crate) fn new(count: usize) -> Result<Self> {
        let signer = Signer::generate("benchmark");
        let tokens = (0..count).map(|number| token(&signer, number)).collect::<Result<_>>()?;
        let mut settings = shared_settings("authorizer")?;
        // The store of API keys that the samples' settings name is a file.
        settings.retain(|name, _| !name.starts_with("API_KEY_") && !name.starts_with("AURORA_"));
        settings.insert("CREDENTIALS".to_owned(), "id-token,service-token".to_owned());
        settings.insert("JWKS_FILE".to_owned(), keep("jwks.json", &signer.jwks())?);
        // With the compiled table that a package carries: the proof is no part of a start.
        let table = AccessTable::prove("access.toml", TABLE)
            .map_err(|mistakes| format!("the access table has {} mistakes", mistakes.len()))?;
        keep("access.toml.compiled", &table.to_compiled())?;
        settings.insert("ACCESS_FILE".to_owned(), keep("access.toml", TABLE)?);
        Ok(Self { tokens, settings, signer })
    }

    /// The events of all tokens.
    pub(crate) fn events(&self) -> Vec<&[u8]> {
        self.tokens.iter().map(|token| &*token.event).collect()
    }

    /// The authorizer that `program` is.
    pub(crate) fn side<'a>(&'a self, program: &'a Path) -> Side<'a> {
        Side { program, settings: &self.settings, says: "\"Allow\"" }
    }

    /// The authorizer in process.
    pub(crate) fn authorizer(&self) -> TestAuthorizer {
        TestAuthorizer::new(&self.signer, &[])
    }

    pub(crate) fn public_key(&self) -> Result<ParsedPublicKey> {
        let jwk = self.signer.jwk();
        let number = |name| {
            URL_SAFE_NO_PAD.decode(jwk.get(name).and_then(|n| n.as_str()).unwrap_or_default())
        };
        let components = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
        Ok(components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?)
    }
}

fn token(signer: &Signer, number: usize) -> Result<Token> {
    let mut claims = id_claims("itsm_agent", "acme");
    if let Some(claims) = claims.as_object_mut() {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        claims.insert("jti".to_owned(), json!(id));
    }
    let token = signer.token(&claims);
    let (signed, signature) = token.rsplit_once('.').ok_or("a token has three parts")?;
    let event = rest_token(&format!("Bearer {token}"), "GET", "/api/incidents");
    Ok(Token {
        event: event.to_string().into_bytes(),
        signature: URL_SAFE_NO_PAD.decode(signature)?,
        signed: signed.into(),
    })
}

/// Writes a file for the function to read, and gives its path.
fn keep(name: &str, contents: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("benchmark-{name}"));
    fs::write(&path, contents)?;
    Ok(path.to_string_lossy().into_owned())
}
