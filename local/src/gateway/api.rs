//! An API, its routes and its authorizers, as an operator describes them.

use std::collections::BTreeMap;
use std::fmt;

use super::response::{GatewayResponse, ResponseType};

/// One stage of an API. [`Gateway::new`](super::Gateway::new) checks it.
#[derive(Clone, Debug)]
pub struct Api {
    /// Which of API Gateway's APIs it is.
    pub kind: ApiKind,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The region in its ARNs.
    pub region: String,
    /// The account in its ARNs: twelve digits.
    pub account: String,
    /// The API's id.
    pub id: String,
    /// The stage; `$default` of an HTTP API has no segment in the path.
    pub stage: String,
    /// Under which name clients reach it.
    pub domain: Domain,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    /// The authorizers that routes name.
    pub authorizers: Vec<Authorizer>,
    /// The routes, in any order.
    pub routes: Vec<Route>,
    /// REST APIs only.
    pub resource_policy: Option<ResourcePolicy>,
    /// REST APIs only: what was customized.
    pub gateway_responses: BTreeMap<ResponseType, GatewayResponse>,
}

/// Which of API Gateway's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// A REST API.
    Rest,
    /// An HTTP API.
    Http,
    /// A WebSocket API; only its `$connect` is served.
    WebSocket,
}

/// Under which name clients reach an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// API Gateway's own: paths begin with the stage, unless that is `$default`.
    Default,
    /// A custom domain: paths begin with the base path, if there is one, and have no stage.
    Custom {
        /// The host name.
        name: String,
        /// The base path without slashes.
        base_path: Option<String>,
    },
}

/// A route, and what stands before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET /users/{id}` or `ANY /files/{path+}`; of HTTP APIs also `$default`, of WebSocket APIs
    /// `$connect`. Of a REST API: the method and its resource.
    pub key: String,
    /// The name of its authorizer; `None` for a public route.
    pub authorizer: Option<String>,
    /// The format of the integration's event, of HTTP APIs; all others have 1.0.
    pub payload: PayloadFormat,
}

/// The format of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// `1.0`.
    V1,
    /// `2.0`.
    V2,
}

/// A Lambda authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorizer {
    /// The name by which routes and the invoker know it.
    pub name: String,
    /// What it is asked, and what it may answer.
    pub kind: AuthorizerKind,
    /// `method.request.header.Authorization` of REST, `$request.header.Authorization` of HTTP,
    /// `route.request.header.Auth` of WebSocket APIs, and likewise `querystring`, `stageVariables` and
    /// `context`. A request without one of them is a 401.
    pub identity_sources: Vec<String>,
    /// For how many seconds an answer is cached, 0 to 3600.
    pub ttl_seconds: u32,
}

/// The kind of an authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizerKind {
    /// `TOKEN`, of REST APIs: one header.
    Token {
        /// `identityValidationExpression`: a token that does not match is a 401.
        validation: Option<String>,
    },
    /// `REQUEST`, of REST and WebSocket APIs.
    Request,
    /// `REQUEST`, of HTTP APIs.
    Http {
        /// The format of its event.
        format: PayloadFormat,
        /// `enableSimpleResponses`, with format 2.0.
        simple: bool,
    },
}

/// The resource policy of a REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// The document, as JSON.
    pub document: String,
    /// Which of AWS's two tables applies.
    pub callers: Account,
}

/// Whose account the callers' identities are of, compared with the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// An Allow on either side is enough.
    Same,
    /// Both sides must allow.
    Other,
}

/// What is wrong with an [`Api`]: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError(pub(super) String);

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ApiError {}

impl Api {
    /// An API of the samples' account and region, under API Gateway's own domain, without routes.
    #[must_use]
    pub fn new(kind: ApiKind, stage: &str) -> Self {
        Self {
            kind,
            partition: "aws".to_owned(),
            region: "eu-central-1".to_owned(),
            account: "123456789012".to_owned(),
            id: "abcdef1234".to_owned(),
            stage: stage.to_owned(),
            domain: Domain::Default,
            stage_variables: BTreeMap::new(),
            authorizers: Vec::new(),
            routes: Vec::new(),
            resource_policy: None,
            gateway_responses: BTreeMap::new(),
        }
    }

    /// The host name.
    #[must_use]
    pub fn domain_name(&self) -> String {
        match &self.domain {
            Domain::Custom { name, .. } => name.clone(),
            Domain::Default => {
                let suffix = if self.partition == "aws-cn" { ".cn" } else { "" };
                format!("{}.execute-api.{}.amazonaws.com{suffix}", self.id, self.region)
            }
        }
    }

    /// What every ARN of the API begins with, up to the slash before the stage.
    pub(super) fn arn(&self) -> String {
        let Self { partition, region, account, id, .. } = self;
        format!("arn:{partition}:execute-api:{region}:{account}:{id}/")
    }
}

impl Route {
    /// A route whose integration gets the API's newest format.
    #[must_use]
    pub fn new(key: &str, authorizer: Option<&str>) -> Self {
        let authorizer = authorizer.map(str::to_owned);
        Self { key: key.to_owned(), authorizer, payload: PayloadFormat::V2 }
    }
}
