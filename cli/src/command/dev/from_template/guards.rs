//! What stands before each route, and whether the access table agrees.

use std::collections::BTreeMap;

use local::gateway::{PayloadFormat, Route};
use shared::authz::lint;

use super::Reading;
use super::problems::Problems;
use crate::command::dev::plan::Plan;
use crate::deployed::Role;
use crate::deployed::paths::{is_greedy, sample, shape};
use crate::template::{self, Authorizer, AuthorizerKind, Guard, Integration, RouteMethod};

/// What helps where another authorizer stands before a route.
const PUT_OURS: &str = "put one before it, or leave the route out by a condition";
/// What helps where nothing does.
const OPEN: &str = "put the authorizer before it, or write `public` into the table";

/// Routes behind what is not ours: what it is with its line, and their keys.
type Foreign = BTreeMap<(usize, String), Vec<String>>;

impl Reading<'_> {
    /// Adds the routes of the template.
    pub(super) fn routes(&self, plan: &mut Plan, problems: &mut Problems<'_>) {
        let mut foreign = Foreign::new();
        for route in &self.deployed.template.routes {
            let key = route.key();
            let authorizer = match (&route.guard, self.deployed.guard(route)) {
                // Told as what cannot be known.
                (Guard::Unknown, _) => continue,
                (Guard::Nothing, _) => {
                    self.open(route, problems);
                    None
                }
                (Guard::Authorizer(id), Some((_, Role::Ours))) => {
                    self.tell_unlisted(route, plan);
                    Some(id.clone())
                }
                (Guard::Authorizer(id), Some((_, Role::Gate))) => Some(id.clone()),
                (Guard::BuiltIn(what), _) => {
                    foreign.entry((route.line, (*what).to_owned())).or_default().push(key);
                    continue;
                }
                (Guard::Authorizer(id), None) => {
                    let what = format!("`{id}`, which is no authorizer of the API,");
                    foreign.entry((route.line, what)).or_default().push(key);
                    continue;
                }
                (_, Some((authorizer, Role::Other))) => {
                    if let AuthorizerKind::BuiltIn(kind) = authorizer.kind {
                        let what = format!("`{}`, {kind},", authorizer.id);
                        foreign.entry((authorizer.line, what)).or_default().push(key);
                    } else {
                        self.not_ours(authorizer, problems);
                    }
                    continue;
                }
            };
            let payload = match &route.integration {
                Integration::Function(Some(format)) if format == "1.0" => PayloadFormat::V1,
                _ => PayloadFormat::V2,
            };
            plan.api.routes.push(Route { key, authorizer, payload });
            self.behind(route, plan, problems);
        }
        for ((line, what), keys) in foreign {
            let keys = listed(&keys);
            let sentence = format!(
                "{what} stands before {keys}, and only Portcullis's own authorizers run here"
            );
            problems.add(line, sentence, PUT_OURS);
        }
    }

    /// Tells of an authorizer that is a function of somebody's.
    pub(super) fn not_ours(&self, authorizer: &Authorizer, problems: &mut Problems<'_>) {
        let keys: Vec<String> =
            self.deployed.behind(authorizer).map(template::Route::key).collect();
        let id = &authorizer.id;
        problems.add(
            authorizer.line,
            format!(
                "`{id}` stands before {}, and nothing shows that it answers by the access table",
                listed(&keys)
            ),
            format!("if it is Portcullis, say so by `--authorizer {id}`"),
        );
    }

    /// A route without an authorizer must be public in the table: otherwise the table would say something that
    /// does not hold.
    fn open(&self, route: &template::Route, problems: &mut Problems<'_>) {
        if self.is_delivery(route) {
            return;
        }
        let key = route.key();
        let path = match route.path.as_str() {
            "$default" => "/0x0".to_owned(),
            path => sample(path),
        };
        let is_public = |method: &&str| {
            let rule = self.table.access.route(Some(method), &path);
            // Browsers send no credential with a preflight.
            rule.map_or(*method == "OPTIONS", |rule| rule.is_public())
        };
        let closed: Vec<String> = self
            .methods(route)
            .into_iter()
            .filter(|method| !is_public(method))
            .map(str::to_owned)
            .collect();
        if closed.is_empty() {
            return self.open_to_rules(route, problems);
        }
        let rule = match route.method {
            RouteMethod::Of(method) => self.table.access.route(Some(method), &path),
            _ => None,
        };
        let says = match (rule, route.method) {
            (Some(_), _) => "protects it".to_owned(),
            (None, RouteMethod::Of(_)) => "does not say that it is public".to_owned(),
            (None, _) => format!("does not say that {} are public", listed(&closed)),
        };
        let sentence = format!("`{key}` has no authorizer, and the access table {says}");
        problems.add(route.line, sentence, OPEN);
    }

    /// A rule that requires a permission must not end at a wider route that is open.
    fn open_to_rules(&self, route: &template::Route, problems: &mut Problems<'_>) {
        let Some(api) = self.deployed.template.api(&route.api) else { return };
        let mut protected = Vec::new();
        for rule in lint(&self.table.source).rules {
            let Some(method) = rule.method.filter(|method| *method != "OPTIONS") else { continue };
            let is_exact = shape(&rule.path) == shape(&route.path);
            if !rule.is_public && !is_exact && self.deployed.serving(api, &rule) == Some(route) {
                protected.push(format!("{method} {}", rule.path));
            }
        }
        if protected.is_empty() {
            return;
        }
        let (key, protected) = (route.key(), listed(&protected));
        let sentence = format!(
            "`{key}` has no authorizer and takes {protected}, which the access table protects"
        );
        problems.add(route.line, sentence, "make routes of them, with the authorizer before each");
    }

    /// The methods that no other route of the same path takes.
    fn methods(&self, route: &template::Route) -> Vec<&'static str> {
        const ALL: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let is_taken = |method: &&'static str| {
            self.deployed.template.routes.iter().any(|other| {
                other.method == RouteMethod::Of(method) && shape(&other.path) == shape(&route.path)
            })
        };
        match route.method {
            RouteMethod::Of(method) => vec![method],
            _ => ALL.into_iter().filter(|method| !is_taken(method)).collect(),
        }
    }

    /// What the table does not list, the authorizer refuses: on AWS as here.
    fn tell_unlisted(&self, route: &template::Route, plan: &mut Plan) {
        let RouteMethod::Of(method) = route.method else { return };
        if is_greedy(&route.path)
            || self.table.access.route(Some(method), &sample(&route.path)).is_some()
        {
            return;
        }
        plan.notes.insert(format!(
            "The access table has no rule for `{}`: the authorizer refuses it, as on AWS.",
            route.key()
        ));
    }

    /// Adds the preflights that SAM adds to every path.
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html>
    pub(super) fn preflights(&self, plan: &mut Plan) {
        let template = self.deployed.template;
        let Some(api) = template.apis.first().filter(|api| api.has_cors) else { return };
        if api.kind != template::ApiKind::Rest {
            return;
        }
        let authorizer = match &api.preflight {
            Some((_, Guard::Authorizer(id))) => Some(id.clone()),
            _ => None,
        };
        for route in &template.routes {
            let key = format!("OPTIONS {}", route.path);
            if plan.api.routes.iter().any(|own| own.key == key) {
                continue;
            }
            plan.api.routes.push(Route {
                key,
                authorizer: authorizer.clone(),
                payload: PayloadFormat::V2,
            });
        }
        plan.notes.insert(format!(
            "The preflights that `Cors` adds to `{}` go to the upstream: API Gateway answers them itself.",
            api.id
        ));
    }
}

/// `items` in backticks, the first of them.
pub(super) fn listed(items: &[String]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = items.iter().take(MOST).map(|item| format!("`{item}`")).collect();
    let shown = shown.join(", ");
    match items.len().checked_sub(MOST) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
