//! The mistake of giving a token itself as an argument.

use std::ffi::OsString;

use crate::exit::CommandError;

/// A part of this many characters is more than a word with dots around it.
const TELLING_CHARS: usize = 10;

/// The error if one of `arguments` has a token in it. It does not repeat it.
pub(crate) fn whole_token(arguments: &[OsString]) -> Option<CommandError> {
    let has_one = arguments.iter().any(|argument| has_token(&argument.to_string_lossy()));
    has_one.then(|| {
        CommandError::usage(
            "that is a whole token: it is now in your shell's history, so sign out; give it in a file, with \
             `--token FILE`, or on standard input, with `--token -`",
        )
    })
}

/// Whether `text` has a compact JWS in it, or an unsecured one: `ey` is how base64url begins that begins
/// with `{`.
pub(crate) fn has_token(text: &str) -> bool {
    text.match_indices("ey").any(|(start, _)| {
        let mut parts = text.get(start..).unwrap_or_default().split('.');
        let is_part = |part: Option<&str>| part.is_some_and(|part| body(part) >= TELLING_CHARS);
        // The last character before a dot must still be one of base64url.
        let header = parts.next().filter(|header| body(header) == header.len());
        is_part(header) && is_part(parts.next()) && parts.next().is_some()
    })
}

/// How many characters of base64url `part` begins with.
fn body(part: &str) -> usize {
    let is_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    part.bytes().take_while(|byte| is_one(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::whole_token;
    use crate::exit::Exit;

    #[test]
    fn a_whole_token_is_never_repeated() {
        let check = |argument: &str, is_one: bool| {
            let problem = whole_token(&["explain".into(), argument.into()]);
            assert_eq!(problem.is_some(), is_one, "{argument}");
            if let Some(problem) = problem {
                assert_eq!(problem.exit, Exit::Usage);
                assert!(!problem.sentences.concat().contains("eyJ"));
            }
        };
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";
        check(&format!("{token}.c2lnbmF0dXJl"), true);
        check(&format!("{token}."), true);
        check(&format!("authorization:Bearer {token}.c2lnbmF0dXJl"), true);
        check(&format!("key.{token}.c2ln"), true);
        check(token, false);
        check("they.eye.eyes", false);
        check("/api/keys.monkeys.json.gz", false);
        check("", false);
    }
}
