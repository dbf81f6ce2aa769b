//! Proof Key for Code Exchange (RFC 7636), with SHA-256 alone: `plain` protects nothing that
//! somebody has seen (RFC 9700 §2.1.1).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A `code_challenge`: SHA-256 of the verifier.
pub(super) struct CodeChallenge(Vec<u8>);

impl CodeChallenge {
    /// `None` unless `text` is 32 bytes in base64url without padding (§4.2).
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then_some(Self(bytes))
    }

    /// Whether `verifier` is of the form of §4.1 and the challenge was made of it (§4.6).
    pub(super) fn is_of(&self, verifier: &str) -> bool {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_verifier = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        let own = digest(&SHA256, verifier.as_bytes());
        is_verifier && verify_slices_are_equal(own.as_ref(), &self.0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::CodeChallenge;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_rfc() {
        let challenge = CodeChallenge::read("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(challenge.is_of(verifier));
        assert!(!challenge.is_of(&verifier.replace('d', "e")));
        assert!(!challenge.is_of(""));
    }

    #[test]
    fn forms() {
        for (verifier, is_one) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            ("a".repeat(42) + "+", false),
            ("a".repeat(42) + "ä", false),
        ] {
            let own = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
            let challenge = CodeChallenge(own.as_ref().to_vec());
            assert_eq!(challenge.is_of(&verifier), is_one, "{verifier}");
        }
        for text in ["", "abc", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "ä"] {
            assert!(CodeChallenge::read(text).is_none(), "{text}");
        }
    }
}
