//! SAM and CloudFormation templates: which APIs, routes, authorizers and functions one deploys.
//!
//! Both spellings of intrinsic functions are read (`!Ref X`, `Ref: X`). What only a deployment knows, such
//! as a parameter's value, is never guessed: it is unknown, and [`Template::unresolved`] says where.
//!
//! | file | what it reads |
//! |---|---|
//! | `intrinsic` | `Ref`, `Sub`, `GetAtt` and other functions |
//! | `document` | resources, `Globals`, and which resource needs which |
//! | `sam` | `AWS::Serverless::…` |
//! | `rest` | `AWS::ApiGateway::…` |
//! | `http` | `AWS::ApiGatewayV2::…` |
//! | `body` | the OpenAPI document that an API may be |
//! | `gateway_response`, `integration` | what an API answers by itself, and what is behind a route |
//! | `parameters`, `condition` | a template with the values of its parameters |
//! | `function` | functions and app clients |
//! | `identity` | identity sources |
//! | `resource_policy` | whether a resource policy allows |
//! | `unresolved` | what is unknown, and said |

mod body;
mod condition;
mod document;
mod function;
mod gateway_response;
mod http;
mod identity;
mod integration;
mod intrinsic;
mod parameters;
mod resource_policy;
mod rest;
mod sam;
mod unresolved;

use std::collections::BTreeMap;

use document::Document;
pub(crate) use gateway_response::GatewayResponse;
pub(crate) use integration::Integration;
pub(crate) use parameters::{read_with, values};

use crate::exit::CommandError;
use crate::yaml::Node;

