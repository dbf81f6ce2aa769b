//! The preflights of a REST API of SAM.

use local::gateway::{PayloadFormat, Route};

use super::Reading;
use crate::command::dev::plan::Plan;
use crate::deployed::paths::sample;
use crate::template::{self, Guard};

impl Reading<'_> {
    /// Adds the preflights that SAM adds to every path.
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html>
    pub(super) fn preflights(&self, plan: &mut Plan) {
        let template = self.deployed.template;
        let Some(api) = template.apis.first().filter(|api| api.has_cors) else { return };
        if api.kind != template::ApiKind::Rest {
            return;
        }
        let authorizer = match &api.preflight {
            None | Some((_, Guard::Nothing)) => None,
            Some((_, Guard::Authorizer(id))) => Some(id.clone()),
            // Nothing here asks who else stands before them.
            Some((_, Guard::BuiltIn(_) | Guard::Unknown)) => return,
        };
        for route in &template.routes {
            let key = format!("OPTIONS {}", route.path);
            let path = sample(&route.path);
            let rule = self.table.access.route(Some("OPTIONS"), &path);
            let is_protected = rule.is_some_and(|rule| !rule.is_public());
            if is_protected || plan.api.routes.iter().any(|own| own.key == key) {
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
