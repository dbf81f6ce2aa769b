//! A password that nobody has chosen.

use shared::secret::Secret;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::exit::CommandError;

/// Without those that are mistaken for each other, and with signs that Cognito counts and no shell needs
/// quotes for.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"+-.=@_%"];
/// 119 bits.
const CHARS: usize = 20;
/// Of random bytes all but a few in a hundred become a character, and of passwords four in five have every class.
const MAX_BYTES: usize = 64 * CHARS;

/// A password with characters of all four classes, each password as likely as any other.
///
/// # Errors
/// The random source has failed.
pub(super) fn generate(env: &Env<'_>) -> Result<Secret<String>, CommandError> {
    let mut bytes = Zeroizing::new([0; MAX_BYTES]);
    (env.random)(bytes.as_mut())?;
    let password = of_bytes(bytes.as_ref());
    password.map(Secret::new).ok_or_else(|| {
        CommandError::failed("the random source of this machine gives no password: try again")
    })
}

/// The first password in `bytes` that has all classes.
fn of_bytes(bytes: &[u8]) -> Option<String> {
    let alphabet = CLASSES.concat();
    // What would make the first characters likelier than the last is dropped.
    let taken = 256 / alphabet.len() * alphabet.len();
    let usable = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < taken);
    let chars: Zeroizing<Vec<u8>> = Zeroizing::new(
        usable.filter_map(|byte| alphabet.get(byte % alphabet.len()).copied()).collect(),
    );
    let has_all = |candidate: &&[u8]| {
        CLASSES.iter().all(|class| candidate.iter().any(|char| class.contains(char)))
    };
    let password = chars.chunks_exact(CHARS).find(has_all)?;
    String::from_utf8(password.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::{CHARS, CLASSES, of_bytes};

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<&str>) {
        assert_eq!(of_bytes(bytes).as_deref(), expected);
    }

    #[test]
    fn all_four_classes() {
        // One character of each, and the rest of the first.
        let mut bytes = vec![0; CHARS - 3];
        bytes.extend([24, 48, 56]);
        check(&bytes, Some("aaaaaaaaaaaaaaaaaA2+"));
        // The first twenty lack a class: the next twenty count.
        let both = [vec![0; CHARS], bytes.clone()].concat();
        check(&both, Some("aaaaaaaaaaaaaaaaaA2+"));
        // What would favor some characters is no character.
        let with = [vec![252, 253, 254, 255], bytes].concat();
        check(&with, Some("aaaaaaaaaaaaaaaaaA2+"));
    }

    #[test]
    fn a_source_that_repeats_itself_gives_none() {
        check(&[7; 64 * CHARS], None);
        check(&[255; 64 * CHARS], None);
        check(&[], None);
    }

    #[test]
    fn every_character_is_as_likely() {
        let bytes: Vec<u8> = (0..=251).collect();
        let alphabet = CLASSES.concat();
        let count =
            |char: &u8| bytes.iter().filter(|b| alphabet[usize::from(**b) % 63] == *char).count();
        assert_eq!(alphabet.len(), 63);
        assert!(alphabet.iter().all(|char| count(char) == 4));
    }
}
