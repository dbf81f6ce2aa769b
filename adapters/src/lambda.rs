//! Lambda: the function to which verified deliveries are forwarded.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{Builder, Config};
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use runtime::{Failure, UnavailableError};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::aws::sdk::{Aws, Service, describe};

/// The IAM actions that it needs.
pub const IAM_ACTIONS: &[&str] = &["lambda:InvokeFunction"];

/// Whether the sender waits for the target's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetMode {
    /// The sender gets the target's response.
    Sync,
    /// Lambda queues the delivery, and the sender gets a 202.
    Async,
}

/// Takes verified deliveries.
pub trait Target {
    /// Forwards `event` within `time`, and returns the target's response if there is one.
    ///
    /// # Errors
    /// It was not forwarded, or it is not known whether it was.
    fn forward(
        &self,
        event: Vec<u8>,
        time: Duration,
    ) -> impl Future<Output = Result<Forwarded, Failure>>;
}

/// A delivery that was forwarded.
#[derive(Debug)]
pub enum Forwarded {
    /// The target has processed it, and responded.
    Answered(TargetResponse),
    /// Lambda has queued it for the target.
    Queued,
}

/// The target's response to the sender, in the form of proxy integrations.
#[derive(Debug)]
pub struct TargetResponse {
    json: Box<RawValue>,
    status: u16,
}

impl TargetResponse {
    /// Reads the target's response. It must have a status: if that is left out, each kind of event
    /// makes something else of the response.
    ///
    /// # Errors
    /// [`Failure::TargetFailed`]: it is no object with a `statusCode` from 100 to 599.
    pub fn read(json: Box<RawValue>) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Members {
            #[serde(rename = "statusCode")]
            status: u16,
        }
        let is_object = json.get().starts_with('{');
        match serde_json::from_str::<Members>(json.get()) {
            Ok(Members { status }) if is_object && (100..600).contains(&status) => {
                Ok(Self { json, status })
            }
            _ => Err(failed(NO_ANSWER)),
        }
    }

    /// Whether the status tells the sender to send the delivery again: the target has failed or is
    /// overloaded (RFC 9110 §15.5.9, §15.6; RFC 6585 §4).
    #[must_use]
    pub const fn asks_to_try_again(&self) -> bool {
        matches!(self.status, 408 | 429 | 500..)
    }

    /// The response, as the target wrote it.
    #[must_use]
    pub fn into_json(self) -> Box<RawValue> {
        self.json
    }
}

/// The function of `TARGET_FUNCTION`.
#[derive(Debug)]
pub struct TargetFunction {
    client: Client,
    name: String,
    mode: TargetMode,
}

impl TargetFunction {
    /// The function called `name`, invoked as `mode` says.
    #[must_use]
    pub fn new(aws: &Aws, name: String, mode: TargetMode) -> Self {
        let config = Builder::from(&aws.config(Service::Lambda));
        // No retry by the SDK: a second attempt could be a second delivery.
        let config = config.retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), name, mode }
    }
}

impl Target for TargetFunction {
    async fn forward(&self, event: Vec<u8>, time: Duration) -> Result<Forwarded, Failure> {
        let kind = match self.mode {
            TargetMode::Sync => InvocationType::RequestResponse,
            TargetMode::Async => InvocationType::Event,
        };
        let patience = TimeoutConfig::builder()
            .operation_attempt_timeout(time)
            .operation_timeout(time)
            .build();
        let answer = self
            .client
            .invoke()
            .function_name(&self.name)
            .invocation_type(kind)
            .payload(Blob::new(event))
            .customize()
            .config_override(Config::builder().timeout_config(patience))
            .send()
            .await
            .map_err(|error| not_forwarded(&error))?;
        match self.mode {
            TargetMode::Sync => answered(answer).map(Forwarded::Answered),
            TargetMode::Async => queued(&answer),
        }
    }
}

fn answered(output: InvokeOutput) -> Result<TargetResponse, Failure> {
    if output.function_error.is_some() {
        return Err(failed("the target function failed"));
    }
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    let json = String::from_utf8(payload).ok().and_then(|text| RawValue::from_string(text).ok());
    TargetResponse::read(json.ok_or_else(|| failed(NO_ANSWER))?)
}

const NO_ANSWER: &str = "the target function's answer is no JSON object with a `statusCode`";

fn failed(sentence: &str) -> Failure {
    Failure::TargetFailed(sentence.to_owned())
}

/// Only a 202 says that Lambda has queued the event:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.
fn queued(output: &InvokeOutput) -> Result<Forwarded, Failure> {
    if output.status_code == 202 {
        return Ok(Forwarded::Queued);
    }
    Err(UnavailableError::new("Lambda did not queue the delivery").into())
}

