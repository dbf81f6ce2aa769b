//! HMAC keys: how a secret's text becomes a key.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::hex;

/// The shortest key that is taken, in bytes: half the length of the hash. A shorter one could be
/// guessed.
const MIN_KEY_BYTES: usize = 16;
/// The longest secret that is taken, in bytes. Secrets Manager stores up to 64 KiB.
const MAX_SECRET_BYTES: usize = 4 * 1024;

/// How a secret's text becomes the bytes of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyForm {
    /// What follows the prefix, as text.
    Text {
        /// It must be there.
        prefix: Cow<'static, str>,
    },
    /// What follows the prefix, from base64 (RFC 4648 §4).
    Base64 {
        /// It may be left out if it cannot be mistaken for base64.
        prefix: Cow<'static, str>,
    },
    /// What follows the prefix, from hexadecimal digits in either case.
    Hex {
        /// It may be left out if it cannot be mistaken for digits.
        prefix: Cow<'static, str>,
    },
    /// The text, or base64 after `base64:`. A key of RFC 9421 may be any bytes, and not all bytes
    /// are a text.
    Rfc9421,
}

impl KeyForm {
    /// The whole text.
    pub const TEXT: Self = Self::Text { prefix: Cow::Borrowed("") };
}

/// Where a key comes from: the secret's name, and how its text is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretReference {
    /// The secret's name or ARN in Secrets Manager.
    pub name: String,
    /// How the text becomes the key.
    pub form: KeyForm,
    /// The member that holds the text, where the secret is a JSON object.
    pub field: Option<Box<str>>,
}

/// Why a secret cannot be a key: what is wrong, and what to change. The sentence never quotes the
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError(Cow<'static, str>);

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

const fn wrong(reason: &'static str) -> SecretError {
    SecretError(Cow::Borrowed(reason))
}

/// A key that verifies signatures. aws-lc overwrites it when it is dropped; `Debug` does not show
/// it.
#[derive(Clone)]
pub struct HmacKey(Box<hmac::Key>);

impl SecretReference {
    /// Reads the key in `secret`, the text that Secrets Manager has under this reference's name.
    ///
    /// # Errors
    /// It cannot be what the sender signs with: it is empty, shorter than 16 bytes or longer than
    /// 4096, not encoded as the scheme says, or it looks like a mistake of whoever stored it.
    pub fn key(&self, secret: &str) -> Result<HmacKey, SecretError> {
        match &self.field {
            None => self.key_of_text(secret),
            Some(field) => self.key_of_text(&member(secret, field)?),
        }
    }

    fn key_of_text(&self, text: &str) -> Result<HmacKey, SecretError> {
        if text.trim().is_empty() {
            return Err(wrong("the secret is empty"));
        }
        if text.len() > MAX_SECRET_BYTES {
            return Err(wrong("the secret is longer than 4096 bytes"));
        }
        if let Some(mistake) = mistake(text, self) {
            return Err(wrong(mistake));
        }
        let bytes = self.form.bytes(text)?;
        if bytes.len() < MIN_KEY_BYTES {
            return Err(wrong("the secret is shorter than 16 bytes"));
        }
        Ok(HmacKey(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes))))
    }
}

/// The text of the member `field` of the JSON object `secret`.
fn member(secret: &str, field: &str) -> Result<Zeroizing<String>, SecretError> {
    let mut members: Map<String, Value> = serde_json::from_str(secret)
        .map_err(|_| wrong("the secret is no JSON object, but the record has a `secret_field`"))?;
    match members.remove(field) {
        Some(Value::String(text)) => Ok(Zeroizing::new(text)),
        Some(_) => Err(wrong("the secret's member that `secret_field` names is no string")),
        None => Err(wrong("the secret has no member of the name in `secret_field`")),
    }
}

/// What a secret looks like that was stored by mistake: no sender signs with it, or every signature
/// would be wrong and nothing would say why.
fn mistake(text: &str, reference: &SecretReference) -> Option<&'static str> {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    if text.ends_with(is_blank) {
        return Some("the secret ends with a blank or a line feed: store it without");
    }
    if text.starts_with(is_blank) {
        return Some("the secret begins with a blank or a byte order mark: store it without");
    }
    if text.starts_with("v1,") {
        return Some("the secret begins with `v1,`: store what follows");
    }
    if text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Some(
            "the secret is a JSON object: store the value alone as plaintext, or name its member \
             in the record's `secret_field`",
        );
    }
    if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        return Some("the secret stands in quotes: store it without");
    }
    let name = reference.name.as_str();
    let is_name = text == name || name.rsplit(['/', ':']).next() == Some(text);
    is_name.then_some("the secret is its own name: store what the sender signs with")
}

