//! A key's id as an argument, and the mistake of giving the key itself.

use std::ffi::OsString;

use shared::authn::api_key::{BODY_CHARS, PREFIX};
use shared::ids::ApiKeyId;

use crate::exit::CommandError;

/// A body of this many characters is more than an id. It counts as a key even if its end is
/// missing.
const TELLING_CHARS: usize = 32;

/// Parses an argument that must be a key's id. The error does not repeat it, because it may be a
/// key of another format.
pub(super) fn parse(text: &str) -> Result<ApiKeyId, CommandError> {
    ApiKeyId::parse(text).ok_or_else(|| {
        CommandError::usage(
            "that is no key id: it has 16 letters and digits, as `key list` shows it",
        )
    })
}

/// The error if one of `arguments` has a whole key in it.
pub(crate) fn whole_key(arguments: &[OsString]) -> Option<CommandError> {
    arguments.iter().find_map(|argument| in_text(&argument.to_string_lossy()))
}

/// Whether `text` has a whole key in it.
pub(crate) fn has_key(text: &str) -> bool {
    in_text(text).is_some()
}

fn in_text(text: &str) -> Option<CommandError> {
    let body = text.match_indices(PREFIX).find_map(|(start, _)| body(text.get(start..)?))?;
    let sentence =
        "that is a whole key, not its id: it is now in your shell's history, so revoke it";
    let id = body.get(..ApiKeyId::CHARS).filter(|_| body.len() == BODY_CHARS);
    Some(CommandError::usage(match id {
        Some(id) => format!("{sentence}: `portcullis key revoke {id}`"),
        None => sentence.to_owned(),
    }))
}

/// What follows the environment, if it is more than an id.
fn body(key: &str) -> Option<&str> {
    let (environment, rest) = key.strip_prefix(PREFIX)?.split_once('_')?;
    let is_environment = environment.bytes().all(|b| b.is_ascii_alphanumeric());
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    rest.get(..end).filter(|body| is_environment && body.len() >= TELLING_CHARS)
}

#[cfg(test)]
mod tests {
    use super::{parse, whole_key};
    use crate::exit::Exit;

    #[test]
    fn a_whole_key_is_never_repeated() {
        let check = |argument: &str, expected: Option<&str>| {
            let problem = whole_key(&["key".into(), "revoke".into(), argument.into()]);
            let problem = problem.map(|problem| (problem.exit, problem.sentences.concat()));
            let sentence = |rest: &&str| {
                let sentence = "that is a whole key, not its id: it is now in your shell's \
                                history, so revoke it";
                (Exit::Usage, format!("{sentence}{rest}"))
            };
            assert_eq!(problem, expected.as_ref().map(sentence), "{argument}");
        };
        let body = format!("EFGHIJKLMNOPQRST{}", "u".repeat(49));
        let with_id = Some(": `portcullis key revoke EFGHIJKLMNOPQRST`");
        check(&format!("sfk_prod_{body}"), with_id);
        check(&format!("--name=old sfk_prod_{body}, sfk_"), with_id);
        check(&format!("sfk_sfk_prod_{body}"), with_id);
        // Too long or too short: what is in the place of the id may be of the secret.
        check(&format!("sfk_prod_{body}0"), Some(""));
        check(&format!("sfk_prod_{}", body.get(..60).unwrap()), Some(""));
        check("EFGHIJKLMNOPQRST", None);
        check("sfk_prod_EFGHIJKLMNOPQRST", None);
        check("sfk_", None);
        check("sfk_prod", None);
        check("", None);
    }

    #[test]
    fn ids() {
        assert_eq!(parse("EFGHIJKLMNOPQRST").unwrap().as_str(), "EFGHIJKLMNOPQRST");
        for bad in ["", "EFGHIJKLMNOPQRS", "EFGHIJKLMNOPQRSTU", "EFGHIJKLMNOPQRS-"] {
            let problem = parse(bad).unwrap_err();
            assert_eq!(problem.exit, Exit::Usage);
            assert_eq!(
                problem.sentences,
                ["that is no key id: it has 16 letters and digits, as `key list` shows it"]
            );
        }
    }
}
