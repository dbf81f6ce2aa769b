//! What it means that a service could not be asked.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use shell::{Failure, Misconfigured, Unavailable};

use super::Service;

/// What an operator has to mend: a table or a secret that is not there, is on its way out, or has
/// another shape. Everything else may pass by itself. A permission that is lacking is among the
/// latter: IAM takes its time to spread one, and a sender's retry is worth having then.
const TO_BE_MENDED: [&str; 4] = [
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceNotFoundException",
    "ValidationException",
];

/// [`describe`] as a failure: misconfigured if asking again cannot help, else unavailable.
#[must_use]
pub fn failure<E: ProvideErrorMetadata, R>(
    service: Service,
    question: &str,
    error: &SdkError<E, R>,
) -> Failure {
    let sentence = describe(service, question, error);
    if code(error).is_some_and(|code| TO_BE_MENDED.contains(&code)) {
        return Misconfigured::new(sentence).into();
    }
    Unavailable::new(sentence).into()
}

/// One sentence: which service could not be asked for what, and why, as far as a code says it. A
/// message of AWS is left out: it may quote what was asked.
#[must_use]
pub fn describe<E: ProvideErrorMetadata, R>(
    service: Service,
    question: &str,
    error: &SdkError<E, R>,
) -> String {
    let service = service.as_str();
    format!("{service} could not be asked {question}: {}", cause(error))
}

fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    match error {
        SdkError::TimeoutError(_) => "it took too long",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "it took too long",
        SdkError::DispatchFailure(_) => "it cannot be reached",
        SdkError::ResponseError(_) => "its answer cannot be read",
        SdkError::ServiceError(_) => code(error).unwrap_or("an error without a code"),
        _ => "the question could not be put together",
    }
}

/// The code, if it is a name as AWS gives them: whatever stands at the endpoint may answer.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    let SdkError::ServiceError(context) = error else { return None };
    let named = |code: &&str| {
        (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    context.err().code().filter(named)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
    use aws_smithy_types::error::ErrorMetadata;
    use shell::Failure;

    use super::{Service, failure};

    type Error = SdkError<ErrorMetadata, ()>;

    fn check(error: &Error, cause: &str) -> Failure {
        let failure = failure(Service::DynamoDb, "for the webhook", error);
        let sentence = format!("DynamoDB could not be asked for the webhook: {cause}");
        assert_eq!(failure.to_string(), sentence);
        failure
    }

    fn answered(code: Option<&str>) -> Error {
        let error = ErrorMetadata::builder().message("0123456789 may not read the table");
        let error = code.into_iter().fold(error, |error, code| error.code(code));
        Error::service_error(error.build(), ())
    }

    #[track_caller]
    fn passes(error: &Error, cause: &str) {
        assert!(matches!(check(error, cause), Failure::Unavailable(_)), "{error:?}");
    }

    #[track_caller]
    fn stays(code: &str) {
        assert!(matches!(check(&answered(Some(code)), code), Failure::Misconfigured(_)), "{code}");
    }

    #[test]
    fn without_an_answer() {
        passes(&Error::timeout_error("secret"), "it took too long");
        let connection =
            |error: fn(_) -> ConnectorError| Error::dispatch_failure(error("secret".into()));
        passes(&connection(ConnectorError::timeout), "it took too long");
        passes(&connection(ConnectorError::io), "it cannot be reached");
        passes(&connection(ConnectorError::user), "it cannot be reached");
        passes(&Error::response_error("secret", ()), "its answer cannot be read");
        passes(&Error::construction_failure("secret"), "the question could not be put together");
    }

    #[test]
    fn with_an_answer() {
        for code in [
            "AccessDeniedException",
            "DecryptionFailure",
            "ExpiredTokenException",
            "InternalServerError",
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "UnrecognizedClientException",
        ] {
            passes(&answered(Some(code)), code);
        }
        for code in [None, Some(""), Some("not a name"), Some("a\nb"), Some(&"long".repeat(17))] {
            passes(&answered(code), "an error without a code");
        }
        stays("InvalidParameterException");
        stays("InvalidRequestException");
        stays("ResourceNotFoundException");
        stays("ValidationException");
    }
}
