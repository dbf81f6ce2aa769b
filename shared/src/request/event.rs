//! The authorizer event: the members that matter are read, all others are skipped.
//!
//! `aws_lambda_events` is not used, because it refuses some real events (a `null` header value,
//! `requestContext: null`), which would then be a 500 before any decision. It also folds headers
//! that differ only in case into the last one, so a conflict would not be seen.

use serde::Deserialize;

use crate::request::Request;
use crate::request::error::EventError;
use crate::request::gateway_request_id::gateway_request_id;
use crate::request::identity_sources::IdentitySources;
use crate::request::method_arn::MethodArn;
use crate::request::pairs::Pairs;
use crate::request::shape::{Shape, ShapeHints};
use crate::text::Text;

/// The members that are read, of all five shapes.
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
    identity_source: IdentitySources<'e>,
    /// REST and HTTP 1.0.
    #[serde(borrow, default)]
    resource: Option<Text<'e>>,
    /// HTTP 2.0.
    #[serde(borrow, default)]
    route_key: Option<Text<'e>>,
    #[serde(borrow, default)]
    raw_path: Option<Text<'e>>,
    #[serde(borrow, default)]
    cookies: Option<Vec<Option<Text<'e>>>>,
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
    /// REST, WebSocket and HTTP 1.0.
    #[serde(borrow, default)]
    extended_request_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    request_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    domain_name: Option<Text<'e>>,
    /// REST, WebSocket and HTTP 1.0.
    #[serde(borrow, default)]
    identity: Option<Client<'e>>,
    /// HTTP 2.0.
    #[serde(borrow, default)]
    http: Option<Client<'e>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client<'e> {
    #[serde(borrow, default)]
    source_ip: Option<Text<'e>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Request<'_>, EventError> {
    // serde's derived reader would also take an array, as the members in order.
    if !matches!(bytes.trim_ascii_start().first(), None | Some(b'{')) {
        return Err(EventError::of("it is not a JSON object"));
    }
    // Checked once for the whole text: given bytes, serde_json would check every string by itself.
    let text = std::str::from_utf8(bytes).map_err(|_| EventError::of("it is not UTF-8"))?;
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
    let context = event.request_context.unwrap_or_default();
    let shape = ShapeHints {
        has_route_arn: event.route_arn.is_some(),
        r#type: event.r#type.as_ref().map(|text| text.0.as_ref()),
        is_connection: context.event_type.is_some() || context.connection_id.is_some(),
        version: event.version.as_ref().map(|text| text.0.as_ref()),
    }
    .shape();
    let Some(Text(arn)) = event.route_arn.or(event.method_arn) else {
        return Err(EventError::of("neither `methodArn` nor `routeArn` is given"));
    };
    let route_key = if shape == Shape::Http2 { event.route_key } else { event.resource };
    let client = if shape == Shape::Http2 { context.http } else { context.identity };
    Ok(Request {
        shape,
        arn: MethodArn::parse(arn)?,
        gateway_request_id: gateway_request_id(
            context.extended_request_id.map(|text| text.0),
            context.request_id.map(|text| text.0),
        ),
        route_key: route_key.map(|text| text.0),
        raw_path: event.raw_path.map(|text| text.0),
        identity_sources: event.identity_source,
        cookies: event.cookies.into_iter().flatten().flatten().map(|text| text.0).collect(),
        token: event.authorization_token.map(|text| text.0),
        headers: event.headers.and(event.multi_value_headers),
        query: event.query_string_parameters.and(event.multi_value_query_string_parameters),
        domain: context.domain_name.map(|text| text.0),
        source_ip: client.and_then(|client| client.source_ip).map(|text| text.0),
    })
}

/// Where the reader stopped, without the value there, which may be a credential.
fn describe(error: &serde_json::Error) -> EventError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a member is mistyped or given twice",
        _ => "it is not JSON",
    };
    EventError::new(format!("{what} at line {}, column {}", error.line(), error.column()))
}
