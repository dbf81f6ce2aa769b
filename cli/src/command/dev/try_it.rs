//! What is printed at the start: where everything is, and lines to paste.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use local::pool::PASSWORD;

use super::Serve;
use super::plan::Plan;

/// The text for a gateway of this `plan` at `gateway`, a pool at `pool` and an inspector at `page`.
pub(super) fn text(
    gateway: SocketAddr,
    pool: SocketAddr,
    page: Option<SocketAddr>,
    serve: &Serve,
    plan: &Plan,
    file: &Path,
) -> String {
    let upstream = serve.upstream.as_deref().unwrap_or("an echo");
    let mut text = String::new();
    let _ = writeln!(text, "Gateway    http://{gateway}  ({}) -> {upstream}", plan.title);
    let _ = writeln!(
        text,
        "User pool  http://{pool}  (viewer@acme.example and others, password {PASSWORD})"
    );
    if let Some(page) = page {
        let _ = writeln!(text, "Inspector  http://{page}");
    }
    let _ = writeln!(text, "Its keys   {}\n", file.display());
    if serve.access.is_some() {
        return text;
    }
    const INCIDENTS: &str = "GET /api/incidents";
    let lines = [
        ("a public route", plan.is_open("GET /health"), format!("curl http://{gateway}/health")),
        (
            "a viewer reads",
            plan.takes(INCIDENTS, "id-token"),
            format!(
                "curl -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
            ),
        ),
        (
            "and may not write",
            plan.takes("POST /api/incidents", "id-token"),
            format!(
                "curl -X POST -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
            ),
        ),
        (
            "a service, by its scopes",
            plan.takes(INCIDENTS, "service-token"),
            format!(
                "curl -H \"Authorization: Bearer $(portcullis dev token --service)\" http://{gateway}/api/incidents"
            ),
        ),
        (
            "a webhook, signed by its secret",
            plan.deliveries.contains_key("POST /v1/webhooks/{webhook_id}"),
            format!(
                "body='{{\"n\":1}}'; curl -H \"X-Webhook-Signature: sha256=$(printf %s \"$body\" | openssl dgst \
                 -sha256 -hmac portcullis-development-secret -r | cut -d ' ' -f 1)\" --data \"$body\" \
                 http://{gateway}/v1/webhooks/wh_portcullis"
            ),
        ),
    ];
    let lines: Vec<_> = lines.into_iter().filter(|(_, is_there, _)| *is_there).collect();
    if lines.is_empty() {
        return text;
    }
    let _ = writeln!(text, "Try:\n");
    for (about, _, line) in lines {
        let _ = writeln!(text, "  # {about}\n  {line}");
    }
    text.push('\n');
    text
}
