//! Reads the description in a webhook's record. It may describe what senders do, and nothing that
//! would weaken the rest: no window beyond a day, no header that the gateway sets, and no template
//! that two different deliveries could share.

use std::borrow::Cow;
use std::time::Duration;

use super::description::{
    Description, Encoding, Name, Piece, Signatures, Template, Time, TimeSource, TimeUnit,
};
use super::named::DEFAULT_WINDOW;
use super::template;
use crate::record::{Fields, Reader, RecordError};
use crate::webhook::hmac_key::KeyForm;

/// The members that a description may have.
const MEMBERS: [&str; 13] = [
    "header",
    "prefix",
    "encoding",
    "signatures",
    "signature_key",
    "time_key",
    "key",
    "key_prefix",
    "template",
    "time_header",
    "time_unit",
    "id_header",
    "window_seconds",
];

/// The longest name of a header, and the longest prefix or key of a pair, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// The longest window, in seconds: a day.
const MAX_WINDOW_SECONDS: u64 = 24 * 60 * 60;

/// Headers that API Gateway, a load balancer or HTTP itself sets, or that say which webhook it is.
/// The sender does not decide what stands in them.
const GATEWAY_HEADERS: [&str; 14] = [
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-webhook-id",
];
/// Headers of the same kind, by how they begin.
const GATEWAY_PREFIXES: [&str; 5] =
    ["x-amz-", "x-amzn-", "x-forwarded-", "cloudfront-", "x-real-ip"];

impl Description {
    /// Reads the description `fields`, the map that a webhook's record holds as `description`.
    ///
    /// | member | what it says |
    /// |---|---|
    /// | `header` | the header that holds the signature |
    /// | `prefix` | what stands before it, such as `sha256=` |
    /// | `encoding` | `hex` (lower case), `base64` or `base64url` (without padding) |
    /// | `signatures` | absent: one; `list`: several, separated by blanks; `pairs`: `key=value`, separated by commas |
    /// | `signature_key`, `time_key` | of pairs: the key of a signature, and that of the time |
    /// | `key` | how the secret becomes the key: `text` (if absent), `base64` or `hex` |
    /// | `key_prefix` | what stands before it in the secret, such as `whsec_` |
    /// | `template` | what is signed, of `{id}`, `{time}` and `{body}` |
    /// | `time_header`, `time_unit` | the header of the time; `seconds` (if absent), `milliseconds` or `rfc3339` |
    /// | `id_header` | the header of the sender's id of the delivery |
    /// | `window_seconds` | how far the signed time may be from now: 1 to 86400, 300 if absent |
    ///
    /// ```
    /// use shared::record::Fields;
    /// use shared::webhook::Description;
    ///
    /// let described = |json: &str| Description::read(&Fields::from_json(json).unwrap());
    /// assert!(described(
    ///     r#"{"header": "X-Acme-Signature", "encoding": "hex", "template": "{time}.{body}",
    ///         "time_header": "X-Acme-Time"}"#
    /// ).is_ok());
    ///
    /// let shared = described(
    ///     r#"{"header": "X-Acme-Signature", "encoding": "hex", "template": "{id}{body}",
    ///         "id_header": "X-Acme-Id"}"#
    /// );
    /// assert_eq!(
    ///     shared.unwrap_err().to_string(),
    ///     "the description's member `template` has nothing between `{id}` and what follows: two \
    ///      different deliveries could be the same bytes"
    /// );
    /// ```
    ///
    /// # Errors
    /// The first member that is missing, mistyped, not known, or breaks a rule.
    pub fn read(fields: &Fields) -> Result<Self, RecordError> {
        let reader = Members(Reader { fields, field_of: "the description's member" });
        reader.0.has_only(&MEMBERS)?;
        let header = reader.header("header")?;
        let header = header.ok_or_else(|| reader.error("header", "is missing"))?;
        let unit = reader.time_unit()?;
        let template = reader.template(unit)?;
        let description = Self {
            header,
            signatures: reader.signatures()?,
            encoding: reader.encoding()?,
            key: reader.key()?,
            time: reader.time(&template, unit)?,
            id_header: reader.header("id_header")?,
            template,
        };
        if description.template.has(&Piece::Id) && description.id_header.is_none() {
            return Err(reader.error("id_header", "is missing: the template has `{id}`"));
        }
        reader.are_different()?;
        Ok(description)
    }
}

struct Members<'r>(Reader<'r>);

