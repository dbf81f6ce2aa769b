//! What the events of format 2.0 have in common.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use serde_json::{Map, Value, json};

use super::maps::{headers, joined};
use crate::gateway::moment;
use crate::gateway::received::Received;

/// Route, path, query, headers and context. What is empty is left out, the headers excepted.
pub(super) fn event(received: &Received<'_>) -> Value {
    let lower = headers(received.incoming).into_iter().map(|(name, v)| (name.to_lowercase(), v));
    let mut event = json!({
        "version": "2.0",
        "routeKey": received.route_key(),
        "rawPath": received.sent_path(),
        "rawQueryString": received.incoming.query,
        "headers": joined(lower.filter(|(name, _)| name != "cookie")),
        "requestContext": context(received),
    });
    let cookies = cookies(received);
    let matched = received.route.as_ref().map(|matched| matched.parameters.clone());
    let parameters: Map<String, Value> = joined(matched.unwrap_or_default());
    let optional = [
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("queryStringParameters", object(joined(received.query.clone()))),
        ("pathParameters", object(parameters)),
        ("stageVariables", object(joined(received.api.stage_variables.clone()))),
    ];
    if let Some(members) = event.as_object_mut() {
        let given = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        members.extend(given.map(|(name, value)| (name.to_owned(), value)));
    }
    event
}

fn object(map: Map<String, Value>) -> Option<Value> {
    (!map.is_empty()).then_some(Value::Object(map))
}

fn cookies<'r>(received: &'r Received<'_>) -> Vec<&'r str> {
    let all = received.incoming.header("cookie").flat_map(|header| header.split(';'));
    all.map(str::trim).filter(|cookie| !cookie.is_empty()).collect()
}

fn context(received: &Received<'_>) -> Value {
    let (api, incoming) = (received.api, received.incoming);
    json!({
        "accountId": api.account,
        "apiId": api.id,
        "domainName": api.domain_name(),
        "domainPrefix": received.domain_prefix(),
        "http": {
            "method": incoming.method,
            "path": received.sent_path(),
            "protocol": "HTTP/1.1",
            "sourceIp": incoming.source().to_string(),
            "userAgent": received.user_agent().unwrap_or_default(),
        },
        "requestId": incoming.request_id,
        "routeKey": received.route_key(),
        "stage": api.stage,
        "time": moment::common_log(received.now),
        "timeEpoch": received.now.unix_millis(),
    })
}
