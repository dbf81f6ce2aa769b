//! Events that nobody has to be let in for: a schedule that keeps a function warm.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Whether `event`, which is neither an authorizer event nor a delivery, is a ping: a scheduled event
/// of EventBridge (`"source": "aws.events"`), or what the usual warmers send in its form.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
#[must_use]
pub fn is_ping(event: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Members {
        #[serde(default)]
        source: Option<String>,
        #[serde(default)]
        warmer: Option<bool>,
        method_arn: Option<IgnoredAny>,
        route_arn: Option<IgnoredAny>,
        authorization_token: Option<IgnoredAny>,
        r#type: Option<IgnoredAny>,
        http_method: Option<IgnoredAny>,
        raw_path: Option<IgnoredAny>,
        request_context: Option<IgnoredAny>,
        headers: Option<IgnoredAny>,
        body: Option<IgnoredAny>,
    }
    let Ok(members) = serde_json::from_slice::<Members>(event) else { return false };
    // A request that is malformed has some of these, and stays an error.
    let of_requests = [
        members.method_arn,
        members.route_arn,
        members.authorization_token,
        members.r#type,
        members.http_method,
        members.raw_path,
        members.request_context,
        members.headers,
        members.body,
    ];
    let is_request = of_requests.iter().any(Option::is_some);
    let is_warmer = members.warmer == Some(true);
    !is_request && (is_warmer || members.source.is_some_and(|source| !source.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::is_ping;

    #[test]
    fn pings() {
        for (event, is) in [
            (r#"{"source":"aws.events"}"#, true),
            (r#"{"source":"serverless-plugin-warmup"}"#, true),
            (r#"{"warmer":true,"concurrency":3}"#, true),
            (
                r#"{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event",
                    "source":"aws.events","account":"123456789012","time":"2026-01-01T00:00:00Z",
                    "region":"eu-central-1","resources":["arn:aws:events:r:1:rule/warm"],
                    "detail":{}}"#,
                true,
            ),
            (r#"{"source":""}"#, false),
            (r#"{"source":null}"#, false),
            (r#"{"source":7}"#, false),
            (r#"{"source":"a","source":"b"}"#, false),
            (r#"{"warmer":false}"#, false),
            (r#"{"warmer":"true"}"#, false),
            ("{}", false),
            ("[]", false),
            ("null", false),
            ("", false),
            (r#"{"source":"aws.events"} x"#, false),
            (r#"{"source":"aws.events","methodArn":"a"}"#, false),
            (r#"{"source":"aws.events","type":"TOKEN"}"#, false),
            (r#"{"source":"aws.events","requestContext":{}}"#, false),
            (r#"{"source":"aws.events","headers":{}}"#, false),
            (r#"{"source":"aws.events","body":"x"}"#, false),
        ] {
            assert_eq!(is_ping(event.as_bytes()), is, "{event}");
        }
    }
}
