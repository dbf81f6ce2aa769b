//! TTL and identity sources: whatever an answer depends on must be what it is cached by.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

use shared::authz::{PolicyExtent, RuleLine};

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{is_greedy, shape, takes};
use crate::deployed::settings::{Settings, identity_source};
use crate::deployed::{Deployed, Role};
use crate::template::{ApiKind, Authorizer, AuthorizerKind, IdentitySource, RouteMethod, Ttl};

pub(super) fn lint(deployed: &Deployed<'_>, table: Option<&Table<'_>>, findings: &mut Findings) {
    for gate in deployed.of_role(Role::Gate) {
        cached_gate(deployed, gate, findings);
    }
    for authorizer in deployed.of_role(Role::Ours) {
        sources_that_no_request_has(deployed, authorizer, findings);
        refused_unasked(deployed, authorizer, findings);
        let Ttl::Seconds(ttl @ 1..) = authorizer.ttl else { continue };
        let cached = Cached { deployed, authorizer, ttl };
        cached.token_is_no_source(findings);
        cached.api_key(findings);
        let is_http =
            deployed.template.api(&authorizer.api).is_some_and(|api| api.kind == ApiKind::Http);
        let is_simple = is_http
            && (authorizer.is_simple == Some(true)
                || deployed.answers_simply(authorizer) == Some(true));
        if is_simple {
            cached.simple_answer(table, findings);
        }
        let Some(table) = table else { continue };
        if table.linted.policy == PolicyExtent::Request && !is_simple {
            cached.answer_about_one_request(findings);
        }
        cached.tenant_outside_path(table, findings);
    }
}

/// The answer of a gate is for one signature.
fn cached_gate(deployed: &Deployed<'_>, gate: &Authorizer, findings: &mut Findings) {
    let Ttl::Seconds(ttl @ 1..) = gate.ttl else { return };
    let id = &gate.id;
    findings.add(
        Code::PL408,
        (deployed.file, gate.ttl_line),
        format!("`{id}` is a gate of webhooks, and its answers are cached for {ttl} s"),
        "set the TTL to 0: each answer is for one signature",
    );
}

/// Every identity source must be present, and two credentials in one request are refused.
fn sources_that_no_request_has(
    deployed: &Deployed<'_>,
    authorizer: &Authorizer,
    findings: &mut Findings,
) {
    let (Some(settings), Some(sources)) = (deployed.settings(authorizer), &authorizer.sources)
    else {
        return;
    };
    let places = credential_places(deployed, authorizer, settings);
    let both: Vec<String> = sources.iter().filter(|own| places.contains(own)).map(shown).collect();
    if both.len() < 2 {
        return;
    }
    let (id, both) = (&authorizer.id, both.join(" and "));
    findings.add(
        Code::PL404,
        (deployed.file, authorizer.line),
        format!(
            "every request to `{id}` must have {both}, since both are identity sources, and a \
             request with two credentials is refused"
        ),
        "keep one of them; or set the TTL to 0 and remove the identity sources",
    );
}

/// Without a cache, too, a request is refused that lacks an identity source: a credential in another place
/// never reaches the function.
fn refused_unasked(deployed: &Deployed<'_>, authorizer: &Authorizer, findings: &mut Findings) {
    let is_cached = matches!(authorizer.ttl, Ttl::Seconds(1..));
    let is_request = authorizer.kind == AuthorizerKind::Request;
    let (Some(settings), Some(sources)) = (deployed.settings(authorizer), &authorizer.sources)
    else {
        return;
    };
    if is_cached || !is_request {
        return;
    }
    let places = credential_places(deployed, authorizer, settings);
    let required = places.iter().find(|place| sources.contains(place));
    let refused = places.iter().find(|place| !sources.contains(place));
    let (Some(required), Some(refused)) = (required, refused) else { return };
    let (id, required, refused) = (&authorizer.id, shown(required), shown(refused));
    findings.add(
        Code::PL412,
        (deployed.file, authorizer.line),
        format!(
            "`{id}` requires {required}, so a request with its credential in {refused} is refused \
             without asking the function"
        ),
        "remove the identity sources: with TTL 0 none is needed",
    );
}

/// Where a credential may stand, as identity sources.
fn credential_places(
    deployed: &Deployed<'_>,
    authorizer: &Authorizer,
    settings: Settings<'_>,
) -> Vec<IdentitySource> {
    let places = match settings.takes_tokens() {
        true => settings.token_places(is_web_socket(deployed, authorizer)),
        false => Vec::new(),
    };
    let mut places: Vec<IdentitySource> = places.iter().map(identity_source).collect();
    if settings.takes_api_keys() {
        places.push(api_key_header());
    }
    places
}

fn is_web_socket(deployed: &Deployed<'_>, authorizer: &Authorizer) -> bool {
    deployed.template.api(&authorizer.api).is_some_and(|api| api.kind == ApiKind::WebSocket)
}

fn api_key_header() -> IdentitySource {
    IdentitySource::Header("x-api-key".to_owned())
}

fn shown(source: &IdentitySource) -> String {
    match source {
        IdentitySource::Header(name) => format!("the header `{name}`"),
        IdentitySource::Query(name) => format!("the query parameter `{name}`"),
        IdentitySource::Path => "the path".to_owned(),
        IdentitySource::Method => "the method".to_owned(),
        IdentitySource::RouteKey => "the route's key".to_owned(),
        IdentitySource::Other(text) => format!("`{text}`"),
    }
}

