//! Reads an event: where each kind has what the sender sent.

use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;

use crate::request::{EventError, MethodArn, Occurrence, Shape, ShapeHints, gateway_request_id};
use crate::webhook::event::members::Members;
use crate::webhook::event::{Delivery, DeliveryShape, GateRequest, WebhookRequest};
use crate::webhook::message::Message;

pub(super) fn read(event: &[u8]) -> Result<WebhookRequest<'_>, EventError> {
    // Checked once for the whole event: the JSON reader would check every string by itself.
    let text = std::str::from_utf8(event).map_err(|_| EventError::of("it is not UTF-8"))?;
    let event = Members::read_with(text, "body")?;
    let context = event.object("requestContext")?;
    if ["methodArn", "routeArn", "type"].into_iter().any(|name| event.has(name)) {
        return gate(&event, &context).map(WebhookRequest::Gate);
    }
    delivery(event, context).map(WebhookRequest::Delivery)
}

fn gate<'e>(event: &Members<'e>, context: &Members<'e>) -> Result<GateRequest<'e>, EventError> {
    let (route_arn, version) = (event.text("routeArn")?, event.text("version")?);
    let shape = ShapeHints {
        has_route_arn: route_arn.is_some(),
        r#type: event.text("type")?.as_deref(),
        is_connection: is_connection(context),
        version: version.as_deref(),
    }
    .shape();
    let layout = match shape {
        Shape::RestToken => {
            return Err(EventError::of(
                "a `TOKEN` authorizer cannot see a signature: use a `REQUEST` authorizer",
            ));
        }
        Shape::WebSocket => return Err(WEBSOCKET),
        Shape::RestRequest | Shape::Http1 => DeliveryShape::Proxy1,
        Shape::Http2 => DeliveryShape::Proxy2,
    };
    let arn = match route_arn {
        Some(arn) => arn,
        None => event
            .text("methodArn")?
            .ok_or(EventError::of("neither `methodArn` nor `routeArn` is given"))?,
    };
    let arn = MethodArn::parse(arn)?;
    let mut requested = requested(layout, event, context)?;
    // The event may lack both. The ARN has them, but perhaps not as the sender wrote them: then a
    // signature that covers them does not fit. So this can only refuse.
    requested.method.get_or_insert_with(|| arn.method().unwrap_or_default().to_owned().into());
    requested.path.get_or_insert_with(|| arn.path().to_owned().into());
    Ok(GateRequest {
        shape,
        message: message(layout, requested, event, context)?,
        arn,
        gateway_request_id: request_id(context)?,
    })
}

fn delivery<'e>(event: Members<'e>, context: Members<'e>) -> Result<Delivery<'e>, EventError> {
    let shape = delivery_shape(&event, &context)?;
    let requested = requested(shape, &event, &context)?;
    Ok(Delivery {
        shape,
        message: message(shape, requested, &event, &context)?,
        gateway_request_id: request_id(&context)?,
        body: event.get("body"),
        is_base64: event.flag("isBase64Encoded")?,
        members: event,
        context,
    })
}

fn delivery_shape(event: &Members<'_>, context: &Members<'_>) -> Result<DeliveryShape, EventError> {
    if is_connection(context) {
        return Err(WEBSOCKET);
    }
    if context.has("elb") {
        let is_multi_value = event.has("multiValueHeaders") && !event.has("headers");
        return Ok(if is_multi_value { DeliveryShape::AlbMultiValue } else { DeliveryShape::Alb });
    }
    if event.text("version")?.is_some_and(|version| version == "2.0") {
        return Ok(DeliveryShape::Proxy2);
    }
    if event.has("httpMethod") {
        return Ok(DeliveryShape::Proxy1);
    }
    Err(EventError::of("it is neither an authorizer event nor a delivery"))
}

/// Of a function URL this is the id of the invocation, and a load balancer gives none.
fn request_id<'e>(context: &Members<'e>) -> Result<Option<Cow<'e, str>>, EventError> {
    Ok(gateway_request_id(context.text("extendedRequestId")?, context.text("requestId")?))
}

