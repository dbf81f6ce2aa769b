//! A request as a command for a shell.

use std::path::Path;

use crate::exit::CommandError;

/// The command `curl` that sends `body`, which stands in `file` if one is named.
///
/// # Errors
/// The body is no text, and no file is named.
pub(super) fn line(
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    file: Option<&Path>,
) -> Result<String, CommandError> {
    let data = match (file, str::from_utf8(body)) {
        (Some(file), _) => format!("@{}", file.to_string_lossy()),
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => return Err(CommandError::failed("the body is no text")),
    };
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!(" --header {}", quoted(&format!("{name}: {value}"))))
        .collect();
    Ok(format!("curl {}{headers} --data-binary {}\n", quoted(url), quoted(&data)))
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::line;

    #[test]
    fn words_of_a_shell() {
        let headers = [("A".to_owned(), "it's".to_owned())];
        let check = |body: &[u8], file: Option<&str>, expected: Option<&str>| {
            let line = line("https://a", &headers, body, file.map(Path::new)).ok();
            assert_eq!(line.as_deref(), expected);
        };
        check(b"$x", None, Some("curl 'https://a' --header 'A: it'\\''s' --data-binary '$x'\n"));
        let of_file = "curl 'https://a' --header 'A: it'\\''s' --data-binary '@b.bin'\n";
        check(&[255], Some("b.bin"), Some(of_file));
        check(&[255], None, None);
    }
}
