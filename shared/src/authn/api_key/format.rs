//! The shape of a key: `sfk_<env>_<key id><secret><checksum>`.
//!
//! The id is public and finds the row. The checksum protects nothing: with it a secret scanner or
//! this function can tell a key from junk without a lookup.

use std::fmt;

use zeroize::Zeroizing;

use crate::ids::ApiKeyId;
use crate::sha256::sha256;

/// A regular expression for secret scanners. Every key matches it and little else does; the
/// checksum confirms a find.
pub const PATTERN: &str = "sfk_[a-z0-9]{1,16}_[0-9A-Za-z]{65}";

/// What every key begins with.
pub const PREFIX: &str = "sfk_";

/// The characters after `sfk_<env>_`.
pub const BODY_CHARS: usize = ApiKeyId::CHARS + SECRET_CHARS + CHECKSUM_CHARS;
/// 43 characters, each one of 62, are 256 bits.
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const BASE: u8 = 62;
const ALPHABET: &[u8; BASE as usize] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Which deployment a key is for, such as `prod`: 1 to 16 of `a–z 0–9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyEnvironment(Box<str>);

impl ApiKeyEnvironment {
    /// The environment `text`; `None` if it breaks this rule.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let shaped = (1..=16).contains(&text.len()) && text.bytes().all(plain);
        shaped.then(|| Self(text.into()))
    }

    /// The environment as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKeyEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ApiKeyId {
    /// A new id. `random` fills a buffer from a cryptographically secure source.
    ///
    /// # Errors
    /// Those of `random`.
    pub fn generate<E>(random: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        Ok(Self::new(&characters::<{ Self::CHARS }, E>(random)?))
    }
}

/// A new key, to be shown once and never stored.
pub struct NewApiKey {
    /// Its public part.
    pub id: ApiKeyId,
    /// The whole key.
    pub value: Zeroizing<String>,
    /// What is stored of it: SHA-256 of the secret part.
    pub hash: [u8; 32],
}

impl NewApiKey {
    /// A key for `environment`. `random` fills a buffer from a cryptographically secure source.
    ///
    /// # Errors
    /// Those of `random`.
    pub fn generate<E>(
        environment: &ApiKeyEnvironment,
        mut random: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let id = ApiKeyId::generate(&mut random)?;
        let secret = characters::<SECRET_CHARS, E>(random)?;
        // Long enough for any key: a buffer that grows leaves a copy of the secret in memory.
        let mut value = Zeroizing::new(String::with_capacity(128));
        for part in [PREFIX, &environment.0, "_", id.as_str(), &secret] {
            value.push_str(part);
        }
        let checksum = checksum(&value);
        value.push_str(&checksum);
        Ok(Self { id, hash: sha256(secret.as_bytes()), value })
    }
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A key of this shape, taken apart.
pub(super) struct Parts<'k> {
    pub(super) id: ApiKeyId,
    pub(super) secret: &'k str,
}

/// Takes `value` apart, or says in a sentence what is wrong with it. Its length is checked before
/// its characters, so a long value takes no longer than a key.
pub(super) fn take_apart<'k>(
    value: &'k str,
    environment: &ApiKeyEnvironment,
) -> Result<Parts<'k>, &'static str> {
    let rest = value.strip_prefix(PREFIX).ok_or("the key does not begin with `sfk_`")?;
    let rest = rest.strip_prefix(&*environment.0).and_then(|rest| rest.strip_prefix('_'));
    let rest = rest.ok_or("the key is of another environment")?;
    if rest.len() != BODY_CHARS {
        return Err("the key is not 65 characters after its environment");
    }
    if !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err("the key has a character that is neither letter nor digit");
    }
    let wrong = "the key's checksum is wrong";
    let (body, sum) = value.split_at_checked(value.len() - CHECKSUM_CHARS).ok_or(wrong)?;
    if checksum(body) != sum {
        return Err(wrong);
    }
    let (id, rest) = rest.split_at_checked(ApiKeyId::CHARS).ok_or(wrong)?;
    let (secret, _) = rest.split_at_checked(SECRET_CHARS).ok_or(wrong)?;
    Ok(Parts { id: ApiKeyId::new(id), secret })
}

/// CRC-32 (ISO-HDLC, as in gzip and PNG) of `body`, as six digits to the base 62.
fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = character((rest % u32::from(BASE)).to_le_bytes()[0]);
        rest /= u32::from(BASE);
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// `COUNT` random characters, each as likely as any other: bytes from 248 on, which would make the
/// first eight characters likelier, are dropped.
fn characters<const COUNT: usize, E>(
    mut random: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<String>, E> {
    const FAIR: u8 = u8::MAX - u8::MAX % BASE;
    let mut text = Zeroizing::new(String::with_capacity(COUNT));
    let mut bytes = Zeroizing::new([0; COUNT]);
    while text.len() < COUNT {
        random(&mut bytes[..])?;
        let missing = COUNT - text.len();
        let fair = bytes.iter().filter(|byte| **byte < FAIR).take(missing);
        text.extend(fair.map(|byte| char::from(character(byte % BASE))));
    }
    Ok(text)
}

fn character(digit: u8) -> u8 {
    ALPHABET.get(usize::from(digit)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use regex_automata::Input;
    use regex_automata::dfa::Automaton as _;
    use regex_automata::dfa::dense::DFA;

    use super::{checksum, take_apart};
    use crate::authn::api_key::{ApiKeyEnvironment, NewApiKey, PATTERN};

    fn environment(text: &str) -> ApiKeyEnvironment {
        ApiKeyEnvironment::parse(text).unwrap()
    }

    /// Bytes that count up, which is no randomness at all.
    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
        let mut next = 200_u8;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
            Ok(())
        }
    }

    fn key(environment_name: &str) -> NewApiKey {
        NewApiKey::generate(&environment(environment_name), counting()).unwrap()
    }

    #[test]
    fn a_new_key_has_the_published_shape_and_is_taken_apart_again() {
        for name in ["p", "prod", "0123456789abcdef"] {
            let key = key(name);
            let parts = take_apart(&key.value, &environment(name)).ok().unwrap();
            assert_eq!(parts.id, key.id);
            assert_eq!(super::sha256(parts.secret.as_bytes()), key.hash);
            let pattern = DFA::new(&format!("^(?:{PATTERN})$")).unwrap();
            let found = pattern.try_search_fwd(&Input::new(&**key.value)).unwrap();
            assert!(found.is_some(), "{name}");
        }
    }

    #[test]
    fn no_character_is_likelier_than_another() {
        // 248 to 255 would make the first eight digits likelier.
        let key = key("prod");
        assert_eq!(key.id.as_str(), "EFGHIJKLMNOPQRST");
        assert!(key.value.starts_with("sfk_prod_EFGHIJKLMNOPQRST"), "{}", *key.value);
        assert!(!format!("{key:?}").contains("UVW"), "{key:?}");
    }

    /// The check value of CRC-32/ISO-HDLC is `cbf43926` for `123456789`: 3421780262 to the base 62.
    #[test]
    fn the_checksum_is_the_crc_of_gzip() {
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn keys() {
        let good = key("prod").value.to_string();
        let check = |value: &str, problem: &str| {
            let taken = take_apart(value, &environment("prod"));
            assert_eq!(taken.err().unwrap_or_default(), problem, "{value}");
        };
        let (head, tail) = good.split_at(20);
        check(&good, "");
        check("", "the key does not begin with `sfk_`");
        check(&good.replace("sfk_", "skf_"), "the key does not begin with `sfk_`");
        check(&good.replace("sfk_", "SFK_"), "the key does not begin with `sfk_`");
        check(&format!(" {good}"), "the key does not begin with `sfk_`");
        check("sfk_", "the key is of another environment");
        check("sfk_prod", "the key is of another environment");
        check(&key("dev").value, "the key is of another environment");
        check(&key("prod2").value, "the key is of another environment");
        check(&good.replace("prod", "PROD"), "the key is of another environment");
        let length = "the key is not 65 characters after its environment";
        check("sfk_prod_", length);
        check(good.split_at(good.len() - 1).0, length);
        check(&format!("{good}0"), length);
        check(&format!("{good},{good}"), length);
        check(&format!("sfk_prod_{}", "A".repeat(1 << 20)), length);
        let character = "the key has a character that is neither letter nor digit";
        for bad in ["'", "\0", "\n", " ", "%", "_", "é"] {
            let tail = tail.split_at(bad.len()).1;
            check(&format!("{head}{bad}{tail}"), character);
        }
        check(&format!("sfk_prod_{:A<65}", "';DROP TABLE api_keys;--"), character);
        let sum = "the key's checksum is wrong";
        check(&format!("{}000000", good.split_at(good.len() - 6).0), sum);
        check(&good.replace("EFGH", "EFHG"), sum);
        check(&good.to_ascii_uppercase().replace("SFK_PROD", "sfk_prod"), sum);
    }

    #[test]
    fn names() {
        let check = |text: &str, taken: bool| {
            assert_eq!(ApiKeyEnvironment::parse(text).is_some(), taken, "{text}");
        };
        check("prod", true);
        check("0", true);
        check("", false);
        check("Prod", false);
        check("pro_d", false);
        check("0123456789abcdefg", false);
    }
}
