//! Identity sources: where an authorizer's identity stands in a request. All of them together are the key
//! of its cache.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html>

use super::api::{ApiError, ApiKind};
use super::received::{Received, is_variable};

/// One identity source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdentitySource {
    Header(String),
    Query(String),
    StageVariable(String),
    /// A variable of `$context`.
    Context(String),
}

/// What a request has in one identity source.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or nothing but empty values: API Gateway answers 401.
    Missing,
    One(String),
    /// Different values of a repeated header or parameter, in order.
    Several(Vec<String>),
}

impl IdentitySource {
    /// Reads the mapping expression `text` of an API of this kind.
    ///
    /// # Errors
    /// It is none, or names a variable that there is not.
    pub(super) fn parse(kind: ApiKind, text: &str) -> Result<Self, ApiError> {
        let prefix = match kind {
            ApiKind::Rest => "method.request.",
            ApiKind::Http => "$request.",
            ApiKind::WebSocket => "route.request.",
        };
        let plain = if kind == ApiKind::Http { text.strip_prefix('$') } else { Some(text) };
        let request = text.strip_prefix(prefix);
        let named = |whole: Option<&str>, part: &str| {
            let name = whole?.strip_prefix(part)?;
            (!name.is_empty()).then(|| name.to_owned())
        };
        let source = named(request, "header.")
            .map(Self::Header)
            .or_else(|| named(request, "querystring.").map(Self::Query))
            .or_else(|| named(plain, "stageVariables.").map(Self::StageVariable))
            .or_else(|| named(plain, "context.").map(Self::Context));
        match source {
            Some(Self::Context(name)) if !is_variable(kind, &name) => {
                Err(ApiError(format!("`{text}` is no context variable that this gateway has")))
            }
            Some(source) => Ok(source),
            None => Err(ApiError(format!("`{text}` is not an identity source of such an API"))),
        }
    }

    /// What `received` has in it.
    pub(super) fn find(&self, received: &Received<'_>) -> Found {
        let values: Vec<String> = match self {
            Self::Header(name) => received.incoming.header(name).map(str::to_owned).collect(),
            Self::Query(name) => {
                let named = received.query.iter().filter(|(own, _)| own == name);
                named.map(|(_, value)| value.clone()).collect()
            }
            Self::StageVariable(name) => {
                received.api.stage_variables.get(name).cloned().into_iter().collect()
            }
            Self::Context(name) => received.context(name).into_iter().collect(),
        };
        match values.split_first() {
            _ if values.iter().all(String::is_empty) => Found::Missing,
            Some((first, others)) if others.iter().all(|other| other == first) => {
                Found::One(first.clone())
            }
            _ => Found::Several(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IdentitySource::{self, Context, Header, Query, StageVariable};
    use crate::gateway::api::ApiKind::{self, Http, Rest, WebSocket};

    #[test]
    fn expressions_of_each_api() {
        let check = |kind: ApiKind, text: &str, expected: Option<IdentitySource>| {
            assert_eq!(IdentitySource::parse(kind, text).ok(), expected, "{text}");
        };
        let name = || "X-Key".to_owned();
        check(Rest, "method.request.header.X-Key", Some(Header(name())));
        check(Rest, "method.request.querystring.X-Key", Some(Query(name())));
        check(Rest, "stageVariables.X-Key", Some(StageVariable(name())));
        check(Rest, "context.httpMethod", Some(Context("httpMethod".to_owned())));
        check(Rest, "context.identity.sourceIp", Some(Context("identity.sourceIp".to_owned())));
        check(Rest, "context.routeKey", None);
        check(Rest, "context.authorizer.principalId", None);
        check(Rest, "$request.header.X-Key", None);
        check(Rest, "method.request.header.", None);
        check(Rest, "method.request.path.id", None);
        check(Rest, "Authorization", None);
        check(Rest, "", None);
        check(Http, "$request.header.X-Key", Some(Header(name())));
        check(Http, "$request.querystring.X-Key", Some(Query(name())));
        check(Http, "$stageVariables.X-Key", Some(StageVariable(name())));
        check(Http, "$context.routeKey", Some(Context("routeKey".to_owned())));
        check(Http, "context.routeKey", None);
        check(Http, "method.request.header.X-Key", None);
        check(WebSocket, "route.request.header.X-Key", Some(Header(name())));
        check(WebSocket, "route.request.querystring.X-Key", Some(Query(name())));
        check(WebSocket, "context.httpMethod", None);
    }
}
