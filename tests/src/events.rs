//! Authorizer events, one builder per shape, written as AWS documents and sends them.

use serde_json::{Value, json};

/// What every resource of the samples' API begins with.
pub const PREFIX: &str = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/";

/// The ARN of `method` and `path`.
#[must_use]
pub fn arn(method: &str, path: &str) -> String {
    format!("{PREFIX}{method}{path}")
}

/// REST API, `TOKEN` authorizer.
#[must_use]
pub fn rest_token(authorization: &str, method: &str, path: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": authorization, "methodArn": arn(method, path) })
}

/// REST API, `REQUEST` authorizer, with exactly these headers.
#[must_use]
pub fn rest_request(headers: &[(&str, &str)], method: &str, path: &str) -> Value {
    let single: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut multi = serde_json::Map::new();
    for (name, value) in headers {
        let values = multi.entry((*name).to_owned()).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }
    json!({
        "type": "REQUEST",
        "methodArn": arn(method, path),
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": single,
        "multiValueHeaders": multi,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "resourceId": "a1b2c3",
            "resourcePath": path,
            "httpMethod": method,
            "extendedRequestId": "AbCdEfGhIjKlMn0=",
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "path": format!("/prod{path}"),
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "abcdef1234",
            "requestTimeEpoch": 1_767_225_600_000_u64,
            "requestId": "b1c2d3e4-0000-4000-8000-000000000001",
            "identity": {
                "cognitoIdentityPoolId": null,
                "accountId": null,
                "cognitoIdentityId": null,
                "caller": null,
                "sourceIp": "203.0.113.7",
                "principalOrgId": null,
                "accessKey": null,
                "cognitoAuthenticationType": null,
                "cognitoAuthenticationProvider": null,
                "userArn": null,
                "userAgent": "curl/8.5.0",
                "user": null
            },
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "apiId": "abcdef1234"
        }
    })
}

/// HTTP API, payload format 1.0.
#[must_use]
pub fn http_1(headers: &[(&str, &str)], method: &str, path: &str) -> Value {
    let mut event = rest_request(headers, method, path);
    let token = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if let Some(members) = event.as_object_mut() {
        members.insert("version".to_owned(), json!("1.0"));
        if let Some((_, token)) = token {
            members.insert("identitySource".to_owned(), json!(token));
            members.insert("authorizationToken".to_owned(), json!(token));
        }
    }
    event
}

/// HTTP API, payload format 2.0: header names in lower case, repeats joined by commas.
#[must_use]
pub fn http_2(headers: &[(&str, &str)], method: &str, path: &str) -> Value {
    let mut joined = serde_json::Map::new();
    for (name, value) in headers {
        let known = joined.remove(&name.to_lowercase());
        let value = match known.as_ref().and_then(Value::as_str) {
            Some(first) => format!("{first},{value}"),
            None => (*value).to_owned(),
        };
        joined.insert(name.to_lowercase(), json!(value));
    }
    let token = joined.get("authorization").cloned();
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn(method, path),
        "identitySource": token.map(|token| json!([token])),
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": joined,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.5.0"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": format!("{method} {path}"),
            "stage": "prod",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64
        }
    })
}

/// WebSocket API, `$connect`.
#[must_use]
pub fn websocket(headers: &[(&str, &str)], query: &[(&str, &str)]) -> Value {
    let pairs = |pairs: &[(&str, &str)]| -> Value {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({
        "type": "REQUEST",
        "methodArn": format!("{PREFIX}$connect"),
        "headers": pairs(headers),
        "multiValueHeaders": null,
        "queryStringParameters": if query.is_empty() { Value::Null } else { pairs(query) },
        "multiValueQueryStringParameters": null,
        "stageVariables": null,
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "extendedRequestId": "AbCdEfGhIjKlMn0=",
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "messageDirection": "IN",
            "stage": "prod",
            "connectedAt": 1_767_225_600_000_u64,
            "requestTimeEpoch": 1_767_225_600_000_u64,
            "identity": { "sourceIp": "203.0.113.7" },
            "requestId": "AbCdEfGhIjKlMn0=",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "connectionId": "AbCdEfGhIjKlMn0=",
            "apiId": "abcdef1234"
        }
    })
}
