//! Gateway responses of the template.

use local::gateway::{ApiKind, GatewayResponse, ResponseType};

use super::Reading;
use super::problems::Problems;
use crate::command::dev::plan::Plan;

impl Reading<'_> {
    /// Adds them; only a REST API has some.
    pub(super) fn gateway_responses(&self, plan: &mut Plan, problems: &mut Problems<'_>) {
        if self.chosen.kind != ApiKind::Rest {
            return;
        }
        for own in &self.deployed.template.gateway_responses {
            let name = &own.response_type;
            let Some(of_type) = ResponseType::parse(name) else {
                problems.add(
                    own.line,
                    format!("`{name}` is no type of gateway response"),
                    "AWS has types such as `UNAUTHORIZED`, `ACCESS_DENIED` and `DEFAULT_4XX`",
                );
                continue;
            };
            // What cannot be known of it has been told.
            let Some(content) = &own.content else { continue };
            let status = match content.status.as_deref().map(str::parse) {
                None => None,
                Some(Ok(status)) => Some(status),
                Some(Err(_)) => {
                    let status = content.status.as_deref().unwrap_or_default();
                    problems.add(
                        own.line,
                        format!("the status of the gateway response `{name}` is `{status}`"),
                        "write a status of HTTP, such as 401",
                    );
                    continue;
                }
            };
            let response = GatewayResponse {
                status,
                parameters: content.parameters.clone(),
                templates: content.templates.clone(),
            };
            if plan.api.gateway_responses.insert(of_type, response).is_some() {
                problems.add(
                    own.line,
                    format!("the gateway response `{name}` is there twice"),
                    "keep one of them",
                );
            }
        }
    }
}
