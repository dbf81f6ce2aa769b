//! Writes a signature of RFC 9421: [`super::read`] turned round.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, Key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::input::Input;
use super::{base, fields};
use crate::denial::Denial;
use crate::ids::WebhookId;
use crate::time::Timestamp;
use crate::webhook::scheme::read::invalid;
use crate::webhook::sign::Outgoing;

/// The headers that sign `delivery` with `key`, over the components `required`.
///
/// # Errors
/// One of them is a header that is not sent.
pub(in crate::webhook::scheme) fn sign(
    webhook: &WebhookId,
    required: &[Box<str>],
    delivery: &Outgoing<'_>,
    key: &Key,
    now: Timestamp,
) -> Result<Vec<(String, String)>, Denial> {
    let content_digest = format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, delivery.body)));
    let components: Vec<String> = required.iter().map(|name| format!("\"{name}\"")).collect();
    let created = now.unix_millis() / 1000;
    let own = format!(
        "sig=({});created={created};nonce=\"{}\";keyid=\"{webhook}\"",
        components.join(" "),
        delivery.id
    );
    let base = base(delivery, &content_digest, &own)?;
    let mac = STANDARD.encode(hmac::sign(key, base.as_bytes()));
    let headers = [
        ("Content-Digest", content_digest),
        ("Signature-Input", own),
        ("Signature", format!("sig=:{mac}:")),
    ];
    Ok(headers.map(|(name, value)| (name.to_owned(), value)).into())
}

fn base(delivery: &Outgoing<'_>, content_digest: &str, own: &str) -> Result<String, Denial> {
    let inputs = fields::dictionary("Signature-Input", own, 1)?;
    let [input] = inputs.as_slice() else { return Err(invalid("`Signature-Input` is empty")) };
    let more = [("content-digest", content_digest)];
    base::write(&delivery.message(&more), &Input::read(input)?)
}
