//! Reads a signature as a [`Description`] says: one strict interpreter for every scheme but RFC 9421.

mod sign;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::description::{
    Description, Encoding, Piece, Signatures, Template, Time, TimeSource, TimeUnit,
};
use super::read::{self, invalid};
use super::time;
use crate::denial::Denial;
use crate::hex;
use crate::ids::DeliveryId;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::{Mac, Signature, SignedBody};

/// The most items of a header: one for each secret during a rotation, and some of algorithms that
/// are ignored.
const MAX_ITEMS: usize = 16;
/// The most signatures: each is compared with each key.
const MAX_SIGNATURES: usize = 8;

pub(super) use sign::sign;

/// Reads the signature that `message` presents, as the only one of `forms` that fits its headers.
pub(super) fn read(
    forms: &[Description],
    message: &Message<'_>,
    now: Timestamp,
) -> Result<Signature, Denial> {
    of_form(form(forms, message)?, message, now)
}

/// The form whose headers are there. Headers of two forms are refused, because another reader may
/// follow the other one.
fn form<'d>(forms: &'d [Description], message: &Message<'_>) -> Result<&'d Description, Denial> {
    let mut present = forms
        .iter()
        .filter(|form| form.headers().any(|name| !message.header_values(name).is_empty()));
    match (present.next(), present.next()) {
        (Some(_), Some(_)) => Err(invalid("the headers are those of two forms of the scheme")),
        (form, _) => form.or(forms.first()).ok_or_else(|| invalid("the scheme has no form")),
    }
}

impl Description {
    /// The headers that it reads.
    fn headers(&self) -> impl Iterator<Item = &str> {
        let time = self.time.as_ref().and_then(|time| match &time.source {
            TimeSource::Header(name) => Some(&**name),
            TimeSource::Pair(_) => None,
        });
        [Some(&*self.header), time, self.id_header.as_deref()].into_iter().flatten()
    }
}

fn of_form(form: &Description, message: &Message<'_>, now: Timestamp) -> Result<Signature, Denial> {
    let presented = Presented::read(form, message)?;
    let id = sender_id(form, message)?;
    let time = match &form.time {
        None => "",
        Some(time) => presented.time(form, time, message, now)?,
    };
    let is_signed = form.template.has(&Piece::Id);
    let (signed_id, sender_id) = if is_signed { (id, None) } else { (None, id) };
    Ok(Signature {
        prefix: form.template.before_body(time, signed_id.as_ref()),
        body: SignedBody::Bytes,
        macs: presented.macs,
        told_apart_by: form.told_apart_by(),
        signed_id,
        sender_id,
    })
}

/// What the signature's header holds.
struct Presented<'m> {
    macs: Vec<Mac>,
    /// The values of the time's key, where the header holds pairs.
    times: Vec<&'m str>,
}

impl<'m> Presented<'m> {
    fn read(form: &Description, message: &'m Message<'_>) -> Result<Self, Denial> {
        let name = &*form.header;
        let value = read::header(message, name)?;
        let mut presented = Self { macs: Vec::new(), times: Vec::new() };
        match &form.signatures {
            Signatures::One(prefix) => {
                let mac = value
                    .strip_prefix(&**prefix)
                    .ok_or_else(|| invalid(format!("`{name}` does not start with `{prefix}`")))?;
                presented.push(form, mac)?;
            }
            Signatures::List(prefix) => {
                for item in items(name, value, ' ')? {
                    if let Some(mac) = item.strip_prefix(&**prefix) {
                        presented.push(form, mac)?;
                    }
                }
            }
            Signatures::Pairs(key) => presented.read_pairs(form, key, value)?,
        }
        if presented.macs.is_empty() {
            let (Signatures::One(kind) | Signatures::List(kind) | Signatures::Pairs(kind)) =
                &form.signatures;
            return Err(invalid(format!("`{name}` has no `{kind}`")));
        }
        Ok(presented)
    }

    fn read_pairs(&mut self, form: &Description, own: &str, value: &'m str) -> Result<(), Denial> {
        let name = &*form.header;
        let time_key = form.time.as_ref().and_then(|time| match &time.source {
            TimeSource::Pair(key) => Some(&**key),
            TimeSource::Header(_) => None,
        });
        for item in items(name, value, ',')? {
            let (key, value) = item
                .split_once('=')
                .filter(|(key, value)| read::is_word(key) && read::is_word(value))
                .ok_or_else(|| invalid(format!("`{name}` has an item that is no `key=value`")))?;
            if key == own {
                self.push(form, value)?;
            } else if Some(key) == time_key {
                self.times.push(value);
            }
        }
        Ok(())
    }

