//! One test's own tables, secrets and target, and functions that use them.

use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::faults::FaultyAws;
use tests::runtime_api::{Answer, Function, now_seconds};
use tests::samples::Settings;
use tests::target::Target;
use tests::test_authorizer::assert_shows_no_credential;
use tests::webhook_events::{Headers, portcullis};
/// The gate is asked by a REST API, and a delivery comes through one.
pub(super) use tests::webhook_events::{gate_rest as at_the_gate, proxy_1 as delivery};

/// The webhook that most tests need only one of.
pub(super) const ID: &str = "wh_orders";
/// Every secret of the suite has this word in it, and nothing that is shown may have it.
pub(super) const SECRET: &str = "sesame-sesame-the-first";
pub(super) const BODY: &[u8] = br#"{"event":"order.paid","total":"129.00"}"#;
pub(super) const USER: &str = "2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11";

pub(super) struct Stack {
    pub(super) aws: Aws,
    pub(super) target: Target,
    pub(super) webhooks: String,
    pub(super) replays: String,
    prefix: String,
}

impl Stack {
    /// Tables without a row, no secret, and a target that echoes.
    pub(super) fn new() -> Self {
        let aws = Aws::of_the_tests();
        Self {
            target: Target::deploy(&aws),
            webhooks: aws.create_webhook_table(),
            replays: aws.create_replay_table(),
            prefix: format!("{}/", unique("secrets")),
            aws,
        }
    }

    /// The same with [`ID`] registered, active, and signing by `scheme` with [`SECRET`].
    pub(super) fn with_webhook(scheme: &str) -> Self {
        let stack = Self::new();
        stack.register(ID, scheme, SECRET);
        stack
    }

    /// The same, remembering deliveries for a day, whatever the scheme signs.
    pub(super) fn remembering(scheme: &str) -> Self {
        let stack = Self::with_webhook(scheme);
        stack.update(ID, &json!({ "replay_window_seconds": 86_400 }));
        stack
    }

    /// Registers a webhook as `portcullis` will: a row, and a secret of the name that follows from
    /// its id.
    pub(super) fn register(&self, id: &str, scheme: &str, secret: &str) {
        self.aws.put_row(&self.webhooks, &row(id, scheme));
        self.aws.create_secret(&self.secret_name(id), secret);
    }

    pub(super) fn update(&self, id: &str, changes: &Value) {
        self.aws.update_row(&self.webhooks, id, changes);
    }