/// An authorizer of ours whose answers are cached.
struct Cached<'d, 't> {
    deployed: &'d Deployed<'t>,
    authorizer: &'d Authorizer,
    ttl: u32,
}

impl Cached<'_, '_> {
    fn add(&self, code: Code, sentence: &str, remedy: &str, findings: &mut Findings) {
        let (id, ttl) = (&self.authorizer.id, self.ttl);
        let at = (self.deployed.file, self.authorizer.ttl_line);
        let sentence = format!("answers of `{id}` are cached for {ttl} s{sentence}");
        findings.add(code, at, sentence, remedy);
    }

    fn has(&self, source: &IdentitySource) -> bool {
        self.authorizer.sources.as_ref().is_none_or(|sources| sources.contains(source))
    }

    /// Without the token in the cache key, one caller's answer is used for all others.
    fn token_is_no_source(&self, findings: &mut Findings) {
        // The one value of a TOKEN authorizer is the token, wherever it comes from.
        let is_token = self.authorizer.kind == AuthorizerKind::Token;
        let Some(settings) = self.deployed.settings(self.authorizer).filter(|_| !is_token) else {
            return;
        };
        if !settings.takes_tokens() {
            return;
        }
        let places = settings.token_places(is_web_socket(self.deployed, self.authorizer));
        let missing = places.iter().map(identity_source).filter(|place| !self.has(place));
        let missing: Vec<String> = missing.map(|place| shown(&place)).collect();
        if missing.is_empty() {
            return;
        }
        let missing = missing.join(" and ");
        self.add(
            Code::PL401,
            &format!(", and {missing} may have the token and is no identity source"),
            "make it an identity source, or set the TTL to 0",
            findings,
        );
    }

    /// A key is looked up for every request, unless its answer is cached.
    fn api_key(&self, findings: &mut Findings) {
        let settings = self.deployed.settings(self.authorizer);
        if !settings.is_some_and(|settings| settings.takes_api_keys()) {
            return;
        }
        let is_request = self.authorizer.kind == AuthorizerKind::Request;
        if is_request && !self.has(&api_key_header()) {
            return self.add(
                Code::PL405,
                ", and API keys are accepted, but `x-api-key` is no identity source",
                "set the TTL to 0 and remove the identity sources, or take API keys with another \
                 authorizer",
                findings,
            );
        }
        self.add(
            Code::PL406,
            ": for that long a revoked API key is let in, and one from a network that is not its \
             own",
            "set the TTL to 0, unless that is meant",
            findings,
        );
    }

    fn has_method_and_path(&self) -> bool {
        let has_method = self.has(&IdentitySource::Method)
            || self.has(&IdentitySource::RouteKey) && !self.has_any_method();
        has_method && self.has(&IdentitySource::Path)
    }

    fn has_any_method(&self) -> bool {
        let mut routes = self.deployed.behind(self.authorizer);
        routes.any(|route| route.method == RouteMethod::Any)
    }

    /// The next route meets an answer that says nothing of it: refused, or, beside a resource policy that
    /// allows, open.
    fn answer_about_one_request(&self, findings: &mut Findings) {
        if self.has_method_and_path() {
            return;
        }
        let is_token = self.authorizer.kind == AuthorizerKind::Token;
        self.add(
            Code::PL402,
            ", and with `policy = \"request\"` each answer is about one method and path, which are \
             not both identity sources",
            match is_token {
                true => "set the TTL to 0",
                false => "set the TTL to 0, or make method and path identity sources",
            },
            findings,
        );
    }

    /// A simple answer names no route, so a cached yes is one for every route.
    fn simple_answer(&self, table: Option<&Table<'_>>, findings: &mut Findings) {
        let mut routes = self.deployed.behind(self.authorizer);
        let has_wide = routes.any(|route| is_greedy(&route.path)) || self.has_any_method();
        let in_path = |rule: &RuleLine| rule.has_tenant_in_path;
        let has_tenant = table.is_some_and(|table| self.rules(table).any(in_path));
        let has_key = self.has(&IdentitySource::RouteKey) && !has_wide && !has_tenant;
        if has_key || self.has_method_and_path() {
            return;
        }
        self.add(
            Code::PL403,
            ", and a simple answer names no route: a cached yes is one for every route",
            "set the TTL to 0 and remove the identity sources, or make method and path identity \
             sources",
            findings,
        );
    }

    /// A tenant in a header, the query or the host is compared when the function is asked.
    fn tenant_outside_path(&self, table: &Table<'_>, findings: &mut Findings) {
        let outside = self.rules(table).find(|rule| rule.has_tenant_outside_path);
        let Some(rule) = outside else { return };
        let path = &rule.path;
        self.add(
            Code::PL407,
            &format!(", and the tenant of `{path}` is outside its path"),
            "set the TTL to 0, or put the tenant into the path",
            findings,
        );
    }

    /// The rules of the routes behind the authorizer.
    fn rules<'r>(&'r self, table: &'r Table<'_>) -> impl Iterator<Item = &'r RuleLine> {
        table.linted.rules.iter().filter(|rule| {
            let mut routes = self.deployed.behind(self.authorizer);
            routes.any(|route| {
                shape(&route.path) == shape(&rule.path) || takes(&route.path, &rule.path)
            })
        })
    }
}