impl KeyForm {
    /// The bytes of the key in `text`, wiped when dropped.
    fn bytes(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let lacks =
            |prefix: &str| SecretError(format!("the secret lacks its prefix `{prefix}`").into());
        match self {
            Self::Text { prefix } => {
                let text = text.strip_prefix(&**prefix).ok_or_else(|| lacks(prefix))?;
                Ok(Zeroizing::new(text.as_bytes().to_vec()))
            }
            Self::Base64 { prefix } => {
                base64(after(prefix, text, is_base64).ok_or_else(|| lacks(prefix))?)
            }
            Self::Hex { prefix } => {
                let digits = after(prefix, text, |b| b.is_ascii_hexdigit());
                let bytes = hex::decode(digits.ok_or_else(|| lacks(prefix))?);
                bytes.map(Zeroizing::new).ok_or(wrong("the secret is not hexadecimal digits"))
            }
            Self::Rfc9421 => match text.strip_prefix("base64:") {
                Some(encoded) => base64(encoded),
                None => Ok(Zeroizing::new(text.as_bytes().to_vec())),
            },
        }
    }
}

/// What follows `prefix` in `text`. Where the prefix has a byte that is no digit of the encoding, it
/// may be left out: `text` cannot be meant in two ways.
fn after<'t>(prefix: &str, text: &'t str, is_digit: fn(u8) -> bool) -> Option<&'t str> {
    let may_lack = || (!prefix.bytes().all(is_digit)).then_some(text);
    text.strip_prefix(prefix).or_else(may_lack)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

fn base64(encoded: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    // Into a buffer that is wiped even if the decoding fails halfway.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let decoded = STANDARD.decode_vec(encoded, &mut bytes);
    decoded.map(|()| bytes).map_err(|_| wrong("the secret is not base64"))
}

impl HmacKey {
    pub(super) const fn hmac(&self) -> &hmac::Key {
        &self.0
    }

