//! The events of a WebSocket API's `$connect`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>

use serde_json::{Value, json};

use super::maps::{all_of_each, headers, last_of_each};
use crate::gateway::moment;
use crate::gateway::received::Received;

/// Headers, parameters and context.
pub(super) fn event(received: &Received<'_>) -> Value {
    let (api, incoming) = (received.api, received.incoming);
    let headers = headers(incoming);
    let variables: Vec<_> = api.stage_variables.clone().into_iter().collect();
    json!({
        "headers": last_of_each(&headers),
        "multiValueHeaders": all_of_each(&headers),
        "queryStringParameters": last_of_each(&received.query),
        "multiValueQueryStringParameters": all_of_each(&received.query),
        "stageVariables": last_of_each(&variables),
        "requestContext": {
            "apiId": api.id,
            "connectedAt": received.now.unix_millis(),
            "connectionId": incoming.request_id,
            "domainName": api.domain_name(),
            "eventType": "CONNECT",
            "extendedRequestId": incoming.request_id,
            "identity": {
                "sourceIp": incoming.source().to_string(),
                "userAgent": received.user_agent(),
            },
            "messageDirection": "IN",
            "requestId": incoming.request_id,
            "requestTime": moment::common_log(received.now),
            "requestTimeEpoch": received.now.unix_millis(),
            "routeKey": "$connect",
            "stage": api.stage,
        },
    })
}
