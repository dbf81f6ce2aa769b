//! What a failed call of AWS is to a person.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use runtime::printable_within;

use crate::exit::CommandError;
use crate::proxy::unconnected;

/// The longest part of AWS's message that is shown, in bytes.
const SHOWN_BYTES: usize = 300;

/// `service` could not be asked `purpose`.
pub(crate) fn failed<E: ProvideErrorMetadata, R>(
    service: &str,
    purpose: &str,
    error: &SdkError<E, R>,
) -> CommandError {
    let cause = match answered(error) {
        Some((code, message)) => match code.as_str() {
            "ExpiredToken" | "ExpiredTokenException" => {
                format!("the credentials have expired: try `aws sso login` ({code})")
            }
            "UnrecognizedClientException" | "InvalidClientTokenId" => {
                format!("AWS does not know the credentials: look at `--aws-profile` ({code})")
            }
            "AccessDeniedException" | "AccessDenied" => format!(
                "the credentials have no right to it: ask for the right, or look at `--aws-profile` ({code}: {message})"
            ),
            _ => format!("{code}: {message}"),
        },
        None => unanswered(error).to_owned(),
    };
    CommandError::failed(format!("{service} could not be asked {purpose}: {cause}"))
}

/// The code and the message of an answer that is an error.
pub(crate) fn answered<E: ProvideErrorMetadata, R>(
    error: &SdkError<E, R>,
) -> Option<(String, String)> {
    let SdkError::ServiceError(context) = error else { return None };
    let code = context.err().code().unwrap_or("an error without a code");
    let message = context.err().message().filter(|text| !text.is_empty());
    let message = message.unwrap_or("no message");
    Some((printable_within(code, 64), printable_within(message, SHOWN_BYTES)))
}

const UNKNOWN: &str = "the request could not be built";

/// Why there is no answer.
pub(crate) fn unanswered<E, R>(error: &SdkError<E, R>) -> &'static str {
    match error {
        SdkError::TimeoutError(_) => "it took too long",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "it took too long",
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or(UNKNOWN, |error| unconnected(error))
        }
        SdkError::ResponseError(_) => "its answer cannot be read",
        _ => UNKNOWN,
    }
}
