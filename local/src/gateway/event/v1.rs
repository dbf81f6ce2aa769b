//! What the events of REST APIs and those of format 1.0 have in common.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>

use serde_json::{Value, json};

use super::maps::{all_of_each, headers, last_of_each};
use crate::gateway::api::ApiKind;
use crate::gateway::moment;
use crate::gateway::received::Received;

/// Resource, path, method, headers, parameters and context.
pub(super) fn event(received: &Received<'_>) -> Value {
    let headers = headers(received.incoming);
    let parameters = received.route.as_ref().map(|matched| matched.parameters.as_slice());
    let variables: Vec<_> = received.api.stage_variables.clone().into_iter().collect();
    json!({
        "resource": received.resource(),
        "path": path(received),
        "httpMethod": received.incoming.method,
        "headers": last_of_each(&headers),
        "multiValueHeaders": all_of_each(&headers),
        "queryStringParameters": last_of_each(&received.query),
        "multiValueQueryStringParameters": all_of_each(&received.query),
        "pathParameters": last_of_each(parameters.unwrap_or_default()),
        "stageVariables": last_of_each(&variables),
        "requestContext": context(received),
    })
}

/// Without the stage. With the base path of a custom domain, which is part of `path`.
fn path(received: &Received<'_>) -> String {
    use crate::gateway::api::Domain;
    match (&received.api.domain, received.api.kind) {
        (Domain::Default, ApiKind::Rest) => received.path.clone(),
        _ => received.sent_path().into_owned(),
    }
}

fn context(received: &Received<'_>) -> Value {
    let (api, incoming) = (received.api, received.incoming);
    json!({
        "accountId": api.account,
        "apiId": api.id,
        "domainName": api.domain_name(),
        "domainPrefix": received.domain_prefix(),
        "extendedRequestId": incoming.request_id,
        "httpMethod": incoming.method,
        "identity": identity(received),
        "path": received.sent_path(),
        "protocol": "HTTP/1.1",
        "requestId": incoming.request_id,
        "requestTime": moment::common_log(received.now),
        "requestTimeEpoch": received.now.unix_millis(),
        "resourceId": resource_id(received.resource().unwrap_or_default()),
        "resourcePath": received.resource(),
        "stage": api.stage,
    })
}

pub(super) fn identity(received: &Received<'_>) -> Value {
    json!({
        "accessKey": null,
        "accountId": null,
        "caller": null,
        "cognitoAuthenticationProvider": null,
        "cognitoAuthenticationType": null,
        "cognitoIdentityId": null,
        "cognitoIdentityPoolId": null,
        "principalOrgId": null,
        "sourceIp": received.incoming.source().to_string(),
        "user": null,
        "userAgent": received.user_agent(),
        "userArn": null,
    })
}

/// Six characters that are the same for the same resource.
fn resource_id(resource: &str) -> String {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{:06x}", resource.bytes().fold(0x811c_9dc5, mix) & 0x00ff_ffff)
}
