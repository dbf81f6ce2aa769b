//! What is behind each route: the upstream, or a webhook-authorizer that gets the delivery.

use super::Reading;
use super::functions::has;
use super::problems::Problems;
use crate::command::dev::functions::delivers;
use crate::command::dev::plan::Plan;
use crate::deployed::Role;
use crate::template::{Function, Guard, Integration, Route};

/// The path parameter that says which webhook a delivery is of.
const WEBHOOK_ID: &str = "{webhook_id}";

impl Reading<'_> {
    /// Whether `route` leads to a function that verifies deliveries, and so needs no authorizer.
    pub(super) fn is_delivery(&self, route: &Route) -> bool {
        let steps = |function: &Function| {
            function.environment.as_ref()?.get("STEPS")?.value.as_deref().map(delivers)
        };
        self.target(route).and_then(steps) == Some(true)
    }

    /// Whether the function behind `route` is known, and what it is.
    fn is_known(&self, route: &Route) -> bool {
        let function = route.target.as_ref().and_then(|id| self.deployed.template.function(id));
        function.is_some_and(|function| function.environment.is_some())
    }

    /// The webhook-authorizer behind `route`.
    fn target(&self, route: &Route) -> Option<&Function> {
        let function = self.deployed.template.function(route.target.as_ref()?)?;
        has(function, "WEBHOOK_TABLE").then_some(function)
    }

    /// Whether requests on `route` reach a webhook-authorizer at the gate or for the delivery, and no authorizer
    /// that answers by the table.
    pub(super) fn is_for_webhooks(&self, route: &Route) -> bool {
        match (&route.guard, self.deployed.guard(route)) {
            (Guard::Nothing, _) => self.is_delivery(route),
            (_, found) => matches!(found, Some((_, Role::Gate))),
        }
    }

    /// Adds where requests on `route` go, and tells what is otherwise than on AWS.
    pub(super) fn behind(&self, route: &Route, plan: &mut Plan, problems: &mut Problems<'_>) {
        let key = route.key();
        if let Some(function) = self.target(route) {
            let Some(name) = self.webhooks(function, plan, problems) else { return };
            if !route.path.contains(WEBHOOK_ID) {
                plan.notes.insert(format!(
                    "`{key}` has no `{WEBHOOK_ID}`: a delivery there must name its webhook in `X-Webhook-Id` \
                     or in the query parameter `webhook_id`."
                ));
            }
            plan.deliveries.insert(key, name);
            return;
        }
        let is_gated = matches!(self.deployed.guard(route), Some((_, Role::Gate)));
        match (&route.integration, self.is_known(route)) {
            (Integration::Function(_) | Integration::Unknown, false) if is_gated => problems.add(
                route.line,
                format!("which function gets what passes the gate of `{key}` cannot be known"),
                "name a function of the template, with its environment, in the integration",
            ),
            (Integration::Mock, _) => drop(plan.notes.insert(format!(
                "`{key}` goes to the upstream: on AWS it is a mock integration, which API Gateway answers."
            ))),
            (Integration::Mapped, _) => drop(plan.notes.insert(format!(
                "`{key}` goes to the upstream as it is: its mapping templates are not applied."
            ))),
            _ => {}
        }
    }
}
