//! The keys that verify tokens: a JWK set (RFC 7517), read from bytes that are not trusted.
//!
//! A set that an issuer could publish only by mistake, or an attacker on purpose, is refused as a
//! whole. A private member (RFC 7517 §9.2) means that others can sign with that key. A `kid` that
//! occurs twice, which §4.5 advises against, would let the order in the set choose the key. A key
//! without `kid` cannot be named by any token. A key that is merely not for this function, because
//! its type, its use or its size is another, is passed over (§5).

mod admit;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use JwksError::NotASet;
use admit::private_member;
pub use admit::{JwkError, VerifyingKey};

use crate::authn::json::{Json, Object};
use crate::time::Timestamp;

/// The longest JWK set that is read, in bytes.
pub const MAX_SET_BYTES: usize = 64 * 1024;
/// The most keys a set may hold, those that are passed over included.
pub const MAX_KEYS: usize = 32;
/// The longest `kid`, in bytes.
pub const MAX_KID_BYTES: usize = 256;
/// The longest seed file, in bytes.
pub const MAX_SEED_BYTES: usize = 1024 * 1024;

/// The RS256 keys of one issuer by `kid`: at least one, at most [`MAX_KEYS`], each parsed once.
pub struct Jwks {
    keys: BTreeMap<Box<str>, Arc<VerifyingKey>>,
    /// The bytes the set was read from; empty when it was part of a seed file.
    source: Box<[u8]>,
    /// Of a seed, where it says so.
    fetched_at: Option<Timestamp>,
}

impl Jwks {
    /// The key named `kid`.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&Arc<VerifyingKey>> {
        self.keys.get(kid)
    }

    /// How many keys the set has, without those that were passed over.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// When a seed was fetched; `None` if it does not say so, and for a set that was fetched just now.
    #[must_use]
    pub const fn fetched_at(&self) -> Option<Timestamp> {
        self.fetched_at
    }

    /// Whether the set was read from exactly `bytes`, so that parsing them again is needless.
    #[must_use]
    pub fn is_from(&self, bytes: &[u8]) -> bool {
        *self.source == *bytes
    }
}

/// Shows how many keys there are, and neither their names nor their values.
impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks").field("count", &self.count()).finish_non_exhaustive()
    }
}

/// Reads a JWK set of at most [`MAX_SET_BYTES`] and [`MAX_KEYS`].
///
/// # Errors
/// [`JwksError`]. It never panics, and its work is in proportion to the length of `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Jwks, JwksError> {
    let set = read_object(bytes, MAX_SET_BYTES)?;
    Ok(Jwks { keys: read_set(&set)?, source: bytes.into(), fetched_at: None })
}

/// What a seed file holds.
#[derive(Debug)]
pub enum JwksSeed {
    /// One JWK set, for the only configured issuer.
    One(Jwks),
    /// A JWK set for each issuer, by the issuer's URL.
    ByIssuer(BTreeMap<String, Jwks>),
}

/// Reads a seed file of at most [`MAX_SEED_BYTES`]: one JWK set, or an object from issuer to JWK
/// set. A set may say when it was fetched, as `fetched_at` beside its `keys`: in seconds since
/// 1970-01-01T00:00:00Z.
///
/// # Errors
/// As [`parse`], with the name of the issuer whose set is at fault.
pub fn parse_seed(bytes: &[u8]) -> Result<JwksSeed, JwksError> {
    let seed = read_object(bytes, MAX_SEED_BYTES)?;
    if seed.member("keys").is_some() || seed.members().next().is_none() {
        let set = Jwks { source: bytes.into(), ..read_seed(&seed)? };
        return Ok(JwksSeed::One(set));
    }
    let sets = seed.members().map(|(issuer, set)| {
        let set = if let Json::Object(set) = set { read_seed(set) } else { Err(NotASet) };
        match set {
            Ok(set) => Ok((issuer.to_owned(), set)),
            Err(error) => Err(JwksError::Issuer(Quoted::new(issuer), Box::new(error))),
        }
    });
    Ok(JwksSeed::ByIssuer(sets.collect::<Result<_, _>>()?))
}

fn read_seed(set: &Object<'_>) -> Result<Jwks, JwksError> {
    let fetched_at = match set.member("fetched_at") {
        None => None,
        Some(Json::Number(seconds)) => {
            Some(Timestamp::from_unix_seconds(*seconds).ok_or(JwksError::FetchedAt)?)
        }
        Some(_) => return Err(JwksError::FetchedAt),
    };
    Ok(Jwks { keys: read_set(set)?, source: Box::default(), fetched_at })
}

