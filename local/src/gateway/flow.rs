//! The way of one request, in two halves: before the authorizer is invoked, and after.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

mod checks;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};
use shared::time::Timestamp;

use super::answer::Answer;
use super::api::{ApiKind, AuthorizerKind};
use super::cache::Key;
use super::compiled::Compiled;
use super::event::{Authorized, authorizer_event, integration_event};
use super::incoming::Incoming;
use super::path::within_stage;
use super::policy::{Asked, PolicyError};
use super::received::Received;
use super::resource_policy::{Together, together};
use super::response::{Refusal, answer};
use super::trace::{Consulted, Note, Trace, Verdict};
use super::{Call, Done, Forward, Outcome};

/// A request on its way.
pub(super) struct Flow<'r> {
    compiled: &'r Compiled,
    received: Received<'r>,
    trace: Trace,
}

/// Where the first half ends.
pub(super) enum Step<'r> {
    Done(Box<Outcome>),
    /// The authorizer has to be invoked.
    Invoke(Box<Waiting<'r>>, Call),
}

/// A request that waits for its authorizer.
pub(super) struct Waiting<'r> {
    flow: Flow<'r>,
    key: Key,
}

/// Why a request ends here: for the client, and as a sentence for the trace.
struct Stopped {
    refusal: Refusal,
    reason: Cow<'static, str>,
}

impl<'r> Flow<'r> {
    /// Goes as far as possible without the authorizer. `find` looks an answer up that is cached, and says
    /// until when it is.
    pub(super) fn begin(
        compiled: &'r Compiled,
        incoming: &'r Incoming,
        now: Timestamp,
        find: impl FnOnce(&Key) -> Option<(Arc<Answer>, Timestamp)>,
    ) -> Step<'r> {
        let within = within_stage(&compiled.api, &incoming.path);
        let path = within.as_deref().unwrap_or(&incoming.path);
        let mut trace = Trace::default();
        let received = Received::new(&compiled.api, incoming, path, now, &mut trace.notes);
        let mut flow = Self { compiled, received, trace };
        match flow.prepare(within.as_deref()) {
            Err(stopped) => Step::Done(Box::new(flow.stop(stopped, None))),
            Ok(None) => Step::Done(Box::new(flow.forward(Authorized::Nothing))),
            Ok(Some(key)) => match find(&key) {
                Some((answer, until)) => {
                    flow.trace.consulted = Consulted::Cache;
                    flow.trace.cached_until = Some(until);
                    Step::Done(Box::new(flow.decide(&answer)))
                }
                None => flow.invoke(key),
            },
        }
    }

    fn invoke(mut self, key: Key) -> Step<'r> {
        let (at, identity) = &key;
        let Some(authorizer) = self.compiled.api.authorizers.get(*at) else {
            let stopped = Stopped::of(Refusal::Unknown, "there is no such authorizer");
            return Step::Done(Box::new(self.stop(stopped, None)));
        };
        let notes = &mut self.trace.notes;
        let event = authorizer_event(&self.received, &authorizer.kind, identity, notes);
        let event = event.to_string().into_bytes();
        let call = Call { authorizer: authorizer.name.clone(), event };
        self.trace.consulted = Consulted::Function;
        Step::Invoke(Box::new(Waiting { flow: self, key }), call)
    }

    /// What an answer says of the request, and what the resource policy makes of it.
    fn decide(mut self, answer: &Answer) -> Outcome {
        match answer {
            Answer::Simple { is_authorized, context } => {
                self.trace.simple = Some(*is_authorized);
                if *is_authorized {
                    return self.forward(Authorized::Simple(context));
                }
                let reason = "the authorizer's simple answer is no";
                self.stop(Stopped::of(Refusal::ExplicitDeny, reason), None)
            }
            Answer::Policy { principal, document, policy, context } => {
                self.trace.policy = Some(document.clone());
                self.trace.notes.extend(policy.notes.iter().cloned());
                let arn = self.received.arn();
                let verdict = match policy.evaluate(self.asked(&arn)) {
                    Ok(verdict) => verdict,
                    Err(error) => {
                        let stopped = self.not_taken(error);
                        return self.stop(stopped, None);
                    }
                };
                self.trace.verdict = Some(verdict);
                match self.with_resource_policy(verdict) {
                    None => self.forward(Authorized::Policy { principal, context }),
                    Some(stopped) => {
                        let said = Authorized::Policy { principal, context }.flat();
                        self.stop(stopped, Some(&said))
                    }
                }
            }
        }
    }

    /// `None` if the request is let through.
    fn with_resource_policy(&self, verdict: Verdict) -> Option<Stopped> {
        let together = match (&self.compiled.resource_policy, self.trace.resource_policy) {
            (Some(rule), Some(resource)) => together(rule.callers, verdict, resource),
            _ => match verdict {
                Verdict::Allow { .. } => Together::Allow,
                Verdict::ExplicitDeny { .. } => Together::ExplicitDeny,
                Verdict::ImplicitDeny => Together::ImplicitDeny,
            },
        };
        Some(match together {
            Together::Allow => return None,
            Together::ExplicitDeny => {
                Stopped::of(Refusal::ExplicitDeny, "the authorizer's policy denies the request")
            }
            Together::ImplicitDeny => {
                let reason = "no statement of the authorizer's policy matches the request";
                Stopped::of(Refusal::ImplicitDeny, reason)
            }
            Together::ResourcePolicySilent => {
                let reason =
                    "the resource policy does not allow the request, and must for this caller";
                Stopped::of(Refusal::ResourcePolicySilent, reason)
            }
        })
    }

    /// An answer that is not taken, and not cached.
    fn not_taken(&mut self, error: PolicyError) -> Stopped {
        let reason = match error {
            PolicyError::Malformed(reason) => reason,
            PolicyError::Unknown(reason) => {
                self.trace.notes.push(Note::refused(reason.clone()));
                reason
            }
        };
        Stopped { refusal: Refusal::AuthorizerConfiguration, reason: reason.into() }
    }

    fn asked<'a>(&self, arn: &'a str) -> Asked<'a> {
        Asked { arn, source_ip: self.received.incoming.source(), now: self.received.now }
    }

    fn forward(mut self, authorized: Authorized<'_>) -> Outcome {
        let Some(route) = self.received.route.as_ref().map(|matched| matched.route) else {
            return self.stop(Stopped::of(Refusal::NoRoute, "the API has no such route"), None);
        };
        let notes = &mut self.trace.notes;
        let event = integration_event(&self.received, route.payload, authorized, notes);
        let forward = Forward { route: route.key.clone(), authorizer: authorized.flat(), event };
        Outcome { done: Done::Forwarded(forward), trace: self.trace }
    }

    /// `context` is what the authorizer said, for the gateway response.
    fn stop(mut self, stopped: Stopped, context: Option<&Map<String, Value>>) -> Outcome {
        let Stopped { refusal, reason } = stopped;
        self.trace.reason = Some(reason);
        let responses = &self.compiled.responses;
        let response = answer(&self.received, refusal, context, responses, &mut self.trace.notes);
        Outcome { done: Done::Answered(response), trace: self.trace }
    }
}