fn is_connection(context: &Members<'_>) -> bool {
    context.has("eventType") || context.has("connectionId")
}

/// What each layout has under names of its own.
struct Requested<'e> {
    method: Option<Cow<'e, str>>,
    path: Option<Cow<'e, str>>,
    raw_query: Option<Cow<'e, str>>,
    source_ip: Option<IpAddr>,
}

fn requested<'e>(
    layout: DeliveryShape,
    event: &Members<'e>,
    context: &Members<'e>,
) -> Result<Requested<'e>, EventError> {
    if layout == DeliveryShape::Proxy2 {
        let http = context.object("http")?;
        return Ok(Requested {
            method: http.text("method")?,
            path: event.text("rawPath")?,
            raw_query: event.text("rawQueryString")?,
            source_ip: address(http.text("sourceIp")?),
        });
    }
    // `path` lacks the stage, which is part of what was sent to API Gateway's own domain;
    // `requestContext.path` has it. The context of a load balancer has no path.
    let sent_path = context.text("path")?;
    Ok(Requested {
        method: event.text("httpMethod")?,
        path: if sent_path.is_some() { sent_path } else { event.text("path")? },
        raw_query: has_no_query(event).then_some(Cow::Borrowed("")),
        source_ip: address(context.object("identity")?.text("sourceIp")?),
    })
}

fn message<'e>(
    layout: DeliveryShape,
    requested: Requested<'e>,
    event: &Members<'e>,
    context: &Members<'e>,
) -> Result<Message<'e>, EventError> {
    let query = event.pairs("queryStringParameters")?;
    let mut message = Message {
        method: requested.method.ok_or(EventError::of("it has no method"))?,
        path: requested.path.ok_or(EventError::of("it has no path"))?,
        raw_query: requested.raw_query,
        scheme: "https",
        domain: context.text("domainName")?,
        headers: event.pairs("headers")?,
        multi_value_headers: event.pairs("multiValueHeaders")?,
        query: query.and(event.pairs("multiValueQueryStringParameters")?),
        path_parameters: event.pairs("pathParameters")?,
        source_ip: requested.source_ip,
    };
    if matches!(layout, DeliveryShape::Alb | DeliveryShape::AlbMultiValue) {
        if message.header("x-forwarded-proto") == Occurrence::Single("http") {
            message.scheme = "http";
        }
        let is_multi_value = layout == DeliveryShape::AlbMultiValue;
        message.source_ip = is_multi_value.then(|| forwarded_for(&message)).flatten();
    }
    Ok(message)
}

/// Whether the sender sent no query. A query that the event has as a map has lost its order and its
/// encoding, so only an empty one is known as it was sent.
fn has_no_query(event: &Members<'_>) -> bool {
    ["queryStringParameters", "multiValueQueryStringParameters"]
        .into_iter()
        .filter_map(|name| event.get(name))
        .all(|map| map.bytes().all(|b| b"{} \t\r\n".contains(&b)))
}

fn address(text: Option<Cow<'_, str>>) -> Option<IpAddr> {
    text?.parse().ok()
}

/// The address that the load balancer saw. It appends that to `X-Forwarded-For`, with a port if it
/// is configured so; what comes before it was written by the sender. If the sender writes the header
/// twice, AWS does not say to which of the two it appends. A target group without multi-value headers
/// gives only the last of them, so there the address is not known.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>
fn forwarded_for(message: &Message<'_>) -> Option<IpAddr> {
    let values = message.header_values("x-forwarded-for");
    let [value] = values.as_slice() else { return None };
    let last = value.rsplit(',').next()?.trim();
    let with_port = |text: &str| text.parse::<SocketAddr>().map(|address| address.ip());
    last.parse().or_else(|_| with_port(last)).ok()
}

const WEBSOCKET: EventError =
    EventError::of("a WebSocket cannot bring a webhook: use a REST or HTTP API");