impl Members<'_> {
    fn error(&self, name: &str, problem: &'static str) -> RecordError {
        self.0.error(name, problem)
    }

    fn one_of<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
        problem: &'static str,
    ) -> Result<Option<T>, RecordError> {
        let Some(text) = self.0.optional_text(name)? else { return Ok(None) };
        let choice = choices.iter().find(|(choice, _)| *choice == text);
        choice.map(|(_, value)| Some(*value)).ok_or_else(|| self.error(name, problem))
    }

    fn encoding(&self) -> Result<Encoding, RecordError> {
        const NAME: &str = "encoding";
        let choices = [
            ("hex", Encoding::Hex),
            ("base64", Encoding::Base64),
            ("base64url", Encoding::Base64Url),
        ];
        let encoding = self.one_of(NAME, &choices, "is none of `hex`, `base64` and `base64url`")?;
        encoding.ok_or_else(|| self.error(NAME, "is missing"))
    }

    fn time_unit(&self) -> Result<TimeUnit, RecordError> {
        let choices = [
            ("seconds", TimeUnit::Seconds),
            ("milliseconds", TimeUnit::Milliseconds),
            ("rfc3339", TimeUnit::Rfc3339),
        ];
        let unit = self.one_of(
            "time_unit",
            &choices,
            "is none of `seconds`, `milliseconds` and `rfc3339`",
        );
        Ok(unit?.unwrap_or(TimeUnit::Seconds))
    }

    /// The name of a header (RFC 9110 §5.1), of the characters that API Gateway passes on.
    fn header(&self, name: &str) -> Result<Option<Name>, RecordError> {
        let Some(text) = self.0.optional_text(name)? else { return Ok(None) };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if text.len() > MAX_NAME_BYTES || !text.bytes().all(plain) {
            return Err(self.error(name, "is no name of a header: write it without a colon"));
        }
        let lower = text.to_ascii_lowercase();
        let is_gateways = GATEWAY_HEADERS.contains(&lower.as_str())
            || GATEWAY_PREFIXES.iter().any(|prefix| lower.starts_with(prefix));
        if is_gateways {
            return Err(self.error(name, "is a header that the gateway sets"));
        }
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    /// A text of visible ASCII that is none of `without`.
    fn word(&self, name: &str, without: &str) -> Result<Option<Name>, RecordError> {
        let Some(text) = self.0.optional_text(name)? else { return Ok(None) };
        if text.len() > MAX_NAME_BYTES
            || !text.bytes().all(|b| b.is_ascii_graphic())
            || text.contains(|c| without.contains(c))
        {
            return Err(
                self.error(name, "has a blank or another character that cannot stand there")
            );
        }
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn signatures(&self) -> Result<Signatures, RecordError> {
        #[derive(Clone, Copy)]
        enum Layout {
            List,
            Pairs,
        }
        let choices = [("list", Layout::List), ("pairs", Layout::Pairs)];
        let layout = self.one_of("signatures", &choices, "is neither `list` nor `pairs`")?;
        let prefix = self.word("prefix", "")?;
        if let Some(Layout::Pairs) = layout {
            if prefix.is_some() {
                return Err(self.error("prefix", "cannot stand beside `pairs`"));
            }
            let key = self.word("signature_key", "=,")?;
            return key.map(Signatures::Pairs).ok_or_else(|| {
                self.error("signature_key", "is missing: the signatures are `pairs`")
            });
        }
        for name in ["signature_key", "time_key"] {
            if self.0.value(name).is_some() {
                return Err(self.error(name, "is of `pairs` alone"));
            }
        }
        let prefix = prefix.unwrap_or_default();
        Ok(match layout {
            Some(_) => Signatures::List(prefix),
            None => Signatures::One(prefix),
        })
    }

    fn key(&self) -> Result<KeyForm, RecordError> {
        #[derive(Clone, Copy)]
        enum Coding {
            Text,
            Base64,
            Hex,
        }
        let choices = [("text", Coding::Text), ("base64", Coding::Base64), ("hex", Coding::Hex)];
        let coding = self.one_of("key", &choices, "is none of `text`, `base64` and `hex`")?;
        let prefix = self.word("key_prefix", "")?.unwrap_or_default();
        Ok(match coding.unwrap_or(Coding::Text) {
            Coding::Text => KeyForm::Text { prefix },
            Coding::Base64 => KeyForm::Base64 { prefix },
            Coding::Hex => KeyForm::Hex { prefix },
        })
    }

    fn template(&self, unit: TimeUnit) -> Result<Template, RecordError> {
        let text = self.0.text("template")?;
        template::read(text, unit).map_err(|problem| self.error("template", problem))
    }

    /// The signed time. One that is not in the template is not signed, and counts for nothing.
    fn time(&self, template: &Template, unit: TimeUnit) -> Result<Option<Time>, RecordError> {
        let header = self.header("time_header")?;
        let key = self.word("time_key", "=,")?;
        let window = self.window()?;
        let source = match (header, key) {
            (Some(_), Some(_)) => {
                return Err(self.error("time_key", "is a second time: there is a `time_header`"));
            }
            (Some(header), None) => Some(TimeSource::Header(header)),
            (None, Some(key)) => Some(TimeSource::Pair(key)),
            (None, None) => None,
        };
        if !template.has(&Piece::Time) {
            return match window {
                Some(_) => {
                    Err(self.error("window_seconds", "has no effect: the template has no `{time}`"))
                }
                None => Ok(None),
            };
        }
        let source = source
            .ok_or_else(|| self.error("time_header", "is missing: the template has `{time}`"))?;
        Ok(Some(Time { source, unit, window: window.unwrap_or(DEFAULT_WINDOW) }))
    }

    fn window(&self) -> Result<Option<Duration>, RecordError> {
        const NAME: &str = "window_seconds";
        let Some(digits) = self.0.optional_number(NAME)? else { return Ok(None) };
        let seconds =
            digits.parse().ok().filter(|seconds| (1..=MAX_WINDOW_SECONDS).contains(seconds));
        let seconds =
            seconds.ok_or_else(|| self.error(NAME, "is no whole number from 1 to 86400"))?;
        Ok(Some(Duration::from_secs(seconds)))
    }

    /// Refuses a description that reads one header, or one key of a pair, as two things.
    fn are_different(&self) -> Result<(), RecordError> {
        let pairs = [
            ("header", "time_header"),
            ("header", "id_header"),
            ("time_header", "id_header"),
            ("signature_key", "time_key"),
        ];
        for (one, other) in pairs {
            let (first, second) = (self.0.optional_text(one)?, self.0.optional_text(other)?);
            let is_same = first.zip(second).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            if is_same {
                return Err(self.error(other, "names what another member names"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
