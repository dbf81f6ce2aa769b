//! What ends a request before its authorizer is asked.

use super::{Flow, Stopped};
use crate::gateway::api::{ApiKind, AuthorizerKind};
use crate::gateway::cache::Key;
use crate::gateway::identity_source::Found;
use crate::gateway::path::oddity;
use crate::gateway::response::Refusal;
use crate::gateway::routing::resolve;
use crate::gateway::trace::{Note, Verdict};
use crate::gateway::validation::Matching;

/// The most bytes of all headers together, names and values.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const MAX_HEADERS: usize = 10_240;
/// The longest body, in bytes.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// The longest ARN of a request, in bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
const MAX_ARN: usize = 1600;

impl Flow<'_> {
    /// Everything before the authorizer. `within` is the path within the stage. `None` if the route has no
    /// authorizer, else the key of its answer.
    pub(super) fn prepare(&mut self, within: Option<&str>) -> Result<Option<Key>, Stopped> {
        self.check_size()?;
        self.find_route(within)?;
        self.check_resource_policy()?;
        let route = self.received.route.as_ref().map(|matched| matched.route);
        let Some(at) = route.and_then(|route| route.authorizer) else {
            return self.check_public().map(|()| None);
        };
        let identity = self.identify(at)?;
        self.check_token(at, identity.first())?;
        if self.received.arn().len() > MAX_ARN {
            self.trace.notes.push(Note::refused("an ARN of more than 1600 bytes"));
            return Err(Stopped::of(Refusal::Unknown, "the ARN of the request is too long"));
        }
        Ok(Some((at, identity)))
    }

    fn check_size(&self) -> Result<(), Stopped> {
        let incoming = self.received.incoming;
        let headers = incoming.headers.iter().map(|(name, value)| name.len() + value.len());
        if headers.sum::<usize>() > MAX_HEADERS {
            let reason = "the headers are longer than 10,240 bytes";
            return Err(Stopped::of(Refusal::HeadersTooLarge, reason));
        }
        if incoming.body.len() > MAX_BODY {
            return Err(Stopped::of(Refusal::BodyTooLarge, "the body is longer than 10 MB"));
        }
        Ok(())
    }

    fn find_route(&mut self, within: Option<&str>) -> Result<(), Stopped> {
        let Some(path) = within else {
            return Err(Stopped::of(Refusal::NoStage, "the path has another stage or base path"));
        };
        if let Some(oddity) = oddity(path) {
            self.trace.notes.push(Note::refused(format!("which route it has: {oddity}")));
            return Err(Stopped::of(Refusal::NoRoute, oddity));
        }
        let (kind, method) = (self.compiled.api.kind, self.received.incoming.method.as_str());
        let notes = &mut self.trace.notes;
        let matched = resolve(kind, &self.compiled.routes, method, path, notes);
        let Some(matched) = matched else {
            return Err(Stopped::of(Refusal::NoRoute, "the API has no such route"));
        };
        self.trace.route = Some(matched.route.key.clone());
        self.received.route = Some(matched);
        Ok(())
    }

    /// The first of two times: an explicit Deny counts before the authorizer is asked.
    fn check_resource_policy(&mut self) -> Result<(), Stopped> {
        let Some(rule) = &self.compiled.resource_policy else { return Ok(()) };
        self.trace.notes.extend(rule.notes());
        let arn = self.received.arn();
        let Ok(verdict) = rule.evaluate(self.asked(&arn)) else {
            let text = "how far a wildcard of the resource policy reaches";
            self.trace.notes.push(Note::refused(text));
            let reason = "it is not known what the resource policy says of the request";
            return Err(Stopped::of(Refusal::Unknown, reason));
        };
        self.trace.resource_policy = Some(verdict);
        match verdict {
            Verdict::ExplicitDeny { .. } => Err(Stopped::of(
                Refusal::ResourcePolicyDeny,
                "the resource policy denies the request",
            )),
            Verdict::Allow { .. } | Verdict::ImplicitDeny => Ok(()),
        }
    }

    /// Without an authorizer the resource policy alone decides, and must allow.
    fn check_public(&self) -> Result<(), Stopped> {
        match self.trace.resource_policy {
            None | Some(Verdict::Allow { .. }) => Ok(()),
            Some(_) => Err(Stopped::of(
                Refusal::ResourcePolicySilent,
                "the route is public, and the resource policy does not allow the request",
            )),
        }
    }

    /// The values of all identity sources.
    fn identify(&mut self, at: usize) -> Result<Vec<String>, Stopped> {
        let compiled = self.compiled;
        let own = compiled.api.authorizers.get(at).zip(compiled.authorizers.get(at));
        let Some((authorizer, rule)) = own else {
            return Err(Stopped::of(Refusal::Unknown, "there is no such authorizer"));
        };
        self.trace.authorizer = Some(authorizer.name.clone());
        let found = rule.sources.iter().map(|source| source.find(&self.received));
        let found: Vec<Found> = found.collect();
        if found.contains(&Found::Missing) {
            let reason = "an identity source is missing or empty";
            return Err(Stopped::of(Refusal::Unauthorized, reason));
        }
        let counts = !rule.ttl.is_zero() || matches!(authorizer.kind, AuthorizerKind::Token { .. });
        found.into_iter().map(|found| self.one_of(found, counts)).collect()
    }

    /// The value of an identity source. It `counts` if API Gateway would have to choose one of several.
    fn one_of(&mut self, found: Found, counts: bool) -> Result<String, Stopped> {
        match found {
            Found::Missing => Ok(String::new()),
            Found::One(value) => Ok(value),
            Found::Several(values) if self.compiled.api.kind == ApiKind::Http => {
                let text = "different values of one identity source are joined by commas";
                self.trace.notes.push(Note::assumed(text));
                Ok(values.join(","))
            }
            Found::Several(_) if counts => {
                let text = "which of different values of one identity source counts";
                self.trace.notes.push(Note::refused(text));
                let reason = "an identity source has different values";
                Err(Stopped::of(Refusal::Unknown, reason))
            }
            Found::Several(values) => Ok(values.join(",")),
        }
    }

    fn check_token(&mut self, at: usize, token: Option<&String>) -> Result<(), Stopped> {
        let rule = self.compiled.authorizers.get(at);
        let validation = rule.and_then(|rule| rule.validation.as_ref());
        let (Some(validation), Some(token)) = (validation, token) else { return Ok(()) };
        match validation.check(token) {
            Matching::Whole => return Ok(()),
            Matching::Nothing => {}
            Matching::Part => {
                let text = "whether a token may match the validation expression in part";
                self.trace.notes.push(Note::refused(text));
            }
        }
        let reason = "the token does not match the validation expression";
        Err(Stopped::of(Refusal::Unauthorized, reason))
    }
}
