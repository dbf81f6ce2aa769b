//! What a person is asked for. Where there is no terminal, each answer is a line of standard input.

use std::io::{BufRead as _, Read as _};

use shared::secret::Secret;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::exit::CommandError;

/// The longest answer, in bytes.
const MAX_BYTES: u64 = 1024;

/// Asks for `what`, such as `password`, without showing what is typed. It has no blank lines and no default.
///
/// # Errors
/// There is no answer.
pub(crate) fn hidden(what: &str, env: &mut Env<'_>) -> Result<Secret<String>, CommandError> {
    let answer = if env.is_terminal { typed(what, env)? } else { line(what, env)? };
    if answer.expose().is_empty() {
        return Err(CommandError::failed(format!("the {what} is empty")));
    }
    Ok(answer)
}

fn typed(what: &str, env: &Env<'_>) -> Result<Secret<String>, CommandError> {
    let mut question: String = what.chars().take(1).flat_map(char::to_uppercase).collect();
    question.extend(what.chars().skip(1));
    let answer = env.machine.ask_hidden(&format!("{question}: ")).map_err(|error| {
        CommandError::failed(format!("the {what} cannot be asked for on the terminal: {error}"))
    })?;
    answer.ok_or_else(|| CommandError::failed(format!("no {what} was entered")))
}

fn line(what: &str, env: &mut Env<'_>) -> Result<Secret<String>, CommandError> {
    let mut line = Zeroizing::new(String::new());
    let read = env.input.take(MAX_BYTES + 1).read_line(&mut line).map_err(|error| {
        CommandError::failed(format!("the {what} cannot be read from standard input: {error}"))
    })?;
    if read == 0 {
        return Err(CommandError::usage(format!(
            "there is no terminal to ask for the {what} on, and no further line on standard input"
        )));
    }
    if u64::try_from(read).is_ok_and(|read| read > MAX_BYTES) {
        return Err(CommandError::failed(format!("the {what} is longer than {MAX_BYTES} bytes")));
    }
    Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Asks `question` on the terminal, and shows what is typed.
///
/// # Errors
/// The terminal cannot be read.
pub(crate) fn shown(question: &str, env: &mut Env<'_>) -> Result<String, CommandError> {
    let unread = |error| CommandError::failed(format!("the terminal cannot be read: {error}"));
    write!(env.err, "{question}").and_then(|()| env.err.flush()).map_err(unread)?;
    let mut answer = String::new();
    env.input.take(MAX_BYTES).read_line(&mut answer).map_err(unread)?;
    Ok(answer.trim().to_owned())
}

/// Asks for a `what` that is to be set: at a terminal twice, until both are the same.
///
/// # Errors
/// There is no answer, or the two differed too often.
pub(crate) fn hidden_twice(what: &str, env: &mut Env<'_>) -> Result<Secret<String>, CommandError> {
    for _ in 0..TRIES {
        let first = hidden(what, env)?;
        if !env.is_terminal || hidden(&format!("{what} again"), env)? == first {
            return Ok(first);
        }
        env.say("The two are not the same.");
    }
    Err(CommandError::failed(format!("no {what} was entered twice")))
}

/// How often somebody at a terminal is asked for the same.
pub(crate) const TRIES: usize = 3;