fn not_forwarded(error: &SdkError<InvokeError>) -> Failure {
    let sentence = describe(Service::Lambda, "to take the delivery", error);
    match error.as_service_error() {
        Some(InvokeError::RequestTooLargeException(_)) => Failure::TooLarge(sentence),
        _ => UnavailableError::new(sentence).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_lambda::config::http::HttpResponse;
    use aws_sdk_lambda::error::{ErrorMetadata, SdkError};
    use aws_sdk_lambda::operation::invoke::{InvokeError as Error, InvokeOutput};
    use aws_sdk_lambda::primitives::{Blob, SdkBody};
    use aws_sdk_lambda::types::error::{RequestTooLargeException, TooManyRequestsException};
    use serde_json::json;

    use super::{
        Failure, Forwarded, NO_ANSWER, Target as _, TargetFunction, TargetMode, UnavailableError,
        answered, failed, not_forwarded, queued,
    };
    use crate::aws::sdk::fake::{Fake, run};

    fn output(payload: &[u8]) -> InvokeOutput {
        InvokeOutput::builder().status_code(200).payload(Blob::new(payload)).build()
    }

    #[test]
    fn a_target_answers_with_an_object() {
        #[track_caller]
        fn passes(payload: &str) {
            let answer = answered(output(payload.as_bytes())).unwrap();
            assert_eq!(answer.into_json().get(), payload);
        }
        #[track_caller]
        fn fails(payload: &[u8]) {
            let failure = answered(output(payload)).unwrap_err();
            assert_eq!(failure, failed(NO_ANSWER), "{payload:?}");
        }
        passes(r#"{"statusCode":200,"body":"{\"a\":1}"}"#);
        passes(r#"{"headers":null,"statusCode":599}"#);
        fails(b"");
        fails(b"{}");
        fails(br#"{"message":"fine"}"#);
        fails(br#"{"statusCode":"200"}"#);
        fails(br#"{"statusCode":99}"#);
        fails(br#"{"statusCode":600}"#);
        fails(br#"{"statusCode":200,"statusCode":500}"#);
        fails(b"[200]");
        fails(b"null");
        fails(b"[]");
        fails(br#""{}""#);
        fails(b"{");
        fails(b"{} {}");
        fails(b"{\"a\":\"\xff\"}");
        fails(&b"{\"a\":".repeat(100_000));
        let nothing = InvokeOutput::builder().status_code(200).build();
        assert!(matches!(answered(nothing), Err(Failure::TargetFailed(_))));
    }

    #[test]
    fn a_target_that_fails_is_not_quoted() {
        for kind in ["Handled", "Unhandled"] {
            let mut output = output(br#"{"errorMessage":"0123456789"}"#);
            output.function_error = Some(kind.to_owned());
            let sentence = "the target function failed".to_owned();
            assert_eq!(answered(output).unwrap_err(), Failure::TargetFailed(sentence));
        }
    }

    #[test]
    fn only_a_202_is_queued() {
        let status = |code| InvokeOutput::builder().status_code(code).build();
        assert!(matches!(queued(&status(202)), Ok(Forwarded::Queued)));
        let error = UnavailableError::new("Lambda did not queue the delivery");
        assert_eq!(queued(&status(200)).unwrap_err(), Failure::from(error));
    }

    #[test]
    fn an_answer_may_ask_to_try_again() {
        let check = |status: u16, again: bool| {
            let answer = answered(output(format!(r#"{{"statusCode":{status}}}"#).as_bytes()));
            assert_eq!(answer.unwrap().asks_to_try_again(), again, "{status}");
        };
        for status in [200, 202, 302, 400, 403, 404, 409, 422] {
            check(status, false);
        }
        for status in [408, 429, 500, 502, 503, 599] {
            check(status, true);
        }
    }

    #[test]
    fn what_lambda_refuses_is_told_apart() {
        let answered = |error| {
            let raw = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
            not_forwarded(&SdkError::service_error(error, raw))
        };
        let code = |code: &str| ErrorMetadata::builder().code(code).message("0123456789").build();
        let sentence =
            |code: &str| format!("Lambda could not be asked to take the delivery: {code}");
        let large = RequestTooLargeException::builder();
        let large = large.meta(code("RequestTooLargeException")).build();
        assert_eq!(
            answered(Error::RequestTooLargeException(large)),
            Failure::TooLarge(sentence("RequestTooLargeException"))
        );
        let many = TooManyRequestsException::builder();
        let many = many.meta(code("TooManyRequestsException")).build();
        assert_eq!(
            answered(Error::TooManyRequestsException(many)),
            Failure::from(UnavailableError::new(sentence("TooManyRequestsException")))
        );
        assert_eq!(
            answered(Error::generic(code("AccessDeniedException"))),
            Failure::from(UnavailableError::new(sentence("AccessDeniedException")))
        );
        assert_eq!(
            not_forwarded(&SdkError::timeout_error("0123456789")),
            Failure::from(UnavailableError::new(sentence("it took too long")))
        );
    }

    /// By default the SDK would make three attempts.
    #[test]
    fn a_delivery_is_forwarded_once() {
        for status in [429, 500, 502, 503, 504] {
            let (aws, fake) = Fake::answering(&[(status, "{}")]);
            let function = TargetFunction::new(&aws, "target".to_owned(), TargetMode::Sync);
            let event = json!({ "body": "{}" });
            let forwarded = run(function.forward(event.to_string().into(), Duration::from_secs(9)));
            assert!(matches!(forwarded, Err(Failure::Unavailable(_))), "{status}");
            let [(path, body)] = &fake.calls()[..] else { panic!("{status}: called again") };
            assert!(path.ends_with("/2015-03-31/functions/target/invocations"), "{path}");
            assert_eq!(*body, event);
        }
    }
}
