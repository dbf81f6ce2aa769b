//! Routes that no authorizer of the table stands before: the table must say so, too.

use shared::authz::lint;

use super::Reading;
use super::guards::listed;
use super::problems::Problems;
use crate::deployed::paths::{sample, shape};
use crate::template::{self, RouteMethod};

/// What helps where nothing stands before a route.
const OPEN: &str = "put the authorizer before it, or write `public` into the table";

impl Reading<'_> {
    /// A route without an authorizer must be public in the table: otherwise the table would say something that
    /// does not hold.
    pub(super) fn open(&self, route: &template::Route, problems: &mut Problems<'_>) {
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
        let protected = self.protected_at(route);
        if protected.is_empty() {
            return;
        }
        let (key, protected) = (route.key(), listed(&protected));
        let sentence = format!(
            "`{key}` has no authorizer and takes {protected}, which the access table protects"
        );
        problems.add(route.line, sentence, "make routes of them, with the authorizer before each");
    }

    /// A webhook-authorizer knows no table, so none of the table's rules may end there.
    pub(super) fn for_webhooks(&self, route: &template::Route, problems: &mut Problems<'_>) {
        let protected = self.protected_at(route);
        if !self.is_for_webhooks(route) || protected.is_empty() {
            return;
        }
        let (key, protected) = (route.key(), listed(&protected));
        let sentence = format!(
            "`{key}` is for webhooks and takes {protected}, which the access table protects"
        );
        problems.add(route.line, sentence, "put an authorizer before it that answers by the table");
    }

    /// The rules of the table that require a permission and whose requests `route` takes.
    fn protected_at(&self, route: &template::Route) -> Vec<String> {
        let key = route.key();
        let mut protected = Vec::new();
        for rule in lint(&self.table.source).rules {
            let Some(method) = rule.method.filter(|method| *method != "OPTIONS") else { continue };
            let taken_by =
                self.routing.as_ref().and_then(|api| api.route(method, &sample(&rule.path)));
            if !rule.is_public && taken_by == Some(&key) {
                protected.push(format!("{method} {}", rule.path));
            }
        }
        protected
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
}
