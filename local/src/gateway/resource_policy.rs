//! The resource policy of a REST API, and what it makes of an authorizer's answer.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use super::api::{Account, ApiError, ResourcePolicy};
use super::json;
use super::policy::{Asked, Owner, Policy, PolicyError};
use super::trace::{Note, Verdict};

/// A resource policy, read.
#[derive(Debug)]
pub(super) struct ResourceRule {
    policy: Policy,
    pub(super) callers: Account,
}

/// What two policies say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Together {
    Allow,
    ExplicitDeny,
    /// The authorizer's policy, or both, lack an Allow that is needed.
    ImplicitDeny,
    /// The authorizer allows; the resource policy, which must allow too, says nothing.
    ResourcePolicySilent,
}

impl ResourceRule {
    /// Reads the resource policy of the API whose ARNs begin with `arn`.
    ///
    /// # Errors
    /// It is malformed, or it is not known what AWS makes of it.
    pub(super) fn read(policy: &ResourcePolicy, arn: &str) -> Result<Self, ApiError> {
        let document = json::parse(policy.document.as_bytes())
            .ok_or_else(|| ApiError("the resource policy is not JSON".to_owned()))?;
        match Policy::read(&document, Owner::Api(arn)) {
            Ok(read) => Ok(Self { policy: read, callers: policy.callers }),
            Err(PolicyError::Malformed(sentence)) => {
                Err(ApiError(format!("the resource policy cannot be read: {sentence}")))
            }
            Err(PolicyError::Unknown(sentence)) => Err(ApiError(format!(
                "what API Gateway makes of the resource policy is not known: {sentence}"
            ))),
        }
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        self.policy.notes.iter().cloned()
    }

    pub(super) fn evaluate(&self, asked: Asked<'_>) -> Result<Verdict, PolicyError> {
        self.policy.evaluate(asked)
    }
}

/// What the authorizer's policy and the resource policy say together, by AWS's tables: A, where the callers
/// are of the API's account, and B, where they are of another one.
pub(super) fn together(account: Account, authorizer: Verdict, resource: Verdict) -> Together {
    use Verdict::{Allow, ExplicitDeny, ImplicitDeny};
    match (account, authorizer, resource) {
        (_, ExplicitDeny { .. }, _) | (_, _, ExplicitDeny { .. }) => Together::ExplicitDeny,
        (Account::Same, Allow { .. }, _) | (Account::Same, _, Allow { .. }) => Together::Allow,
        (Account::Other, Allow { .. }, Allow { .. }) => Together::Allow,
        (Account::Other, Allow { .. }, ImplicitDeny) => Together::ResourcePolicySilent,
        (_, ImplicitDeny, _) => Together::ImplicitDeny,
    }
}

#[cfg(test)]
mod tests {
    use super::Together::{self, Allow, ExplicitDeny, ImplicitDeny, ResourcePolicySilent};
    use super::together;
    use crate::gateway::api::Account::{self, Other, Same};
    use crate::gateway::trace::Verdict;

    const YES: Verdict = Verdict::Allow { statement: 0 };
    const NO: Verdict = Verdict::ExplicitDeny { statement: 0 };
    const SILENT: Verdict = Verdict::ImplicitDeny;

    #[test]
    fn both_tables() {
        let check = |account: Account, authorizer, resource, expected: Together| {
            let got = together(account, authorizer, resource);
            assert_eq!(got, expected, "{account:?} {authorizer:?} {resource:?}");
        };
        check(Same, YES, YES, Allow);
        check(Same, YES, SILENT, Allow);
        check(Same, YES, NO, ExplicitDeny);
        check(Same, SILENT, YES, Allow);
        check(Same, SILENT, SILENT, ImplicitDeny);
        check(Same, SILENT, NO, ExplicitDeny);
        check(Same, NO, YES, ExplicitDeny);
        check(Same, NO, SILENT, ExplicitDeny);
        check(Same, NO, NO, ExplicitDeny);
        check(Other, YES, YES, Allow);
        check(Other, YES, SILENT, ResourcePolicySilent);
        check(Other, YES, NO, ExplicitDeny);
        check(Other, SILENT, YES, ImplicitDeny);
        check(Other, SILENT, SILENT, ImplicitDeny);
        check(Other, SILENT, NO, ExplicitDeny);
        check(Other, NO, YES, ExplicitDeny);
        check(Other, NO, SILENT, ExplicitDeny);
        check(Other, NO, NO, ExplicitDeny);
    }
}