impl Waiting<'_> {
    /// Goes on with what the authorizer's function answered, or with the message of its error. `keep` caches
    /// an answer until a moment.
    pub(super) fn finish(
        self,
        answered: Result<Vec<u8>, String>,
        keep: impl FnOnce(Key, Arc<Answer>, Timestamp),
    ) -> Outcome {
        let Self { mut flow, key } = self;
        let answer = match answered {
            Ok(answer) => flow.read(&key, &answer),
            Err(message) => Err(flow.failed(&message)),
        };
        let answer = match answer {
            Ok(answer) => Arc::new(answer),
            Err(stopped) => return flow.stop(stopped, None),
        };
        let rule = flow.compiled.authorizers.get(key.0);
        if let Some(rule) = rule.filter(|rule| !rule.ttl.is_zero()) {
            let until = flow.received.now.after(rule.ttl);
            flow.trace.cached_until = Some(until);
            keep(key, Arc::clone(&answer), until);
        }
        flow.decide(&answer)
    }
}

impl Flow<'_> {
    fn read(&mut self, key: &Key, answer: &[u8]) -> Result<Answer, Stopped> {
        let kind = self.compiled.api.authorizers.get(key.0).map(|authorizer| &authorizer.kind);
        let kind = kind.unwrap_or(&AuthorizerKind::Request);
        Answer::read(self.compiled.api.kind, kind, answer).map_err(|error| self.not_taken(error))
    }

    /// The message is not kept: it may hold anything.
    fn failed(&mut self, message: &str) -> Stopped {
        let refusal = match (message, self.compiled.api.kind) {
            ("Unauthorized", ApiKind::Rest | ApiKind::WebSocket) => {
                let reason = "the authorizer failed with the error `Unauthorized`";
                return Stopped::of(Refusal::Unauthorized, reason);
            }
            ("Unauthorized", ApiKind::Http) => {
                let text = "what an HTTP API makes of the error `Unauthorized`";
                self.trace.notes.push(Note::refused(text));
                Refusal::AuthorizerFailure
            }
            _ => Refusal::AuthorizerFailure,
        };
        Stopped::of(refusal, "the authorizer's function failed")
    }
}

impl Stopped {
    fn of(refusal: Refusal, reason: &'static str) -> Self {
        Self { refusal, reason: reason.into() }
    }
}
