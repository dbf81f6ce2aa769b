//! A key's id as an argument, and the mistake of giving the key itself.

use std::ffi::OsString;

use shared::credential::api_key::{BODY_CHARS, ID_CHARS, KeyId, PREFIX};

use crate::exit::Problem;

/// So much of a body is more than its id. A key that lost its end on the way is one all the same.
const TELLING_CHARS: usize = 32;

/// Takes an argument that must be a key's id. It is not repeated in the error: it may be a key of
/// another shape.
pub(super) fn parse(text: &str) -> Result<KeyId, Problem> {
    KeyId::parse(text).ok_or_else(|| {
        Problem::usage("that is no key id: it has 16 letters and digits, as `key list` shows it")
    })
}

/// What to say if one of `arguments` has a whole key in it.
pub(crate) fn whole_key(arguments: &[OsString]) -> Option<Problem> {
    arguments.iter().find_map(|argument| in_text(&argument.to_string_lossy()))
}

fn in_text(text: &str) -> Option<Problem> {
    let body = text.match_indices(PREFIX).find_map(|(start, _)| body(text.get(start..)?))?;
    let sentence =
        "that is a whole key, not its id: it is now in your shell's history, so revoke it";
    let id = body.get(..ID_CHARS).filter(|_| body.len() == BODY_CHARS);
    Some(Problem::usage(match id {
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
        // Too long or too short: what stands where the id should may be of the secret.
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