    /// Whether this key is the one of the text `presented`, in constant time. The text of the key is
    /// not kept, so both keys sign the same bytes: two keys of plain text sign alike only if they
    /// are equal (RFC 2104 §2 fills a key up with zeros, which are no text).
    pub(super) fn is(&self, presented: &str) -> bool {
        let presented = hmac::Key::new(hmac::HMAC_SHA256, presented.as_bytes());
        let of = |key| hmac::sign(key, b"portcullis");
        constant_time::verify_slices_are_equal(of(&presented).as_ref(), of(&self.0).as_ref())
            .is_ok()
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{KeyForm, SecretReference};

    const NAME: &str = "portcullis/webhook/wh_0123456789abcdef";

    fn reference(form: KeyForm, field: Option<&str>) -> SecretReference {
        SecretReference { name: NAME.to_owned(), form, field: field.map(Into::into) }
    }

    fn whsec() -> KeyForm {
        KeyForm::Base64 { prefix: Cow::Borrowed("whsec_") }
    }

    #[track_caller]
    fn check(form: KeyForm, secret: &str, sentence: Option<&str>) {
        let key = reference(form, None).key(secret);
        assert_eq!(key.err().map(|unusable| unusable.to_string()).as_deref(), sentence, "{secret}");
    }

    #[test]
    fn what_can_be_a_key() {
        let (empty, short) =
            (Some("the secret is empty"), Some("the secret is shorter than 16 bytes"));
        let long = Some("the secret is longer than 4096 bytes");
        for form in [KeyForm::TEXT, whsec(), KeyForm::Hex { prefix: "".into() }, KeyForm::Rfc9421] {
            check(form.clone(), "", empty);
            check(form.clone(), " \t\r\n", empty);
            check(form.clone(), &" ".repeat(5000), empty);
            check(form, &"a".repeat(4097), long);
        }
        check(KeyForm::TEXT, &"a".repeat(15), short);
        check(KeyForm::TEXT, &"a".repeat(16), None);
        check(KeyForm::TEXT, &"a".repeat(4096), None);
        check(KeyForm::TEXT, "ääääääää", None);
        check(KeyForm::TEXT, "base64:not base64 at all", None);
    }

    #[test]
    fn keys_that_are_encoded() {
        let base64 = Some("the secret is not base64");
        let short = Some("the secret is shorter than 16 bytes");
        check(whsec(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        check(whsec(), "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        check(whsec(), "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", base64);
        check(whsec(), "whsec_", short);
        check(whsec(), "whsec_MfKQ9r8GKYqrTwjUPD8=", short);
        check(whsec(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", base64);
        check(whsec(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", base64);
        check(whsec(), "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", base64);

        let rfc = KeyForm::Rfc9421;
        check(rfc.clone(), "base64:MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        check(rfc.clone(), "base64:MfKQ9r8GKYqrTwjUPD8=", short);
        check(rfc.clone(), "base64:not base64 at all", base64);
        check(rfc.clone(), "just sixteen byt", None);
        check(rfc, "just fifteen by", short);

        let hex = |prefix: &'static str| KeyForm::Hex { prefix: prefix.into() };
        let digits = Some("the secret is not hexadecimal digits");
        check(hex(""), "00112233445566778899aabbccddeeff", None);
        check(hex(""), "00112233445566778899AABBCCDDEEFF", None);
        check(hex(""), "00112233445566778899aabbccddee", short);
        check(hex(""), "00112233445566778899aabbccddeef", digits);
        check(hex(""), "0x112233445566778899aabbccddeeff", digits);
        check(hex("hex:"), "hex:00112233445566778899aabbccddeeff", None);
        check(hex("hex:"), "00112233445566778899aabbccddeeff", None);
        check(hex("ab"), "ab00112233445566778899aabbccddeeff", None);
        // `ab` may be digits of the key.
        let lacks = Some("the secret lacks its prefix `ab`");
        check(hex("ab"), "00112233445566778899aabbccddeeff", lacks);
        let text = KeyForm::Text { prefix: "key_".into() };
        check(text.clone(), "key_0123456789abcdef", None);
        check(text.clone(), "key_0123456789abcde", short);
        check(text, "0123456789abcdef", Some("the secret lacks its prefix `key_`"));
    }

    #[test]
    fn what_was_stored_by_mistake() {
        let after = Some("the secret ends with a blank or a line feed: store it without");
        let before = Some("the secret begins with a blank or a byte order mark: store it without");
        let v1 = Some("the secret begins with `v1,`: store what follows");
        let json = Some(
            "the secret is a JSON object: store the value alone as plaintext, or name its member \
             in the record's `secret_field`",
        );
        let quotes = Some("the secret stands in quotes: store it without");
        let name = Some("the secret is its own name: store what the sender signs with");
        for form in [KeyForm::TEXT, whsec(), KeyForm::Rfc9421] {
            let check = |secret: &str, sentence| check(form.clone(), secret, sentence);
            check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", after);
            check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\r\n", after);
            check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ", after);
            check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\u{a0}", after);
            check("\twhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", before);
            check("\u{feff}whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", before);
            check("v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", v1);
            check(r#"{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#, json);
            check(r#"{"a":1,"a":{"b":[null]}}"#, json);
            check(r#""whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw""#, quotes);
            check(NAME, name);
            check("wh_0123456789abcdef", name);
        }
        check(KeyForm::TEXT, r#"{"not JSON, and long enough}"#, None);
        check(KeyForm::TEXT, "two words and a third", None);
        check(KeyForm::TEXT, "0123456789abcdef", None);
    }

    #[test]
    fn a_member_of_a_json_object() {
        fn check(secret: &str, sentence: Option<&str>) {
            let key = reference(whsec(), Some("signing")).key(secret);
            let error = key.err().map(|unusable| unusable.to_string());
            assert_eq!(error.as_deref(), sentence, "{secret}");
        }
        let object = Some("the secret is no JSON object, but the record has a `secret_field`");
        check(r#"{"signing":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","port":1}"#, None);
        check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", object);
        check("", object);
        check(r#"["signing"]"#, object);
        check(
            r#"{"other":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#,
            Some("the secret has no member of the name in `secret_field`"),
        );
        check(
            r#"{"signing":["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}"#,
            Some("the secret's member that `secret_field` names is no string"),
        );
        check(
            r#"{"signing":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"}"#,
            Some("the secret ends with a blank or a line feed: store it without"),
        );
        check(r#"{"signing":""}"#, Some("the secret is empty"));
    }

    #[test]
    fn a_key_is_compared_with_a_text() {
        let check = |secret: &str, presented: &str, is: bool| {
            let key = reference(KeyForm::TEXT, None).key(secret).unwrap();
            assert_eq!(key.is(presented), is, "{presented}");
            assert!(!format!("{key:?}").contains(secret));
        };
        check("the token of the page", "the token of the page", true);
        check("the token of the page", "the token of the pag", false);
        check("the token of the page", "the token of the page ", false);
        check("the token of the page", "", false);
        check(&"a".repeat(100), &"a".repeat(100), true);
        check(&"a".repeat(100), &"a".repeat(99), false);
    }
}
