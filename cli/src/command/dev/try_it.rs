//! What is printed at the start: where everything is, and lines to paste.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use local::pool::{APP_CLIENT, PASSWORD, POOL_ID};

use super::Serve;
use super::plan::{Plan, Sample};

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
    if serve.access.is_none() && plan.has_samples() {
        let _ = writeln!(text, "Try:\n");
        for (about, sample, line) in [
            ("a public route", Sample::Open, format!("curl http://{gateway}/health")),
            (
                "a viewer reads",
                Sample::Read("id-token"),
                format!(
                    "curl -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "and may not write",
                Sample::Write,
                format!(
                    "curl -X POST -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "a service, by its scopes",
                Sample::Read("service-token"),
                format!(
                    "curl -H \"Authorization: Bearer $(portcullis dev token --service)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "a webhook, signed by its secret",
                Sample::Webhook,
                format!(
                    "body='{{\"n\":1}}'; curl -H \"X-Webhook-Signature: sha256=$(printf %s \"$body\" | openssl dgst \
                     -sha256 -hmac portcullis-development-secret -r | cut -d ' ' -f 1)\" --data \"$body\" \
                     http://{gateway}/v1/webhooks/wh_portcullis"
                ),
            ),
        ] {
            if plan.has(sample) {
                let _ = writeln!(text, "  # {about}\n  {line}");
            }
        }
        let region = POOL_ID.split('_').next().unwrap_or_default();
        let _ = writeln!(
            text,
            "  # to log in, as people do\n  portcullis configure --profile dev --api-url http://{gateway} --region \
             {region} --user-pool-id {POOL_ID} --client-id {APP_CLIENT} --cognito-endpoint http://{pool} --yes\n  \
             portcullis login --profile dev --username viewer@acme.example\n"
        );
    }
    text
}
