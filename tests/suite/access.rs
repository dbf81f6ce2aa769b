//! The access table, its policies and their proof.

mod compiled;
mod expressible;
mod golden;
mod mistakes;
mod property;
mod real;
mod resolve;
mod tenant_locations;
mod user_tokens;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use iam_rs::{
    Arn, Decision, IAMAction, IAMEffect, IAMPolicy, IAMRequest, IAMResource, IAMStatement,
    PolicyEvaluator, Principal, PrincipalId,
};
use shared::authz::{AccessTable, Grants, NamedLocations, Policy, TenantLocation};
use shared::ids::TenantId;

const PREFIX: &str = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/";
const DEFAULT: &str = include_str!("../../infra/access.toml");

fn default_table() -> AccessTable {
    AccessTable::prove("infra/access.toml", DEFAULT).unwrap()
}

/// A request that names the caller's tenant wherever the table looks for one.
fn everywhere(table: &AccessTable) -> NamedLocations {
    table.tenant_locations().map(|_| true).collect()
}

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

/// A table from rules such as `GET /a/{x}`, which role `r` may use, and `-GET /a/export`, which it
/// may not. A parameter `{tenant}` is the tenant's place.
fn table_of(rules: &[&str], routes: &str) -> String {
    table_with(rules, routes, "none")
}

/// The same in front of an API whose resource policy is `resource_policy`.
fn table_with(rules: &[&str], routes: &str, resource_policy: &str) -> String {
    let mut paths: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for rule in rules {
        let (verb, path) = rule.split_once(' ').unwrap();
        let permission = if verb.starts_with('-') { "write:m" } else { "read:m" };
        paths.entry(path).or_default().push((verb.trim_start_matches('-'), permission));
    }
    let mut text = format!(
        "modules = [\"m\"]\n[gateway]\nroutes = \"{routes}\"\nresource_policy = \"{resource_policy}\"\n\
         policy = \"caller\"\n[roles.r]\ngrants = [\"read:m\"]\n"
    );
    for (path, methods) in paths {
        writeln!(text, "[[routes]]\npath = \"{path}\"").unwrap();
        if path.contains("{tenant}") {
            writeln!(text, "tenant = \"path:tenant\"").unwrap();
        }
        for (verb, permission) in methods {
            writeln!(text, "{verb} = \"{permission}\"").unwrap();
        }
    }
    text
}

fn prove(source: &str) -> Result<AccessTable, Vec<String>> {
    let proven = AccessTable::prove("access.toml", source);
    proven.map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

/// What the table says, tenants included.
fn table_says(
    table: &AccessTable,
    grants: Grants,
    tenant: Option<&TenantId>,
    verb: &str,
    path: &str,
) -> bool {
    table.route(Some(verb), path).is_some_and(|matched| {
        let own = match matched.tenant() {
            TenantLocation::Path(value) => tenant.is_some_and(|tenant| tenant.as_str() == value),
            _ => true,
        };
        table.permits(grants, &matched) && own
    })
}

/// A policy as it is sent, for an evaluator that is none of ours.
struct Sent {
    allow: Vec<String>,
    deny: Vec<String>,
}

impl Sent {
    fn new(policy: Policy<'_>, tenant: Option<&TenantId>) -> Self {
        let resources = |globs: &mut dyn Iterator<Item = shared::authz::Glob<'_>>| {
            let sent = globs.filter(|glob| tenant.is_some() || !glob.needs_tenant());
            let rendered = sent.map(|glob| {
                let mut text = PREFIX.to_owned();
                glob.push_to(&mut text, tenant);
                text
            });
            rendered.collect()
        };
        Self { allow: resources(&mut policy.allow()), deny: resources(&mut policy.deny()) }
    }

    /// By a matcher too simple to be wrong.
    fn says(&self, tail: &str) -> bool {
        any(&self.allow, tail) && !self.denies(tail)
    }

    fn evaluated(&self, tail: &str) -> Says {
        match (self.denies(tail), self.says(tail)) {
            (true, _) => Says::ExplicitDeny,
            (false, true) => Says::Allow,
            (false, false) => Says::Nothing,
        }
    }

    /// Whether it denies by name.
    fn denies(&self, tail: &str) -> bool {
        any(&self.deny, tail)
    }

    /// Of a caller who may do nothing. The answer denies everything.
    fn is_empty(&self) -> bool {
        self.allow.is_empty()
    }

    /// By `iam-rs`. It takes a `*` in the request for the wildcard itself: not for such tails.
    fn evaluator(&self) -> impl Fn(&str) -> bool + use<> {
        let statement = |effect, resources: &Vec<String>| {
            IAMStatement::new(effect)
                .with_action(IAMAction::Single("execute-api:Invoke".to_owned()))
                .with_resource(IAMResource::Multiple(resources.clone()))
        };
        let mut policy = IAMPolicy::new();
        if !self.allow.is_empty() {
            policy = policy.add_statement(statement(IAMEffect::Allow, &self.allow));
        }
        if !self.deny.is_empty() {
            policy = policy.add_statement(statement(IAMEffect::Deny, &self.deny));
        }
        let evaluator = PolicyEvaluator::with_policies(vec![policy]);
        move |tail| {
            let caller = PrincipalId::String("arn:aws:iam::123456789012:user/caller".to_owned());
            let arn = Arn::parse(&format!("{PREFIX}{tail}")).unwrap();
            let request = IAMRequest::new(Principal::Aws(caller), "execute-api:Invoke", arn);
            evaluator.evaluate(&request).unwrap().decision == Decision::Allow
        }
    }
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Allow,
    ExplicitDeny,
    Nothing,
}

/// Whose account a caller's identity is of, compared with the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    Same,
    Other,
}

/// Whether API Gateway lets a request in for an authorizer's policy and a resource policy together.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>,
/// tables A (the same account) and B (another one).
fn lets_in(account: Account, ours: Says, resource_policy: Says) -> bool {
    match (account, ours, resource_policy) {
        (_, Says::ExplicitDeny, _) | (_, _, Says::ExplicitDeny) => false,
        (Account::Same, Says::Nothing, Says::Nothing) => false,
        (Account::Same, ..) => true,
        (Account::Other, ours, theirs) => ours == Says::Allow && theirs == Says::Allow,
    }
}

fn any(resources: &[String], tail: &str) -> bool {
    let mut globs = resources.iter().filter_map(|resource| resource.strip_prefix(PREFIX));
    globs.any(|pattern| glob(pattern.as_bytes(), tail.as_bytes()))
}

/// Whether the glob of IAM `pattern` matches `text`.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            glob(rest, text) || text.split_first().is_some_and(|(_, text)| glob(pattern, text))
        }
        ([b'?', rest @ ..], [_, text @ ..]) => glob(rest, text),
        ([one, rest @ ..], [other, text @ ..]) => one == other && glob(rest, text),
        _ => false,
    }
}
