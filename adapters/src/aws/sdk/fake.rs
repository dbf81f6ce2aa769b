//! A fake AWS: gives scripted responses, one after the other, and records the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::{Aws, AwsSettings};

/// A scripted response: a status and a body.
pub(crate) type Answer = (u16, &'static str);

/// A recorded request: the operation, or the path where the operation has no name, and the body.
pub(crate) type Call = (String, Value);

#[derive(Clone, Debug, Default)]
pub(crate) struct Fake {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    pub(crate) fn answering(answers: &[Answer]) -> (Aws, Self) {
        let fake = Self::default();
        fake.answers.lock().unwrap().extend(answers);
        let connector = fake.clone();
        let http = http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()));
        let settings = AwsSettings::read(&|name| match name {
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            name => (!name.contains("URL")).then(|| "0123456789".to_owned()),
        });
        (Aws::over(http, &settings.unwrap()), fake)
    }

    /// Takes the requests recorded since the last call. Panics if a scripted response is left.
    pub(crate) fn calls(&self) -> Vec<Call> {
        assert_eq!(*self.answers.lock().unwrap(), [], "not asked for");
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target =
            request.headers().get("x-amz-target").and_then(|text| text.split('.').next_back());
        let operation = target.unwrap_or_else(|| request.uri()).to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.calls.lock().unwrap().push((operation, body));
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("one more answer");
        let answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(answer))
    }
}

/// Runs `future` on a runtime like the function's.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(future)
}
