//! What a failed call of AWS becomes: a failure, and its sentence.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use runtime::{Failure, MisconfiguredError, UnavailableError};

use super::Service;

/// The error codes on which the operator has to act: a table or a secret is not there, is being
/// deleted, or has another schema. Everything else may pass by itself. A missing permission is
/// among that: IAM takes a while to apply a new one, and a retry of the sender may then succeed.
const MISCONFIGURED: [&str; 4] = [
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceNotFoundException",
    "ValidationException",
];

/// [`describe`] as a failure: misconfigured if a retry cannot help, else unavailable.
#[must_use]
pub fn failure<E: ProvideErrorMetadata, R>(
    service: Service,
    purpose: &str,
    error: &SdkError<E, R>,
) -> Failure {
    let sentence = describe(service, purpose, error);
    if code(error).is_some_and(|code| MISCONFIGURED.contains(&code)) {
        return MisconfiguredError::new(sentence).into();
    }
    UnavailableError::new(sentence).into()
}

/// One sentence: which service could not be asked for what, and the code of its error. AWS's
/// message is left out, because it may quote the request.
#[must_use]
pub fn describe<E: ProvideErrorMetadata, R>(
    service: Service,
    purpose: &str,
    error: &SdkError<E, R>,
) -> String {
    let service = service.as_str();
    format!("{service} could not be asked {purpose}: {}", cause(error))
}

fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    match error {
        SdkError::TimeoutError(_) => "it took too long",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "it took too long",
        SdkError::DispatchFailure(_) => "it cannot be reached",
        SdkError::ResponseError(_) => "its answer cannot be read",
        SdkError::ServiceError(_) => code(error).unwrap_or("an error without a code"),
        _ => "the request could not be built",
    }
}

/// The error's code, if it has the form of AWS's codes. It goes into the log, and what answers at
/// the endpoint may be something else than AWS.
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
    use runtime::Failure;

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
        passes(&Error::construction_failure("secret"), "the request could not be built");
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
