//! Writes a signature as a [`Description`] says: [`super::read`] turned round.

use aws_lc_rs::hmac::{Context, Key};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::super::description::{Description, Encoding, Piece, Signatures, TimeSource};
use super::super::time;
use crate::hex;
use crate::time::Timestamp;
use crate::webhook::sign::Outgoing;

/// The headers that sign `delivery` with `key`.
pub(in crate::webhook::scheme) fn sign(
    form: &Description,
    delivery: &Outgoing<'_>,
    key: &Key,
    now: Timestamp,
) -> Vec<(String, String)> {
    let written = form.time.as_ref().map(|own| time::write(now, own.unit));
    let written = written.unwrap_or_default();
    let signed_id = form.template.has(&Piece::Id).then_some(delivery.id);
    let mut context = Context::with_key(key);
    context.update(form.template.before_body(&written, signed_id).as_bytes());
    context.update(delivery.body);
    let mac = form.encoding.encode(context.sign().as_ref());
    let source = form.time.as_ref().map(|own| &own.source);
    let value = match (&form.signatures, source) {
        (Signatures::One(prefix) | Signatures::List(prefix), _) => format!("{prefix}{mac}"),
        (Signatures::Pairs(own), Some(TimeSource::Pair(time_key))) => {
            format!("{time_key}={written},{own}={mac}")
        }
        (Signatures::Pairs(own), _) => format!("{own}={mac}"),
    };
    let mut headers = vec![(form.header.to_string(), value)];
    if let Some(TimeSource::Header(name)) = source {
        headers.push((name.to_string(), written));
    }
    if let Some(name) = &form.id_header {
        headers.push((name.to_string(), delivery.id.to_string()));
    }
    headers
}

impl Encoding {
    fn encode(self, mac: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(mac),
            Self::Base64 => STANDARD.encode(mac),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(mac),
        }
    }
}