/// What a template deploys, as far as authorizers are concerned.
#[derive(Debug, Default)]
pub(crate) struct Template {
    /// Where its resources begin.
    pub(crate) line: usize,
    pub(crate) apis: Vec<Api>,
    pub(crate) routes: Vec<Route>,
    pub(crate) authorizers: Vec<Authorizer>,
    pub(crate) functions: Vec<Function>,
    pub(crate) gateway_responses: Vec<GatewayResponse>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) app_clients: Vec<AppClient>,
    /// What cannot be known of the template alone.
    pub(crate) unresolved: Vec<Unresolved>,
    /// The API whose part is being read, while it is known.
    reading: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiKind {
    Rest,
    Http,
    WebSocket,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Api {
    /// Its logical id.
    pub(crate) id: String,
    pub(crate) line: usize,
    pub(crate) kind: ApiKind,
    pub(crate) resource_policy: ResourcePolicy,
    /// The document of its resource policy, where it is written as one.
    pub(crate) policy: Option<Node>,
    /// Whether CORS is set up for the API as a whole.
    pub(crate) has_cors: bool,
    /// The authorizer of the preflights that SAM adds to every path, and the line that asks for them.
    pub(crate) preflight: Option<(usize, Guard)>,
    /// Whether every route of the API is in the template.
    pub(crate) has_all_routes: bool,
    /// Whether every authorizer that the API defines itself is known.
    pub(crate) has_all_authorizers: bool,
    /// Whether some route asks for an API key of a usage plan.
    pub(crate) asks_for_api_keys: bool,
}

/// What the resource policy of a REST API says; the others have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourcePolicy {
    /// There is none.
    AllowsNothing,
    /// It only denies, here.
    Denies(usize),
    /// It has a statement that allows, here.
    Allows(usize),
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteMethod {
    /// One of the seven that a table can list.
    Of(&'static str),
    Any,
    /// A route of a WebSocket API.
    WebSocket,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The logical id of its API.
    pub(crate) api: String,
    pub(crate) line: usize,
    pub(crate) method: RouteMethod,
    /// `/items/{id}`, `/{proxy+}`, `$default`, `$connect`.
    pub(crate) path: String,
    pub(crate) guard: Guard,
    /// The logical id of the function behind it, where that is one of the template.
    pub(crate) target: Option<String>,
    pub(crate) integration: Integration,
}

/// What stands before a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    Nothing,
    /// The [`Authorizer`] of this id in the route's API.
    Authorizer(String),
    /// What API Gateway itself checks.
    BuiltIn(&'static str),
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorizerKind {
    /// A function that gets one header.
    Token,
    /// A function that gets the request.
    Request,
    /// No function of ours: what it is.
    BuiltIn(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorizer {
    /// Its logical id, or its name in the API that defines it.
    pub(crate) id: String,
    /// The logical id of its API.
    pub(crate) api: String,
    pub(crate) line: usize,
    pub(crate) kind: AuthorizerKind,
    /// The logical id of its function, where that is one of the template.
    pub(crate) function: Option<String>,
    /// `None` if they cannot be known.
    pub(crate) sources: Option<Vec<IdentitySource>>,
    /// How long answers are cached, in seconds, and the line that says so.
    pub(crate) ttl: Ttl,
    pub(crate) ttl_line: usize,
    /// Whether it expects simple responses; `None` if that cannot be known.
    pub(crate) is_simple: Option<bool>,
    /// What a token must match before a function of the kind `TOKEN` is asked.
    pub(crate) validation: Option<String>,
    /// The format of the event, of HTTP APIs: `1.0` or `2.0`.
    pub(crate) payload: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ttl {
    Seconds(u32),
    Unknown,
}

/// What API Gateway requires of a request, and makes its cache key of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdentitySource {
    /// Lower case.
    Header(String),
    Query(String),
    /// The requested path, not the route's.
    Path,
    Method,
    RouteKey,
    /// As it is written.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its logical id.
    pub(crate) id: String,
    pub(crate) line: usize,
    /// The environment; `None` if it cannot be known.
    pub(crate) environment: Option<BTreeMap<String, Setting>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) line: usize,
    /// `None` if it cannot be known.
    pub(crate) value: Option<String>,
    /// The logical ids that it is made of.
    pub(crate) refers_to: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// Its logical id.
    pub(crate) id: String,
    /// The logical id of its API.
    pub(crate) api: String,
    pub(crate) line: usize,
    /// Methods, routes, authorizers and gateway responses of its API that may be made after it.
    pub(crate) not_awaited: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppClient {
    /// Its logical id.
    pub(crate) id: String,
    pub(crate) line: usize,
    /// The logical id of its user pool, where that is in the template.
    pub(crate) pool: Option<String>,
    pub(crate) writes: WriteAttributes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteAttributes {
    /// The template does not say.
    Unsaid,
    These(Vec<String>),
    Unknown,
}

/// What cannot be known of the template alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    pub(crate) line: usize,
    pub(crate) concern: Concern,
    /// The logical id of the API that it is a part of, as far as that is known.
    pub(crate) api: Option<String>,
    /// One sentence, lower case, no full stop.
    pub(crate) sentence: String,
}

/// What depends on something that cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// The settings of functions, and app clients.
    Function,
    /// For how long answers are cached.
    Ttl,
    /// Everything: what macros and loops make.
    Macro,
    /// Routes, and what stands before them.
    Api,
    /// What an API answers by itself, and what it passes on: no rule of `access lint` looks at it.
    Answer,
}

/// Reads `document`, whose file is called `file`.
///
/// # Errors
/// It is no template.
pub(crate) fn read(file: &str, document: &Node) -> Result<Template, CommandError> {
    let document = Document::read(document).map_err(|(line, problem)| {
        CommandError::failed(format!("{file}:{line}: it is no template: {problem}"))
    })?;
    let mut template = Template { line: document.line, ..Template::default() };
    document.tell_unread(&mut template);
    function::read(&document, &mut template);
    sam::read(&document, &mut template);
    rest::read(&document, &mut template);
    http::read(&document, &mut template);
    if document.has_unread() {
        template.apis.iter_mut().for_each(|api| api.has_all_routes = false);
    }
    template.unresolved.sort_by(|a, b| (a.line, &a.sentence).cmp(&(b.line, &b.sentence)));
    template.unresolved.dedup();
    Ok(template)
}

/// The text that `node` is, if the template alone says it.
pub(crate) fn text(node: &Node) -> Option<String> {
    match intrinsic::resolve(node) {
        intrinsic::Resolved::Text(text) => Some(text),
        _ => None,
    }
}

impl Template {
    pub(crate) fn function(&self, id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.id == id)
    }

    /// Leaves the parts of one API alone.
    pub(crate) fn keep_api(&mut self, id: &str) {
        self.apis.retain(|api| api.id == id);
        self.routes.retain(|route| route.api == id);
        self.authorizers.retain(|authorizer| authorizer.api == id);
        self.gateway_responses.retain(|response| response.api == id);
        self.unresolved.retain(|own| own.api.as_ref().is_none_or(|api| api == id));
    }

    pub(crate) fn api(&self, id: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.id == id)
    }

    /// The authorizer that a route of `api` names as `id`.
    pub(crate) fn authorizer(&self, api: &str, id: &str) -> Option<&Authorizer> {
        self.authorizers.iter().find(|authorizer| authorizer.api == api && authorizer.id == id)
    }

    /// Adds `route`, in place of one that its API already has for this method and path: SAM writes the
    /// routes of functions into the API's own document.
    fn add_route(&mut self, route: Route) {
        let is_it = |other: &Route| {
            other.api == route.api && other.method == route.method && other.path == route.path
        };
        self.routes.retain(|other| !is_it(other));
        self.routes.push(route);
    }
}

impl ResourcePolicy {
    /// Whether it leaves every Allow to the authorizer.
    pub(crate) const fn allows_nothing(self) -> bool {
        matches!(self, Self::AllowsNothing | Self::Denies(_))
    }

    /// What both say: the first that allows or is unknown, or else the first that there is.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::AllowsNothing, other) => other,
            (Self::Denies(_), Self::Allows(_) | Self::Unknown) => other,
            _ => self,
        }
    }
}

