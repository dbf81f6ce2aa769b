//! Where each kind of webhook event has what the sender sent.

use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;

use super::super::event::Marks;
use super::super::members::Members;
use super::super::{Given, Malformed, Message, MethodArn, Shape};
use super::{Delivery, DeliveryShape, Gate, WebhookRequest};

pub(super) fn read(event: &[u8]) -> Result<WebhookRequest<'_>, Malformed> {
    // Once for all of it: the reader would check every string by itself.
    let text = std::str::from_utf8(event).map_err(|_| malformed("it is not UTF-8"))?;
    let event = Members::read_with(text, "body")?;
    let context = event.object("requestContext")?;
    if ["methodArn", "routeArn", "type"].into_iter().any(|name| event.has(name)) {
        return gate(&event, &context).map(WebhookRequest::Gate);
    }
    delivery(event, context).map(WebhookRequest::Delivery)
}

fn gate<'e>(event: &Members<'e>, context: &Members<'e>) -> Result<Gate<'e>, Malformed> {
    let (route_arn, version) = (event.text("routeArn")?, event.text("version")?);
    let shape = Marks {
        has_route_arn: route_arn.is_some(),
        r#type: event.text("type")?.as_deref(),
        is_connection: is_connection(context),
        version: version.as_deref(),
    }
    .shape();
    let layout = match shape {
        Shape::RestToken => {
            return Err(malformed(
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
            .ok_or(malformed("neither `methodArn` nor `routeArn` is given"))?,
    };
    let arn = MethodArn::parse(arn)?;
    let mut asked = asked(layout, event, context)?;
    // Tolerated because it can only fail closed: the ARN has both, if not as the sender wrote them.
    asked.method.get_or_insert_with(|| arn.method().unwrap_or_default().to_owned().into());
    asked.path.get_or_insert_with(|| arn.path().to_owned().into());
    Ok(Gate {
        shape,
        message: message(layout, asked, event, context)?,
        arn,
        request_id: context.text("requestId")?,
    })
}

fn delivery<'e>(event: Members<'e>, context: Members<'e>) -> Result<Delivery<'e>, Malformed> {
    let shape = delivery_shape(&event, &context)?;
    let asked = asked(shape, &event, &context)?;
    Ok(Delivery {
        shape,
        message: message(shape, asked, &event, &context)?,
        request_id: context.text("requestId")?,
        body: event.get("body"),
        is_base64: event.flag("isBase64Encoded")?,
        members: event,
        context,
    })
}

fn delivery_shape(event: &Members<'_>, context: &Members<'_>) -> Result<DeliveryShape, Malformed> {
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
    Err(malformed("it is neither a question to an authorizer nor a delivery"))
}

fn is_connection(context: &Members<'_>) -> bool {
    context.has("eventType") || context.has("connectionId")
}

/// What stands in another place in each layout.
struct Asked<'e> {
    method: Option<Cow<'e, str>>,
    path: Option<Cow<'e, str>>,
    raw_query: Option<Cow<'e, str>>,
    source: Option<IpAddr>,
}

fn asked<'e>(
    layout: DeliveryShape,
    event: &Members<'e>,
    context: &Members<'e>,
) -> Result<Asked<'e>, Malformed> {
    if layout == DeliveryShape::Proxy2 {
        let http = context.object("http")?;
        return Ok(Asked {
            method: http.text("method")?,
            path: event.text("rawPath")?,
            raw_query: event.text("rawQueryString")?,
            source: address(http.text("sourceIp")?),
        });
    }
    // `path` lacks the stage, which stands in what was sent to API Gateway's own domain. The context
    // of a load balancer has neither.
    let sent_path = context.text("path")?;
    Ok(Asked {
        method: event.text("httpMethod")?,
        path: if sent_path.is_some() { sent_path } else { event.text("path")? },
        raw_query: has_no_query(event).then_some(Cow::Borrowed("")),
        source: address(context.object("identity")?.text("sourceIp")?),
    })
}

fn message<'e>(
    layout: DeliveryShape,
    asked: Asked<'e>,
    event: &Members<'e>,
    context: &Members<'e>,
) -> Result<Message<'e>, Malformed> {
    let query = event.pairs("queryStringParameters")?;
    let mut message = Message {
        method: asked.method.ok_or(malformed("it has no method"))?,
        path: asked.path.ok_or(malformed("it has no path"))?,
        raw_query: asked.raw_query,
        scheme: "https",
        domain: context.text("domainName")?,
        headers: event.pairs("headers")?,
        multi_value_headers: event.pairs("multiValueHeaders")?,
        query: query.and(event.pairs("multiValueQueryStringParameters")?),
        path_parameters: event.pairs("pathParameters")?,
        source: asked.source,
    };
    if matches!(layout, DeliveryShape::Alb | DeliveryShape::AlbMultiValue) {
        if message.header("x-forwarded-proto") == Given::Once("http") {
            message.scheme = "http";
        }
        message.source = forwarded_for(&message);
    }
    Ok(message)
}

/// Taken apart, a query has lost its order and how it was encoded: only of none at all it is known
/// what was sent.
fn has_no_query(event: &Members<'_>) -> bool {
    ["queryStringParameters", "multiValueQueryStringParameters"]
        .into_iter()
        .filter_map(|name| event.get(name))
        .all(|map| map.bytes().all(|b| b"{} \t\r\n".contains(&b)))
}

fn address(text: Option<Cow<'_, str>>) -> Option<IpAddr> {
    text?.parse().ok()
}

/// A load balancer appends whom it sees, with a port if it is set up so. What stands before that
/// are the sender's own words. Of two headers nobody says to which one it appends: then the source is
/// not known.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>
fn forwarded_for(message: &Message<'_>) -> Option<IpAddr> {
    let Given::Once(value) = message.header("x-forwarded-for") else { return None };
    let last = value.rsplit(',').next()?.trim();
    let with_port = |text: &str| text.parse::<SocketAddr>().map(|address| address.ip());
    last.parse().or_else(|_| with_port(last)).ok()
}

const WEBSOCKET: Malformed =
    Malformed(Cow::Borrowed("a WebSocket cannot bring a webhook: use a REST or HTTP API"));

const fn malformed(sentence: &'static str) -> Malformed {
    Malformed(Cow::Borrowed(sentence))
}
