//! The event as it comes, read without believing more of it than is needed.
//!
//! `aws_lambda_events` refuses some real events (a `null` header value, `requestContext: null`) and
//! folds headers that differ only in case into the last one; a refused event would be a 500 before
//! any decision. So the members that matter are read here, and everything else is skipped.

use serde::Deserialize;

use super::pairs::{Pairs, Text};
use super::{Malformed, MethodArn, Request, Shape};

/// The members of all five shapes that are ever looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'e> {
    #[serde(borrow, default)]
    r#type: Option<Text<'e>>,
    #[serde(borrow, default)]
    version: Option<Text<'e>>,
    #[serde(borrow, default)]
    method_arn: Option<Text<'e>>,
    #[serde(borrow, default)]
    route_arn: Option<Text<'e>>,
    #[serde(borrow, default)]
    authorization_token: Option<Text<'e>>,
    #[serde(borrow, default)]
    headers: Pairs<'e>,
    #[serde(borrow, default)]
    multi_value_headers: Pairs<'e>,
    #[serde(borrow, default)]
    query_string_parameters: Pairs<'e>,
    #[serde(borrow, default)]
    multi_value_query_string_parameters: Pairs<'e>,
    #[serde(borrow, default)]
    request_context: Option<Context<'e>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'e> {
    #[serde(borrow, default)]
    event_type: Option<Text<'e>>,
    #[serde(borrow, default)]
    connection_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    request_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    domain_name: Option<Text<'e>>,
    /// REST, WebSocket and HTTP 1.0.
    #[serde(borrow, default)]
    identity: Option<Caller<'e>>,
    /// HTTP 2.0.
    #[serde(borrow, default)]
    http: Option<Caller<'e>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller<'e> {
    #[serde(borrow, default)]
    source_ip: Option<Text<'e>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Request<'_>, Malformed> {
    // The derived reader would also take a list, member by member.
    if !matches!(bytes.trim_ascii_start().first(), None | Some(b'{')) {
        return Err(Malformed("it is not a JSON object".into()));
    }
    // Once for all of it: the reader would check every string by itself.
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("it is not UTF-8".into()))?;
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
    let context = event.request_context.unwrap_or_default();
    let shape = Marks {
        has_route_arn: event.route_arn.is_some(),
        r#type: event.r#type.as_ref().map(|text| text.0.as_ref()),
        is_connection: context.event_type.is_some() || context.connection_id.is_some(),
        version: event.version.as_ref().map(|text| text.0.as_ref()),
    }
    .shape();
    let Some(Text(arn)) = event.route_arn.or(event.method_arn) else {
        return Err(Malformed("neither `methodArn` nor `routeArn` is given".into()));
    };
    let caller = if shape == Shape::Http2 { context.http } else { context.identity };
    Ok(Request {
        shape,
        arn: MethodArn::parse(arn)?,
        request_id: context.request_id.map(|text| text.0),
        token: event.authorization_token.map(|text| text.0),
        headers: event.headers.and(event.multi_value_headers),
        query: event.query_string_parameters.and(event.multi_value_query_string_parameters),
        domain: context.domain_name.map(|text| text.0),
        source: caller.and_then(|caller| caller.source_ip).map(|text| text.0),
    })
}

/// What tells the shapes of an authorizer event apart.
pub(super) struct Marks<'a> {
    pub(super) has_route_arn: bool,
    pub(super) r#type: Option<&'a str>,
    pub(super) is_connection: bool,
    pub(super) version: Option<&'a str>,
}

impl Marks<'_> {
    /// `version` alone is not enough: a WebSocket event may carry one of its own.
    pub(super) fn shape(&self) -> Shape {
        if self.has_route_arn {
            Shape::Http2
        } else if self.r#type == Some("TOKEN") {
            Shape::RestToken
        } else if self.is_connection {
            Shape::WebSocket
        } else if self.version == Some("1.0") {
            Shape::Http1
        } else {
            Shape::RestRequest
        }
    }
}

/// Where the reader stopped, without the value it stopped at: that may be a credential.
fn describe(error: &serde_json::Error) -> Malformed {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a member is mistyped or given twice",
        _ => "it is not JSON",
    };
    Malformed(format!("{what} at line {}, column {}", error.line(), error.column()).into())
}
