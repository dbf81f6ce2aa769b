//! Lambda: the function that verified deliveries go to.

use std::fmt;
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{Builder, Config};
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::decision_log::ErrorCode;

use super::aws::{Aws, Service, describe};

/// Whether the sender waits for the target's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The target's answer is the sender's.
    Sync,
    /// Lambda queues the delivery, and the sender gets a 202.
    Async,
}

/// Where verified deliveries go.
pub trait Target {
    /// Hands `event` over, and gives the target's answer if there is one, within `time`.
    ///
    /// # Errors
    /// It was not handed over, or nobody can say whether it was.
    fn hand_over(
        &self,
        event: Vec<u8>,
        time: Duration,
    ) -> impl Future<Output = Result<Handed, NotHandedOver>>;
}

/// A delivery that was handed over.
#[derive(Debug)]
pub enum Handed {
    /// The target has worked on it.
    Answered(Answer),
    /// Lambda keeps it for the target.
    Queued,
}

/// A target's answer to a sender, as proxy integrations have it.
#[derive(Debug)]
pub struct Answer {
    json: Box<RawValue>,
    status: u16,
}

impl Answer {
    /// Reads what the target answered. A status must stand there: where it is left out, every kind of
    /// event makes something else of it.
    ///
    /// # Errors
    /// [`NotHandedOver::Failed`]: it is no object with a `statusCode` from 100 to 599.
    pub fn read(json: Box<RawValue>) -> Result<Self, NotHandedOver> {
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

    /// Whether a sender that keeps to HTTP sends the delivery again: the target has a fault or no
    /// time (RFC 9110 §15.5.9, §15.6; RFC 6585 §4).
    #[must_use]
    pub const fn asks_to_try_again(&self) -> bool {
        matches!(self.status, 408 | 429 | 500..)
    }

    /// The answer, word for word.
    #[must_use]
    pub fn into_json(self) -> Box<RawValue> {
        self.json
    }
}

/// Why a delivery was not handed over. The sentence is for the log and quotes no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHandedOver {
    /// The target ran and failed, or answered what is no answer.
    Failed(String),
    /// The target could not be reached, has no capacity left, or took too long.
    Unreachable(String),
    /// The event is larger than Lambda takes.
    TooLarge(String),
}

impl NotHandedOver {
    /// The code in the decision log.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Failed(_) => ErrorCode::TargetFailed,
            Self::Unreachable(_) => ErrorCode::Unavailable,
            Self::TooLarge(_) => ErrorCode::TooLarge,
        }
    }
}

impl fmt::Display for NotHandedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Failed(sentence) | Self::Unreachable(sentence) | Self::TooLarge(sentence)) =
            self;
        f.write_str(sentence)
    }
}

impl std::error::Error for NotHandedOver {}

/// The function of `TARGET_FUNCTION`.
#[derive(Debug)]
pub struct LambdaFunction {
    client: Client,
    name: String,
    mode: Mode,
}

impl LambdaFunction {
    /// The function called `name`, handed to as `mode` says.
    #[must_use]
    pub fn new(aws: &Aws, name: String, mode: Mode) -> Self {
        let config = Builder::from(&aws.config(Service::Lambda));
        // Once: a second try would be a second delivery.
        let config = config.retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), name, mode }
    }
}

