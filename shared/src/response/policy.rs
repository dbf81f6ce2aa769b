//! An IAM policy with context, as REST, WebSocket and HTTP APIs take it.

use serde_json::value::RawValue;

use super::context::Context;
use super::document::{policy, push_statement};
use super::evaluate::{Evaluation, evaluate};
use super::{ANONYMOUS, ResponseError};
use crate::authn::Identity;
use crate::authz::{Decision, Glob, Permit, PermitPolicy, Policy};
use crate::request::{MAX_RESOURCE_BYTES, MethodArn, Request, Shape, canonical};

/// An answer with an IAM policy.
#[derive(Debug)]
pub struct PolicyResponse<'a> {
    shape: Shape,
    arn: &'a MethodArn<'a>,
    decision: &'a Decision<'a>,
    identity: Option<&'a Identity>,
    resources: Result<Resources<'a>, ResponseError>,
}

/// What the policy is about.
#[derive(Clone, Copy, Debug)]
enum Resources<'a> {
    /// All that the caller may do.
    Caller(&'a Permit<'a>, Policy<'a>),
    /// The request alone.
    Request { allows: bool },
    /// An explicit Deny of the whole stage, for a caller whose identity was not proven or who may do
    /// nothing: right under every cache key.
    Stage,
}

impl<'a> PolicyResponse<'a> {
    pub(super) fn new(
        request: &'a Request<'_>,
        decision: &'a Decision<'_>,
        identity: Option<&'a Identity>,
    ) -> Self {
        let arn = &request.arn;
        let resources = match decision {
            Decision::Allow(permit) => of_permit(permit, true),
            // Of a request that no policy can name, the whole stage is denied.
            Decision::DenyRoute(_, permit) => match of_permit(permit, false) {
                Ok(Resources::Request { .. }) if !arn.is_nameable() => Ok(Resources::Stage),
                resources => resources,
            },
            Decision::DenyAll(_) if arn.method().is_none() && arn.is_nameable() => {
                Ok(Resources::Request { allows: false })
            }
            Decision::DenyAll(_) => Ok(Resources::Stage),
        };
        Self { shape: request.shape, arn, decision, identity, resources }
    }

    /// The answer, which says of the request what was decided.
    pub(super) fn to_json(&self) -> Result<Box<RawValue>, ResponseError> {
        let resources = self.resources.clone()?;
        let spelling = self.check(resources)?;
        let mut longest = 0;
        let json = policy(
            self.identity.map_or(ANONYMOUS, |identity| identity.subject().as_str()),
            |json| longest = self.push_statements(json, resources, spelling),
            &serde_json::to_string(&self.context(resources))?,
        )?;
        if longest > MAX_RESOURCE_BYTES { Err(ResponseError::Resource) } else { Ok(json) }
    }

    pub(super) const fn max_bytes(&self) -> usize {
        self.shape.max_answer_bytes()
    }

    /// Checks that API Gateway makes of the policy what was decided. Gives the spelling that it has to be
    /// denied for, if the policy itself does not.
    fn check(&self, resources: Resources<'_>) -> Result<Option<&'a str>, ResponseError> {
        let Resources::Caller(permit, policy) = resources else { return Ok(None) };
        let denial = self.decision.denial();
        let (denial, error) = match (denial, evaluate(policy, permit.tenant(), self.arn.tail())) {
            (None, Evaluation::Allow) | (Some(_), Evaluation::ExplicitDeny) => return Ok(None),
            (None, _) => return Err(ResponseError::DeniesAllowed),
            (Some(denial), Evaluation::Allow) => {
                (denial, ResponseError::AllowsDenied as fn(_) -> _)
            }
            (Some(denial), Evaluation::NoMatch) if permit.resource_policy_allows() => {
                (denial, ResponseError::Undenied as fn(_) -> _)
            }
            (Some(_), Evaluation::NoMatch) => return Ok(None),
        };
        denied_spelling(self.arn.path()).map(Some).ok_or_else(|| error(denial.reason.clone()))
    }

    fn context(&self, resources: Resources<'_>) -> Context<'_> {
        let caller = self.permit().and_then(|permit| Some((self.identity?, permit)));
        let of_request = self.decision.denial().map(|denial| denial.code);
        let code = match resources {
            // API Gateway caches this context with the policy and uses both for later requests on
            // other routes. So the code does not depend on the route requested now: it says why a
            // route is denied that the policy does not match.
            Resources::Caller(permit, _) => Some(permit.no_match()),
            Resources::Request { .. } | Resources::Stage => {
                of_request.or_else(|| self.permit().map(Permit::no_match))
            }
        };
        Context { caller, code }
    }

    /// What the context tells of the caller, if it tells anything.
    pub(super) const fn permit(&self) -> Option<&Permit<'_>> {
        match self.decision {
            Decision::Allow(permit) | Decision::DenyRoute(_, permit) => Some(permit),
            Decision::DenyAll(_) => None,
        }
    }

    /// Appends the statements, and returns the length of their longest resource.
    fn push_statements(
        &self,
        json: &mut String,
        resources: Resources<'_>,
        spelling: Option<&str>,
    ) -> usize {
        let prefix = self.arn.prefix();
        match resources {
            Resources::Stage => push_statement(json, "Deny", prefix, ["*"], String::push_str),
            Resources::Request { allows } => {
                let effect = if allows { "Allow" } else { "Deny" };
                push_statement(json, effect, prefix, [self.arn.tail()], push_escaped)
            }
            Resources::Caller(permit, policy) => {
                let tenant = permit.tenant();
                let applies = |glob: &Glob<'_>| tenant.is_some() || !glob.needs_tenant();
                let push = |json: &mut String, glob: Glob<'_>| match glob.needs_tenant() {
                    _ if glob.is_plain() => json.push_str(glob.as_str()),
                    true => glob.push_to(json, tenant),
                    false => push_escaped(json, glob.as_str()),
                };
                let allow = policy.allow().filter(applies);
                let deny = policy.deny().filter(applies);
                let spelling = spelling.map(|spelling| format!("*{spelling}*"));
                push_statement(json, "Allow", prefix, allow, push)
                    .max(push_statement(json, "Deny", prefix, deny, push))
                    .max(push_statement(
                        json,
                        "Deny",
                        prefix,
                        spelling.as_deref(),
                        String::push_str,
                    ))
            }
        }
    }
}

/// What an answer denies besides the caller's policy where that one lets in the requested `path`, which is
/// not canonical: its spelling, such as `%7A`, wherever it stands. No canonical path has it, so this Deny is
/// right for every route that the answer is cached for.
#[must_use]
pub fn denied_spelling(path: &str) -> Option<&str> {
    canonical::encoded_unreserved(path)
}

fn of_permit<'a>(permit: &'a Permit<'_>, allows: bool) -> Result<Resources<'a>, ResponseError> {
    match permit.policy() {
        PermitPolicy::Caller(policy) => Ok(Resources::Caller(permit, policy)),
        PermitPolicy::Request => Ok(Resources::Request { allows }),
        PermitPolicy::Unproven => Err(ResponseError::Unproven),
    }
}

/// Appends what follows the stage in an ARN: printable ASCII, of which JSON escapes two characters.
fn push_escaped(json: &mut String, tail: &str) {
    for character in tail.chars() {
        if matches!(character, '"' | '\\') {
            json.push('\\');
        }
        json.push(character);
    }
}
