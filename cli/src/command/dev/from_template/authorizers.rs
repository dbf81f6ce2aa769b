//! Authorizers of the template as the gateway has them.

use local::gateway::{ApiKind, Authorizer, AuthorizerKind, PayloadFormat};

use super::Reading;
use super::problems::Problems;
use crate::command::dev::plan::Plan;
use crate::deployed::Role;
use crate::template::{self, IdentitySource, Ttl};

impl Reading<'_> {
    /// Adds every authorizer that is ours and stands before a route, with its function.
    pub(super) fn authorizers(&self, plan: &mut Plan, problems: &mut Problems<'_>) {
        for own in &self.deployed.template.authorizers {
            if self.deployed.behind(own).next().is_none() && !self.is_of_preflights(own) {
                continue;
            }
            let function = match self.deployed.role(own) {
                Role::Other => None,
                Role::Ours => self.function(own, plan, problems),
                Role::Gate => self.webhooks_of(own, plan, problems),
            };
            let Some(function) = function else { continue };
            let Some(authorizer) = self.authorizer(own, problems) else { continue };
            plan.asked.insert(own.id.clone(), function);
            plan.api.authorizers.push(authorizer);
        }
    }

    /// Whether `authorizer` stands before the preflights that SAM adds.
    fn is_of_preflights(&self, authorizer: &template::Authorizer) -> bool {
        let api = self.deployed.template.api(&authorizer.api);
        let guard = api.and_then(|api| api.preflight.as_ref()).map(|(_, guard)| guard);
        matches!(guard, Some(template::Guard::Authorizer(id)) if *id == authorizer.id)
    }

    fn authorizer(
        &self,
        own: &template::Authorizer,
        problems: &mut Problems<'_>,
    ) -> Option<Authorizer> {
        let kind = self.kind(own, problems)?;
        let sources = own.sources.as_ref()?;
        let id = &own.id;
        let Ttl::Seconds(ttl) = own.ttl else {
            // `--ttl` is not for gates, so this was not told.
            if self.deployed.role(own) == Role::Gate {
                let sentence = format!("the TTL of the gate `{id}` cannot be known");
                problems.add(own.ttl_line, sentence, "write a TTL of 0");
            }
            return None;
        };
        if ttl > 3600 {
            problems.add(
                own.ttl_line,
                format!("the TTL of `{id}` is {ttl} seconds"),
                "API Gateway caches for 3600 seconds at most",
            );
        }
        if ttl > 0 && sources.is_empty() {
            problems.add(
                own.ttl_line,
                format!("answers of `{id}` are cached for {ttl} s, and it has no identity source"),
                "AWS refuses that: write a TTL of 0, or identity sources",
            );
        }
        let is_header = |source: &IdentitySource| matches!(source, IdentitySource::Header(_));
        if own.kind == template::AuthorizerKind::Token
            && !(sources.len() == 1 && sources.iter().all(is_header))
        {
            problems.add(
                own.line,
                format!("`{id}` is a `TOKEN` authorizer and does not name its header"),
                "AWS requires one identity source, such as `method.request.header.Authorization`",
            );
        }
        let mut identity_sources = Vec::new();
        for source in sources {
            let expression = source.expression(self.chosen.kind == ApiKind::Http);
            if expression.contains("stageVariables.") {
                problems.add(
                    own.line,
                    format!("`{expression}` is an identity source of `{id}`"),
                    "this gateway has no stage variables",
                );
            }
            identity_sources.push(expression);
        }
        Some(Authorizer { name: id.clone(), kind, identity_sources, ttl_seconds: ttl })
    }

    fn kind(
        &self,
        own: &template::Authorizer,
        problems: &mut Problems<'_>,
    ) -> Option<AuthorizerKind> {
        match (self.chosen.kind, own.kind) {
            (_, template::AuthorizerKind::BuiltIn(_)) => None,
            (ApiKind::Http, _) => self.http_kind(own, problems),
            (_, template::AuthorizerKind::Token) => {
                Some(AuthorizerKind::Token { validation: own.validation.clone() })
            }
            (_, template::AuthorizerKind::Request) => Some(AuthorizerKind::Request),
        }
    }

    /// The event's format has no default, and simple answers are off unless they are asked for.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    fn http_kind(
        &self,
        own: &template::Authorizer,
        problems: &mut Problems<'_>,
    ) -> Option<AuthorizerKind> {
        let id = &own.id;
        let Some(simple) = own.is_simple else {
            problems.add(
                own.line,
                format!("whether `{id}` expects simple responses cannot be known"),
                "write `true` or `false`",
            );
            return None;
        };
        let format = match own.payload.as_deref() {
            Some("1.0") => PayloadFormat::V1,
            Some("2.0") => PayloadFormat::V2,
            _ => {
                problems.add(
                    own.line,
                    format!("`{id}` does not say the format of its event"),
                    "write `1.0` or `2.0` as its payload format, which AWS requires",
                );
                return None;
            }
        };
        Some(AuthorizerKind::Http { format, simple })
    }
}