impl Target for LambdaFunction {
    async fn hand_over(&self, event: Vec<u8>, time: Duration) -> Result<Handed, NotHandedOver> {
        let kind = match self.mode {
            Mode::Sync => InvocationType::RequestResponse,
            Mode::Async => InvocationType::Event,
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
            .map_err(|error| not_handed_over(&error))?;
        match self.mode {
            Mode::Sync => answered(answer).map(Handed::Answered),
            Mode::Async => queued(&answer),
        }
    }
}

fn answered(output: InvokeOutput) -> Result<Answer, NotHandedOver> {
    if output.function_error.is_some() {
        return Err(failed("the target function failed"));
    }
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    let json = String::from_utf8(payload).ok().and_then(|text| RawValue::from_string(text).ok());
    Answer::read(json.ok_or_else(|| failed(NO_ANSWER))?)
}

const NO_ANSWER: &str = "the target function's answer is no JSON object with a `statusCode`";

fn failed(sentence: &str) -> NotHandedOver {
    NotHandedOver::Failed(sentence.to_owned())
}

/// Only a 202 says that Lambda keeps the event.
fn queued(output: &InvokeOutput) -> Result<Handed, NotHandedOver> {
    if output.status_code == 202 {
        return Ok(Handed::Queued);
    }
    Err(NotHandedOver::Unreachable("Lambda did not queue the delivery".to_owned()))
}

fn not_handed_over(error: &SdkError<InvokeError>) -> NotHandedOver {
    let sentence = describe(Service::Lambda, "to take the delivery", error);
    match error.as_service_error() {
        Some(InvokeError::RequestTooLargeException(_)) => NotHandedOver::TooLarge(sentence),
        _ => NotHandedOver::Unreachable(sentence),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_lambda::config::http::HttpResponse;
    use aws_sdk_lambda::error::{ErrorMetadata, SdkError};
    use aws_sdk_lambda::operation::invoke::InvokeError as Error;
    use aws_sdk_lambda::operation::invoke::InvokeOutput;
    use aws_sdk_lambda::primitives::{Blob, SdkBody};
    use aws_sdk_lambda::types::error::{RequestTooLargeException, TooManyRequestsException};

    use serde_json::json;

    use super::super::aws::fake::{Fake, run};
    use super::{Handed, LambdaFunction, Mode, NO_ANSWER, NotHandedOver, Target as _};
    use super::{answered, failed, not_handed_over, queued};

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
        assert!(matches!(answered(nothing), Err(NotHandedOver::Failed(_))));
    }

    #[test]
    fn a_target_that_fails_is_not_quoted() {
        for kind in ["Handled", "Unhandled"] {
            let mut output = output(br#"{"errorMessage":"0123456789"}"#);
            output.function_error = Some(kind.to_owned());
            let sentence = "the target function failed".to_owned();
            assert_eq!(answered(output).unwrap_err(), NotHandedOver::Failed(sentence));
        }
    }

    #[test]
    fn only_a_202_is_queued() {
        let status = |code| InvokeOutput::builder().status_code(code).build();
        assert!(matches!(queued(&status(202)), Ok(Handed::Queued)));
        let sentence = "Lambda did not queue the delivery".to_owned();
        assert_eq!(queued(&status(200)).unwrap_err(), NotHandedOver::Unreachable(sentence));
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
            not_handed_over(&SdkError::service_error(error, raw))
        };
        let code = |code: &str| ErrorMetadata::builder().code(code).message("0123456789").build();
        let sentence =
            |code: &str| format!("Lambda could not be asked to take the delivery: {code}");
        let large = RequestTooLargeException::builder();
        let large = large.meta(code("RequestTooLargeException")).build();
        assert_eq!(
            answered(Error::RequestTooLargeException(large)),
            NotHandedOver::TooLarge(sentence("RequestTooLargeException"))
        );
        let many = TooManyRequestsException::builder();
        let many = many.meta(code("TooManyRequestsException")).build();
        assert_eq!(
            answered(Error::TooManyRequestsException(many)),
            NotHandedOver::Unreachable(sentence("TooManyRequestsException"))
        );
        assert_eq!(
            answered(Error::generic(code("AccessDeniedException"))),
            NotHandedOver::Unreachable(sentence("AccessDeniedException"))
        );
        assert_eq!(
            not_handed_over(&SdkError::timeout_error("0123456789")),
            NotHandedOver::Unreachable(sentence("it took too long"))
        );
    }

    /// Lambda's own client would ask three times.
    #[test]
    fn a_delivery_is_handed_over_once() {
        for status in [429, 500, 502, 503, 504] {
            let (aws, fake) = Fake::answering(&[(status, "{}")]);
            let function = LambdaFunction::new(&aws, "target".to_owned(), Mode::Sync);
            let event = json!({ "body": "{}" });
            let handed = run(function.hand_over(event.to_string().into(), Duration::from_secs(9)));
            assert!(matches!(handed, Err(NotHandedOver::Unreachable(_))), "{status}");
            let [(path, body)] = &fake.questions()[..] else { panic!("{status}: asked again") };
            assert!(path.ends_with("/2015-03-31/functions/target/invocations"), "{path}");
            assert_eq!(*body, event);
        }
    }
}
