//! The endpoints of OAuth 2.0 and OpenID Connect: where they are, and what tokens they give.

mod discovery;
mod http;
pub(crate) mod keys;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    Client, ExtraTokenFields, RequestTokenError, StandardErrorResponse, StandardRevocableToken,
    StandardTokenResponse,
};
use runtime::printable_within;
use serde::{Deserialize, Serialize};

pub(crate) use self::discovery::Endpoints;
pub(crate) use self::http::{Http, HttpError};
use crate::exit::CommandError;

/// What OpenID Connect adds to the tokens (Core §3.1.3.3).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdToken {
    pub(crate) id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

/// The tokens of an answer. Its `Debug` shows them: it is never written.
pub(crate) type TokenResponse = StandardTokenResponse<IdToken, BasicTokenType>;

/// A client that has no endpoints yet.
pub(crate) type NewClient = Client<
    BasicErrorResponse,
    TokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// The longest description of an error that is shown, in bytes.
const SHOWN_BYTES: usize = 200;

/// Why the token endpoint gave no token.
pub(crate) enum TokenError {
    /// It refused, with a code of RFC 6749 §5.2 and perhaps a sentence.
    Refused { code: String, description: String },
    /// There is no answer, or none that can be read.
    Failed(CommandError),
}

impl From<RequestTokenError<HttpError, BasicErrorResponse>> for TokenError {
    fn from(error: RequestTokenError<HttpError, BasicErrorResponse>) -> Self {
        match error {
            RequestTokenError::ServerResponse(answer) => Self::refused(&answer),
            RequestTokenError::Request(error) => Self::Failed(error.into()),
            // What was read may be a token.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Self::Failed(CommandError::failed(
                    "the token endpoint of the user pool answered what is no token",
                ))
            }
        }
    }
}

impl TokenError {
    fn refused(answer: &StandardErrorResponse<oauth2::basic::BasicErrorResponseType>) -> Self {
        let code = printable_within(answer.error().as_ref(), 64);
        let description = answer.error_description().map_or("", String::as_str);
        Self::Refused { code, description: printable_within(description, SHOWN_BYTES) }
    }
}

/// `code: description`, as far as there is one.
pub(crate) fn described(code: &str, description: &str) -> String {
    match description {
        "" => code.to_owned(),
        _ => format!("{code}: {description}"),
    }
}
