//! Passwords: which are taken, and how they are kept.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use serde::{Deserialize, Serialize};
use shared::hex;

use super::error::PoolError;
use super::random::Random;

/// The shortest password of the pool's policy, in characters.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// The longest password of Cognito, in characters.
const MAX_PASSWORD_CHARS: usize = 256;
/// Few, so that a pool with its users is up at once: the passwords of a laptop guard nothing.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
/// Cognito's own list, blank included.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

/// Whether the policy takes `password`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>
///
/// # Errors
/// What Cognito's sentence says after "Password did not conform with policy: ".
pub(super) fn check_policy(password: &str) -> Result<(), &'static str> {
    let has = |is: fn(char) -> bool| password.chars().any(is);
    let length = password.chars().count();
    if length < MIN_PASSWORD_CHARS {
        return Err("Password not long enough");
    }
    if length > MAX_PASSWORD_CHARS {
        return Err("Password too long");
    }
    if !has(|c| c.is_ascii_uppercase()) {
        return Err("Password must have uppercase characters");
    }
    if !has(|c| c.is_ascii_lowercase()) {
        return Err("Password must have lowercase characters");
    }
    if !has(|c| c.is_ascii_digit()) {
        return Err("Password must have numeric characters");
    }
    if !has(|c| SYMBOLS.contains(c)) {
        return Err("Password must have symbol characters");
    }
    Ok(())
}

/// A password as PBKDF2 with HMAC-SHA256 and a salt of its own (RFC 8018 §5.2).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct PasswordHash {
    iterations: NonZeroU32,
    salt: String,
    hash: String,
}

impl PasswordHash {
    pub(super) fn new(password: &str, random: &mut Random) -> Result<Self, PoolError> {
        let salt = random.bytes::<16>()?;
        let mut hash = [0; 32];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), &mut hash);
        Ok(Self { iterations: ITERATIONS, salt: hex::encode(&salt), hash: hex::encode(&hash) })
    }

    /// Compares in constant time.
    pub(super) fn matches(&self, password: &str) -> bool {
        let (Some(salt), Some(hash)) = (hex::decode(&self.salt), hex::decode(&self.hash)) else {
            return false;
        };
        let password = password.as_bytes();
        !hash.is_empty()
            && pbkdf2::verify(PBKDF2_HMAC_SHA256, self.iterations, &salt, password, &hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::check_policy;

    #[test]
    fn policy() {
        let check = |password: &str, outcome| assert_eq!(check_policy(password), outcome);
        check("Portcullis1!", Ok(()));
        check("Portcullis 1", Ok(()));
        check("Portcullis1", Err("Password not long enough"));
        check(&format!("Portcullis1!{}", "ä".repeat(244)), Ok(()));
        check(&format!("Portcullis1!{}", "ä".repeat(245)), Err("Password too long"));
        check("portcullis1!", Err("Password must have uppercase characters"));
        check("PORTCULLIS1!", Err("Password must have lowercase characters"));
        check("Portcullis!!", Err("Password must have numeric characters"));
        check("Portcullis12", Err("Password must have symbol characters"));
        check("Portcullis1€", Err("Password must have symbol characters"));
    }
}
