//! A template as the rules see it: which of its authorizers answer by the table, and with which settings.

pub(crate) mod paths;
pub(crate) mod settings;

use settings::Settings;

use crate::exit::CommandError;
use crate::template::{
    Api, Authorizer, AuthorizerKind, Function, Guard, IdentitySource, Route, RouteMethod, Template,
};

pub(crate) struct Deployed<'t> {
    pub(crate) file: &'t str,
    pub(crate) template: &'t Template,
    /// The authorizers and functions that the arguments name.
    pub(crate) named: &'t [String],
}

/// Who an authorizer of the template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It answers by the table.
    Ours,
    /// It is the gate of webhooks, which knows no table.
    Gate,
    Other,
}

impl<'t> Deployed<'t> {
    /// # Errors
    /// The template has nothing of a name in `named`, or it is no function.
    pub(crate) fn new(
        file: &'t str,
        template: &'t Template,
        named: &'t [String],
    ) -> Result<Self, CommandError> {
        for name in named {
            let mut found = template
                .authorizers
                .iter()
                .filter(|own| own.id == *name || own.function.as_ref() == Some(name));
            let problem = match found.next().map(|authorizer| authorizer.kind) {
                None => format!("{file} has no authorizer `{name}`, and none of that function"),
                Some(AuthorizerKind::BuiltIn(what)) => {
                    format!("`{name}` of {file} is {what}, which asks no function")
                }
                Some(AuthorizerKind::Token | AuthorizerKind::Request) => continue,
            };
            return Err(CommandError::failed(problem));
        }
        Ok(Self { file, template, named })
    }

    pub(crate) fn role(&self, authorizer: &Authorizer) -> Role {
        if let AuthorizerKind::BuiltIn(_) = authorizer.kind {
            return Role::Other;
        }
        if self.has(authorizer, "WEBHOOK_TABLE") {
            return Role::Gate;
        }
        let function = authorizer.function.as_ref();
        let is_ours = match self.named {
            [] if self.knows_credentials() => self.has(authorizer, "CREDENTIALS"),
            [] => true,
            named => named.iter().any(|name| *name == authorizer.id || Some(name) == function),
        };
        if is_ours { Role::Ours } else { Role::Other }
    }

    /// Whether some authorizer shows by its settings that it is ours.
    fn knows_credentials(&self) -> bool {
        self.template.authorizers.iter().any(|authorizer| self.has(authorizer, "CREDENTIALS"))
    }

    fn has(&self, authorizer: &Authorizer, setting: &str) -> bool {
        let environment = self.function(authorizer).and_then(|one| one.environment.as_ref());
        environment.is_some_and(|environment| environment.contains_key(setting))
    }

    pub(crate) fn function(&self, authorizer: &Authorizer) -> Option<&'t Function> {
        self.template.function(authorizer.function.as_ref()?)
    }

    /// The authorizers of this role.
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = &'t Authorizer> {
        self.template.authorizers.iter().filter(move |one| self.role(one) == role)
    }

    /// The APIs with an authorizer that answers by the table.
    pub(crate) fn apis(&self) -> impl Iterator<Item = &'t Api> {
        let has_ours = |api: &&Api| self.of_role(Role::Ours).any(|ours| ours.api == api.id);
        self.template.apis.iter().filter(has_ours)
    }

    /// The routes of `api` that somebody may have to authorize: of a WebSocket API the opening alone.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>
    pub(crate) fn routes(&self, api: &Api) -> impl Iterator<Item = &'t Route> {
        let is_asked =
            |route: &Route| route.method != RouteMethod::WebSocket || route.path == "$connect";
        let id = api.id.clone();
        self.template.routes.iter().filter(move |route| route.api == id && is_asked(route))
    }

    /// The authorizer before `route`, with its role.
    pub(crate) fn guard(&self, route: &Route) -> Option<(&'t Authorizer, Role)> {
        let Guard::Authorizer(id) = &route.guard else { return None };
        let authorizer = self.template.authorizer(&route.api, id)?;
        Some((authorizer, self.role(authorizer)))
    }

    /// The routes behind `authorizer`.
    pub(crate) fn behind(&self, authorizer: &Authorizer) -> impl Iterator<Item = &'t Route> {
        let guard = Guard::Authorizer(authorizer.id.clone());
        let api = authorizer.api.clone();
        self.template.routes.iter().filter(move |route| route.api == api && route.guard == guard)
    }

    pub(crate) fn settings(&self, authorizer: &Authorizer) -> Option<Settings<'t>> {
        let environment = self.function(authorizer)?.environment.as_ref()?;
        environment.contains_key("CREDENTIALS").then_some(Settings(environment))
    }

    /// Whether the function of `authorizer` answers with `isAuthorized`.
    pub(crate) fn answers_simply(&self, authorizer: &Authorizer) -> Option<bool> {
        let environment = self.function(authorizer)?.environment.as_ref()?;
        Settings(environment).value("RESPONSE", "iam").map(|response| response == "simple")
    }
}

/// Whether API Gateway itself refuses a request without a credential: it does where one of its identity
/// sources is missing.
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html>
pub(crate) fn requires_something(authorizer: &Authorizer) -> bool {
    let is_sent = |source: &IdentitySource| {
        matches!(source, IdentitySource::Header(_) | IdentitySource::Query(_))
    };
    let sources = authorizer.sources.as_deref().unwrap_or_default();
    authorizer.kind == AuthorizerKind::Token || sources.iter().any(is_sent)
}