impl Route {
    /// The route as API Gateway writes it: `GET /items/{id}`, `ANY /items`, `$default`.
    pub(crate) fn key(&self) -> String {
        match self.method {
            RouteMethod::Of(method) => format!("{method} {}", self.path),
            RouteMethod::Any if self.path != "$default" => format!("ANY {}", self.path),
            RouteMethod::Any | RouteMethod::WebSocket => self.path.clone(),
        }
    }
}

impl RouteMethod {
    /// The method that `text` means; `None` if a table cannot list it.
    fn parse(text: &str) -> Option<Self> {
        const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let upper = text.to_ascii_uppercase();
        if upper == "ANY" || upper == "*" {
            return Some(Self::Any);
        }
        METHODS.into_iter().find(|method| *method == upper).map(Self::Of)
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Template};
    use crate::yaml;

    fn read(text: &str) -> Template {
        super::read("template.yaml", &yaml::read(text).unwrap()).unwrap()
    }

    /// Every route as `API METHOD PATH guard -> function`.
    fn routes(template: &Template) -> Vec<String> {
        let line = |route: &super::Route| {
            let guard = match &route.guard {
                Guard::Nothing => "open",
                Guard::Authorizer(id) => id,
                Guard::BuiltIn(what) => what,
                Guard::Unknown => "?",
            };
            let target = route.target.as_deref().unwrap_or("-");
            format!("{} {:?} {} {guard} -> {target}", route.api, route.method, route.path)
        };
        template.routes.iter().map(line).collect()
    }

    #[test]
    fn resource_by_resource() {
        let template = read(include_str!("../../tests/templates/rest.yaml"));
        assert_eq!(
            routes(&template),
            [
                "Api Of(\"GET\") /health open -> -",
                "Api Of(\"GET\") /items Tokens -> -",
                "Api Of(\"POST\") /items Tokens -> -",
                "Api Of(\"GET\") /items/{id} Tokens -> -",
                "Api Of(\"DELETE\") /items/{id} Tokens -> -",
                "Api Of(\"OPTIONS\") /items open -> -",
            ]
        );
        let tokens = template.authorizer("Api", "Tokens").unwrap();
        assert_eq!(tokens.function.as_deref(), Some("Authorizer"), "through its alias");
    }

    #[test]
    fn integrations_name_functions() {
        let template = read(include_str!("../../tests/templates/http.json"));
        let routes = routes(&template);
        assert_eq!(routes[0], "Api Of(\"GET\") /health open -> Items");
        assert_eq!(routes[1], "Api Of(\"GET\") /items People -> Items");
    }

    /// Events that name no API share one, whose properties are in `Globals`.
    #[test]
    fn the_apis_that_sam_adds() {
        let template = read(
            "\
Globals:
  Api:
    Auth:
      DefaultAuthorizer: own
      Authorizers: {own: {FunctionArn: !GetAtt Fn.Arn}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        One: {Type: Api, Properties: {Path: /a, Method: get}}
        Two: {Type: HttpApi}
        Three: {Type: HttpApi, Properties: {Path: /b, Method: '*', Auth: {Authorizer: AWS_IAM}}}
        Timer: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
",
        );
        assert_eq!(
            routes(&template),
            [
                "ServerlessRestApi Of(\"GET\") /a own -> Fn",
                "ServerlessHttpApi Any $default open -> Fn",
                "ServerlessHttpApi Any /b IAM authorization -> Fn",
            ]
        );
        assert_eq!(template.authorizers.len(), 1);
        assert_eq!(template.unresolved, []);
    }

    #[test]
    fn a_body_in_place_of_events() {
        let template = read(
            "\
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      Auth: {DefaultAuthorizer: own, Authorizers: {own: {FunctionArn: !GetAtt Fn.Arn}}}
      DefinitionBody:
        swagger: '2.0'
        paths:
          /a: {get: {}, post: {security: [{own: []}]}, parameters: []}
          /b: {x-amazon-apigateway-any-method: {security: []}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: GET, Auth: {Authorizer: NONE}}}
",
        );
        assert_eq!(
            routes(&template),
            [
                "Api Of(\"POST\") /a own -> -",
                "Api Any /b open -> -",
                "Api Of(\"GET\") /a open -> Fn",
            ]
        );
    }
}
