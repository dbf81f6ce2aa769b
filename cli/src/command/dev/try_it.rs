//! What is printed at the start: where everything is, and lines to paste.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use local::pool::PASSWORD;

use super::{Kind, Serve};

/// The text for a gateway at `gateway`, a pool at `pool` and an inspector at `page`.
pub(super) fn text(
    gateway: SocketAddr,
    pool: SocketAddr,
    page: Option<SocketAddr>,
    serve: &Serve,
    file: &Path,
) -> String {
    let kind = match serve.api {
        Kind::Rest => "a REST API",
        Kind::Http => "an HTTP API",
    };
    let upstream = serve.upstream.as_deref().unwrap_or("an echo");
    let mut text = String::new();
    let _ =
        writeln!(text, "Gateway    http://{gateway}  ({kind}, TTL {} s) -> {upstream}", serve.ttl);
    let _ = writeln!(
        text,
        "User pool  http://{pool}  (viewer@acme.example and others, password {PASSWORD})"
    );
    if let Some(page) = page {
        let _ = writeln!(text, "Inspector  http://{page}");
    }
    let _ = writeln!(text, "Its keys   {}\n", file.display());
    if serve.access.is_none() {
        let _ = writeln!(text, "Try:\n");
        for (about, line) in [
            ("a public route", format!("curl http://{gateway}/health")),
            (
                "a viewer reads",
                format!(
                    "curl -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "and may not write",
                format!(
                    "curl -X POST -H \"Authorization: Bearer $(portcullis dev token)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "a service, by its scopes",
                format!(
                    "curl -H \"Authorization: Bearer $(portcullis dev token --service)\" http://{gateway}/api/incidents"
                ),
            ),
            (
                "a webhook, signed by its secret",
                format!(
                    "body='{{\"n\":1}}'; curl -H \"X-Webhook-Signature: sha256=$(printf %s \"$body\" | openssl dgst \
                     -sha256 -hmac portcullis-development-secret -r | cut -d ' ' -f 1)\" --data \"$body\" \
                     http://{gateway}/v1/webhooks/wh_portcullis"
                ),
            ),
        ] {
            let _ = writeln!(text, "  # {about}\n  {line}");
        }
        text.push('\n');
    }
    text
}
