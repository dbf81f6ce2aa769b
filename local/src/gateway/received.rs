//! A request as the API sees it, and the context variables of API Gateway.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>

use std::borrow::Cow;

use shared::time::Timestamp;

use super::api::{Api, ApiKind};
use super::incoming::Incoming;
use super::moment;
use super::path::decoded;
use super::query::parameters;
use super::routing::Matched;
use super::trace::Note;

/// A request with what its stage and its route make of it.
#[derive(Debug)]
pub(super) struct Received<'r> {
    pub(super) api: &'r Api,
    pub(super) incoming: &'r Incoming,
    pub(super) now: Timestamp,
    /// The query parameters, decoded.
    pub(super) query: Vec<(String, String)>,
    /// The path within the stage: of REST APIs as sent, of HTTP APIs decoded.
    pub(super) path: String,
    pub(super) route: Option<Matched<'r>>,
}

impl<'r> Received<'r> {
    pub(super) fn new(
        api: &'r Api,
        incoming: &'r Incoming,
        path: &str,
        now: Timestamp,
        notes: &mut Vec<Note>,
    ) -> Self {
        let path = match api.kind {
            ApiKind::Http => decoded(path).into_owned(),
            ApiKind::Rest | ApiKind::WebSocket => path.to_owned(),
        };
        let query = parameters(&incoming.query, notes);
        if api.kind != ApiKind::Http && incoming.spells_a_header_twice() {
            notes.push(Note::assumed("headers that differ in case alone are two headers"));
        }
        Self { api, incoming, now, query, path, route: None }
    }

    /// The path with the stage or the base path.
    pub(super) fn sent_path(&self) -> Cow<'_, str> {
        match self.api.kind {
            ApiKind::Http => decoded(&self.incoming.path),
            ApiKind::Rest | ApiKind::WebSocket => Cow::Borrowed(&self.incoming.path),
        }
    }

    /// The ARN of what is requested.
    pub(super) fn arn(&self) -> String {
        let (prefix, stage) = (self.api.arn(), &self.api.stage);
        match self.api.kind {
            ApiKind::WebSocket => format!("{prefix}{stage}/$connect"),
            ApiKind::Rest | ApiKind::Http => {
                format!("{prefix}{stage}/{}{}", self.incoming.method, self.path)
            }
        }
    }

    /// `User-Agent`.
    pub(super) fn user_agent(&self) -> Option<&str> {
        self.incoming.header("user-agent").last()
    }

    /// The path of the route; `None` while there is none.
    pub(super) fn resource(&self) -> Option<&str> {
        self.route.as_ref().map(|matched| matched.route.resource())
    }

    /// The key of the route; `None` while there is none.
    pub(super) fn route_key(&self) -> Option<&str> {
        self.route.as_ref().map(|matched| matched.route.key.as_str())
    }

    /// The variable `$context.{name}`; `None` if it has no value here.
    pub(super) fn context(&self, name: &str) -> Option<String> {
        let (api, incoming) = (self.api, self.incoming);
        let value = match name {
            "accountId" => api.account.clone(),
            "apiId" => api.id.clone(),
            "domainName" => api.domain_name(),
            "domainPrefix" => self.domain_prefix(),
            "extendedRequestId" | "requestId" | "connectionId" => incoming.request_id.clone(),
            "httpMethod" => incoming.method.clone(),
            "identity.sourceIp" => incoming.source().to_string(),
            "identity.userAgent" => self.user_agent()?.to_owned(),
            "path" => self.sent_path().into_owned(),
            "protocol" => "HTTP/1.1".to_owned(),
            "requestTime" => moment::common_log(self.now),
            "requestTimeEpoch" => self.now.unix_millis().to_string(),
            "resourcePath" => self.resource()?.to_owned(),
            "routeKey" => self.route_key()?.to_owned(),
            "stage" => api.stage.clone(),
            "eventType" => "CONNECT".to_owned(),
            _ => return None,
        };
        Some(value)
    }

    pub(super) fn domain_prefix(&self) -> String {
        let name = self.api.domain_name();
        name.split_once('.').map(|(prefix, _)| prefix.to_owned()).unwrap_or(name)
    }
}

/// Whether an API of this kind has the variable `$context.{name}`.
pub(super) fn is_variable(kind: ApiKind, name: &str) -> bool {
    match name {
        "accountId" | "apiId" | "domainName" | "domainPrefix" | "extendedRequestId"
        | "requestId" | "identity.sourceIp" | "identity.userAgent" | "stage" | "requestTime"
        | "requestTimeEpoch" => true,
        "httpMethod" | "path" | "protocol" => kind != ApiKind::WebSocket,
        "resourcePath" => kind == ApiKind::Rest,
        "routeKey" => kind != ApiKind::Rest,
        "connectionId" | "eventType" => kind == ApiKind::WebSocket,
        _ => false,
    }
}