    fn push(&mut self, form: &Description, text: &str) -> Result<(), Denial> {
        let name = &*form.header;
        if self.macs.len() == MAX_SIGNATURES {
            return Err(invalid(format!("`{name}` has more than {MAX_SIGNATURES} signatures")));
        }
        let mac = form.encoding.decode(text);
        let what = form.encoding.of_a_mac();
        self.macs.push(mac.ok_or_else(|| invalid(format!("`{name}` is not {what}")))?);
        Ok(())
    }

    /// The signed time as it is written, inside its window.
    fn time(
        &self,
        form: &Description,
        time: &Time,
        message: &'m Message<'_>,
        now: Timestamp,
    ) -> Result<&'m str, Denial> {
        let text = match &time.source {
            TimeSource::Header(name) => read::header(message, name)?,
            TimeSource::Pair(key) => match self.times.as_slice() {
                [only] => *only,
                [] => return Err(invalid(format!("`{}` has no `{key}`", form.header))),
                _ => return Err(invalid(format!("`{}` has two times", form.header))),
            },
        };
        let name = || match &time.source {
            TimeSource::Header(name) => format!("`{name}`"),
            TimeSource::Pair(key) => format!("the `{key}` of `{}`", form.header),
        };
        let is_fixed = form.template.has_time_of_fixed_length();
        let signed_at = time::read(text, time.unit, is_fixed)
            .ok_or_else(|| invalid(format!("{} is no time{}", name(), time.unit.hint())))?;
        read::inside_window(signed_at, time.window, now).map_err(|denial| {
            if !is_of_milliseconds(text, time, now) {
                return denial;
            }
            let reason = format!("{}: {} is in milliseconds", denial.reason, name());
            Denial { reason: reason.into(), ..denial }
        })?;
        Ok(text)
    }
}

/// Whether `text`, a time in seconds, would lie in the window if it were in milliseconds.
fn is_of_milliseconds(text: &str, time: &Time, now: Timestamp) -> bool {
    time.unit == TimeUnit::Seconds
        && time::read(text, TimeUnit::Milliseconds, false)
            .is_some_and(|millis| read::inside_window(millis, time.window, now).is_ok())
}

/// The items of a header, each of visible characters.
fn items<'v>(name: &str, value: &'v str, separator: char) -> Result<Vec<&'v str>, Denial> {
    let items: Vec<_> = value.split(separator).take(MAX_ITEMS + 1).collect();
    if items.len() > MAX_ITEMS {
        return Err(invalid(format!("`{name}` has more than {MAX_ITEMS} items")));
    }
    if !items.iter().all(|item| read::is_word(item)) {
        return Err(invalid(format!("`{name}` has an item that is empty or has a blank")));
    }
    Ok(items)
}

/// The sender's id of the delivery. A signed one must be there, and end where the template says.
fn sender_id(form: &Description, message: &Message<'_>) -> Result<Option<DeliveryId>, Denial> {
    let Some(name) = &form.id_header else { return Ok(None) };
    let malformed = || invalid(format!("`{name}` is no delivery id"));
    if !form.template.has(&Piece::Id) {
        let id = read::optional_header(message, name)?;
        return id.map(|id| DeliveryId::parse(id).ok_or_else(malformed)).transpose();
    }
    let id = DeliveryId::parse(read::header(message, name)?).ok_or_else(malformed)?;
    if form.template.after_id().is_some_and(|end| id.as_str().contains(end)) {
        // Another id and time would give the same signed bytes.
        return Err(malformed());
    }
    Ok(Some(id))
}

impl Template {
    /// What is signed before the body.
    fn before_body(&self, time: &str, id: Option<&DeliveryId>) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => &**text,
            Piece::Time => time,
            Piece::Id => id.map_or("", DeliveryId::as_str),
        });
        pieces.collect()
    }

    /// The first character after the id.
    fn after_id(&self) -> Option<char> {
        let at = self.0.iter().position(|piece| *piece == Piece::Id)?;
        let Piece::Text(text) = self.0.get(at + 1)? else { return None };
        text.chars().next()
    }

    /// Whether nothing separates the time from what follows it.
    fn has_time_of_fixed_length(&self) -> bool {
        let at = self.0.iter().position(|piece| *piece == Piece::Time);
        at.is_some_and(|at| !matches!(self.0.get(at + 1), Some(Piece::Text(_))))
    }
}

impl Encoding {
    fn decode(self, text: &str) -> Option<Mac> {
        match self {
            Self::Hex => hex::decode_lower(text),
            Self::Base64 => STANDARD.decode(text).ok()?.try_into().ok(),
            Self::Base64Url => URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok(),
        }
    }

    const fn of_a_mac(self) -> &'static str {
        match self {
            Self::Hex => "64 lower-case hex digits",
            Self::Base64 => "the base64 of 32 bytes",
            Self::Base64Url => "the base64url of 32 bytes",
        }
    }
}

#[cfg(test)]
mod tests;