type Keys = BTreeMap<Box<str>, Arc<VerifyingKey>>;

fn read_object(bytes: &[u8], max: usize) -> Result<Object<'_>, JwksError> {
    if bytes.len() > max {
        return Err(JwksError::TooLong(max));
    }
    Object::read(bytes).ok_or_else(|| {
        let markup = bytes.trim_ascii_start().starts_with(b"<");
        if markup { JwksError::Markup } else { JwksError::NotJson }
    })
}

fn read_set(set: &Object<'_>) -> Result<Keys, JwksError> {
    let Some(Json::Array(entries)) = set.member("keys") else { return Err(NotASet) };
    if entries.len() > MAX_KEYS {
        return Err(JwksError::TooManyKeys);
    }
    let mut keys = Keys::new();
    let mut kids = Vec::with_capacity(entries.len());
    let mut first_unfit = None;
    for (index, entry) in entries.iter().enumerate() {
        let Json::Object(jwk) = entry else { return Err(NotASet) };
        if let Some(member) = private_member(jwk) {
            return Err(JwksError::PrivateMember(index, member));
        }
        let kid = match jwk.member("kid") {
            Some(Json::String(kid)) if (1..=MAX_KID_BYTES).contains(&kid.len()) => kid.as_ref(),
            _ => return Err(JwksError::Kid(index)),
        };
        if kids.contains(&kid) {
            return Err(JwksError::DuplicateKid(index));
        }
        kids.push(kid);
        match VerifyingKey::admit(jwk) {
            Ok(key) => {
                keys.insert(kid.into(), Arc::new(key));
            }
            Err(unfit) => {
                first_unfit.get_or_insert((index, unfit));
            }
        }
    }
    if keys.is_empty() { Err(JwksError::NoKey(first_unfit)) } else { Ok(keys) }
}

/// Why a JWK set is refused. Keys are named by their index in the set, counted from 0, because a
/// `kid` is text from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksError {
    /// More bytes than this many.
    TooLong(usize),
    /// Starts as HTML or XML does.
    Markup,
    /// Not one JSON object in UTF-8, nested too deep, or with a member name twice at any level.
    NotJson,
    /// Not an object with an array `keys` of objects.
    NotASet,
    /// More than [`MAX_KEYS`].
    TooManyKeys,
    /// The key at this index has this private member.
    PrivateMember(usize, &'static str),
    /// The key at this index has no `kid`, or one that is not a string of 1 to [`MAX_KID_BYTES`].
    Kid(usize),
    /// The key at this index has the `kid` of one before it.
    DuplicateKid(usize),
    /// No key can be used. The first key of the set, if it has any, and why.
    NoKey(Option<(usize, JwkError)>),
    /// The member `fetched_at` of a seed is no time.
    FetchedAt,
    /// The set of this issuer in a seed file is at fault.
    Issuer(Quoted, Box<JwksError>),
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(max) => write!(f, "more than {max} bytes"),
            Self::Markup => f.write_str("an HTML or XML page, not a JWK set"),
            Self::NotJson => f.write_str("not a JSON object that names each member once"),
            Self::NotASet => f.write_str("not an object with an array `keys` of objects"),
            Self::TooManyKeys => write!(f, "more than {MAX_KEYS} keys"),
            Self::PrivateMember(key, member) => {
                write!(f, "key {key} has the private member `{member}`")
            }
            Self::Kid(key) => write!(f, "key {key} has no `kid` of 1 to {MAX_KID_BYTES} bytes"),
            Self::DuplicateKid(key) => write!(f, "key {key} has the `kid` of an earlier key"),
            Self::FetchedAt => f.write_str("`fetched_at` is not a number of seconds since 1970"),
            Self::NoKey(None) => f.write_str("no keys"),
            Self::NoKey(Some((key, unfit))) => write!(f, "no usable key: key {key} {unfit}"),
            Self::Issuer(issuer, error) => write!(f, "issuer {issuer}: {error}"),
        }
    }
}

impl std::error::Error for JwksError {}

/// Text from outside as a log may show it: in backticks, escaped, at most 128 characters of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted(Box<str>);

impl Quoted {
    const MAX_CHARS: usize = 128;

    fn new(text: &str) -> Self {
        let shown = text.chars().take(Self::MAX_CHARS);
        Self(shown.flat_map(char::escape_default).collect::<String>().into())
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
