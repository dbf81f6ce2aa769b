//! `Content-Digest` (RFC 9530 §2): what the body must be.
//!
//! RFC 9421 signs no content. It takes two steps to authenticate the body: the signature covers
//! this header, and the digest in it is that of the body that came (RFC 9421 §7.2.8). Without the
//! first, an attacker could replace the body and its digest; without the second, the body alone.
//! The algorithm must resist an attacker, so only `sha-256` and `sha-512` count (RFC 9530 §5).

use sfv::BareItemFromInput;

use super::fields::{self, Member, Value};
use crate::denial::Denial;
use crate::webhook::scheme::read::invalid;
use crate::webhook::signature::ContentDigest;

/// As many as IANA has registered algorithms for digests.
const MAX_DIGESTS: usize = 8;

/// Reads the digests in `text`. Other algorithms are ignored, as RFC 9530 §2 allows.
pub(super) fn read(text: &str) -> Result<ContentDigest, Denial> {
    let mut digest = ContentDigest { sha256: None, sha512: None };
    for member in &fields::dictionary("Content-Digest", text, MAX_DIGESTS)? {
        match member.key.as_str() {
            "sha-256" => digest.sha256 = Some(bytes(member)?),
            "sha-512" => digest.sha512 = Some(bytes(member)?),
            _ => {}
        }
    }
    if digest.sha256.is_none() && digest.sha512.is_none() {
        return Err(invalid("`Content-Digest` has neither `sha-256` nor `sha-512`"));
    }
    Ok(digest)
}

fn bytes<const LENGTH: usize>(member: &Member<'_>) -> Result<[u8; LENGTH], Denial> {
    match &member.value {
        Value::Item(BareItemFromInput::ByteSequence(bytes)) if member.parameters.is_empty() => {
            bytes.as_slice().try_into().ok()
        }
        _ => None,
    }
    .ok_or_else(|| {
        invalid(format!("`{}` is not a byte sequence of its length", member.key.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    // As RFC 9530 and RFC 9421 give them, with and without a line feed at the end.
    const SHA256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA256_PLAIN: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    const SHA512_PLAIN: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+\
        AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

    fn check(text: &str, body: &[u8], outcome: Result<bool, &str>) {
        let digest = read(text).map(|digest| digest.is_of(body));
        let digest = digest.map_err(|denial| format!("{}: {}", denial.code, denial.reason));
        assert_eq!(
            digest.as_ref().map_err(String::as_str),
            outcome.as_ref().map_err(|s| *s),
            "{text}"
        );
    }

    #[test]
    fn every_digest_that_is_known_is_the_bodys() {
        let plain = br#"{"hello": "world"}"#;
        let line = b"{\"hello\": \"world\"}\n";
        check(SHA256, line, Ok(true));
        check(SHA256, plain, Ok(false));
        check(SHA256_PLAIN, plain, Ok(true));
        check(SHA512_PLAIN, plain, Ok(true));
        check(SHA512_PLAIN, b"", Ok(false));
        check(&format!("{SHA256_PLAIN}, {SHA512_PLAIN}"), plain, Ok(true));
        check(&format!("{SHA256}, {SHA512_PLAIN}"), plain, Ok(false));
        check(&format!("{SHA256}, {SHA512_PLAIN}"), line, Ok(false));
        check(&format!("md5=:AAAA:, {SHA256}, crc32c;x=1"), line, Ok(true));
    }

    #[test]
    fn what_is_no_digest() {
        let none = "SIGNATURE_INVALID: `Content-Digest` has neither `sha-256` nor `sha-512`";
        check("", b"", Err(none));
        check("md5=:AAAA:", b"", Err(none));
        let malformed = "SIGNATURE_INVALID: `Content-Digest` is no dictionary of structured fields";
        check("sha-256=:AAAA", b"", Err(malformed));
        check(&SHA256.to_uppercase(), b"", Err(malformed));
        check(&format!("{SHA256},"), b"", Err(malformed));
        check(&format!("{SHA256}; "), b"", Err(malformed));
        check(&format!("{SHA256}\r\n"), b"", Err(malformed));
        check(&format!("{SHA256}, md5=@1"), b"", Err(malformed));
        let length = "SIGNATURE_INVALID: `sha-256` is not a byte sequence of its length";
        check("sha-256=:AAAA:", b"", Err(length));
        check("sha-256=abc", b"", Err(length));
        check("sha-256", b"", Err(length));
        check("sha-256=()", b"", Err(length));
        check(&format!("{SHA256};x"), b"", Err(length));
        check(&SHA512_PLAIN.replace("512", "256"), b"", Err(length));
        let length = "SIGNATURE_INVALID: `sha-512` is not a byte sequence of its length";
        check(&format!("{SHA256}, {}", SHA256.replace("256", "512")), b"", Err(length));
        let twice = "SIGNATURE_INVALID: `Content-Digest` has a member twice";
        check(&format!("{SHA256}, {SHA256}"), b"", Err(twice));
        check(&format!("{SHA256}, md5=1, md5=1"), b"", Err(twice));
        let many = "SIGNATURE_INVALID: `Content-Digest` has more than 8 members";
        check("a, b, c, d, e, f, g, h, i", b"", Err(many));
    }
}
