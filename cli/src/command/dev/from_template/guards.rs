//! What stands before each route, and whether the access table agrees.

use std::collections::BTreeMap;

use local::gateway::{PayloadFormat, Route};

use super::Reading;
use super::problems::Problems;
use crate::command::dev::plan::Plan;
use crate::deployed::Role;
use crate::deployed::paths::{is_greedy, sample};
use crate::template::{self, Authorizer, AuthorizerKind, Guard, Integration, RouteMethod};

/// What helps where another authorizer stands before a route.
const PUT_OURS: &str = "put one before it, or leave the route out by a condition";

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
            self.for_webhooks(route, problems);
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