    pub(super) fn secret_name(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// A function of both steps that forwards and waits.
    pub(super) fn function(&self) -> Running {
        self.start(&[])
    }

    /// The same behind `faults`.
    pub(super) fn function_behind(&self, faults: &FaultyAws) -> Running {
        self.start(&[("AWS_ENDPOINT_URL", &faults.endpoint())])
    }

    /// An address that can be broken.
    pub(super) fn faults(&self) -> FaultyAws {
        FaultyAws::before(self.aws.endpoint())
    }

    /// A function with `settings` on top.
    pub(super) fn start(&self, settings: &[(&str, &str)]) -> Running {
        let mut all = Aws::environment(self.aws.endpoint());
        let own = [
            ("STEPS", "gate,delivery"),
            ("WEBHOOK_TABLE", &self.webhooks),
            ("REPLAY_TABLE", &self.replays),
            ("SECRET_PREFIX", &self.prefix),
            ("TARGET_FUNCTION", self.target.name()),
        ];
        let own = own.iter().chain(settings);
        all.extend(own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Running::start(&all)
    }
}

/// The row of an active webhook.
pub(super) fn row(id: &str, scheme: &str) -> Value {
    json!({
        "webhook_id": id,
        "user_id": USER,
        "tenant_id": "acme",
        "name": "orders",
        "status": "active",
        "scheme": scheme,
        "created_at": 1_767_225_600,
    })
}

/// What a sender of the scheme `portcullis` sends for [`ID`].
pub(super) fn signed(secret: &str, body: &[u8]) -> Headers {
    portcullis(ID, secret, body)
}

/// The parameters of an RFC 9421 signature that is made now.
pub(super) fn made_now(nonce: &str) -> String {
    format!(";created={};nonce=\"{nonce}\"", now_seconds())
}

/// A function that runs.
pub(super) struct Running(Function);

/// What came of one event.
#[derive(Debug)]
pub(super) struct Came {
    /// The answer, or the error's message.
    pub(super) answer: Result<Value, String>,
    /// The line of the decision log.
    pub(super) log: Value,
    /// All that is on standard error so far.
    pub(super) warnings: String,
}

impl Running {
    fn start(settings: &Settings) -> Self {
        let binary = tests::binary("webhook-authorizer").unwrap();
        Self(Function::start(&binary, settings).unwrap())
    }

    /// The same, told that each event has `time`.
    pub(super) fn with_time(self, time: std::time::Duration) -> Self {
        Self(self.0.with_time(time))
    }

    pub(super) fn answer(&mut self, event: &Value) -> Came {
        let bytes = event.to_string().into_bytes();
        let reply = self.0.invoke(&bytes).unwrap();
        let (log, warnings) = self.0.written().unwrap();
        let shown = format!("{log}{warnings}{:?}", reply.answer);
        assert!(!shown.contains("sesame"), "a secret is shown");
        assert_shows_no_credential(&bytes, &format!("{log}{warnings}"));
        Came {
            answer: match reply.answer {
                Answer::Response(answer) => Ok(serde_json::from_slice(&answer).unwrap()),
                Answer::Error(error) => Err(error.message),
            },
            log: serde_json::from_str(log.lines().last().expect("a line is written")).unwrap(),
            warnings,
        }
    }
}

impl Came {
    /// At the gate: an Allow.
    #[track_caller]
    pub(super) fn is_allowed(&self) -> &Value {
        let answer = self.answer.as_ref().unwrap();
        assert_eq!(effects(answer), ["Allow"], "{}", self.log);
        self.is_logged("allow", "OK", None);
        answer
    }

    /// At the gate: a Deny, which is for the caller's eyes, and `reason`, which is for the log's.
    #[track_caller]
    pub(super) fn is_denied(&self, code: &str, reason: &str) -> &Value {
        let answer = self.answer.as_ref().unwrap();
        assert_eq!(effects(answer), ["Deny"], "{}", self.log);
        assert_eq!(answer["context"], json!({ "code": code }));
        self.is_logged("deny", code, Some(reason));
        answer
    }

    /// At the gate: neither Allow nor Deny, so that API Gateway answers 500 and caches nothing.
    #[track_caller]
    pub(super) fn is_an_error(&self, code: &str, reason: &str) {
        assert_eq!(self.answer, Err(reason.to_owned()));
        self.is_logged("error", code, Some(reason));
    }

    /// On delivery: the answer of the target.
    #[track_caller]
    pub(super) fn is_delivered(&self) -> &Value {
        self.is_logged("allow", "OK", None);
        self.answer.as_ref().unwrap()
    }

    /// On delivery: `status` with `code`, and when to come again only if coming again may help.
    #[track_caller]
    pub(super) fn is_answered(&self, status: u16, code: &str, reason: &str) {
        let outcome = if status == 403 { "deny" } else { "error" };
        self.is_logged(outcome, code, Some(reason));
        let answer = self.answer.as_ref().unwrap();
        assert_eq!(answer["statusCode"], status);
        assert_eq!(answer["body"], json!({ "code": code }).to_string());
        let says_when = answer["headers"]["retry-after"].is_string();
        assert_eq!(says_when, matches!(status, 502 | 503), "{answer}");
    }

    /// On delivery: verified, and forwarded before.
    #[track_caller]
    pub(super) fn is_a_duplicate(&self, id: &str, told_apart_by: &str) {
        self.is_logged("allow", "DUPLICATE", None);
        let answer = self.answer.as_ref().unwrap();
        assert_eq!(answer["statusCode"], 200);
        let body = json!({ "duplicate": true, "delivery_id": id, "told_apart_by": told_apart_by });
        let sent: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(sent, body);
        assert_eq!(self.log["delivery"], id);
    }

    #[track_caller]
    fn is_logged(&self, outcome: &str, code: &str, reason: Option<&str>) {
        let expected = json!([outcome, outcome == "allow", code, reason]);
        let log = &self.log;
        let warnings = &self.warnings;
        let logged = json!([log["outcome"], log["allowed"], log["code"], log["reason"]]);
        assert_eq!(logged, expected, "{warnings}");
    }
}

fn effects(answer: &Value) -> Vec<&str> {
    let statements = answer["policyDocument"]["Statement"].as_array().into_iter().flatten();
    statements.filter_map(|statement| statement["Effect"].as_str()).collect()
}
