//! Text from outside, as a line of the log or a terminal may show it.

/// `text` without anything that a terminal would obey or that would make it look like another text:
/// control characters, marks of direction and characters of no width are written as `\u{…}`.
#[must_use]
pub fn printable(text: &str) -> String {
    printable_within(text, usize::MAX)
}

/// As [`printable`], and no longer than `max` bytes: the beginning, and `…` for what was left out.
#[must_use]
pub fn printable_within(text: &str, max: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max));
    for c in text.chars() {
        let before = shown.len();
        if c.is_control() || is_unseen(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        if shown.len() > max {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_within};

    #[test]
    fn nothing_that_a_terminal_would_obey() {
        let check = |text: &str, expected: &str| assert_eq!(printable(text), expected);
        check("nightly export ü €", "nightly export ü €");
        check("\u{1b}[2J", "\\u{1b}[2J");
        check("a\r\nb\0\u{9b}1m", "a\\u{d}\\u{a}b\\u{0}\\u{9b}1m");
        check("a\u{202e}b\u{2066}\u{200b}\u{feff}", "a\\u{202e}b\\u{2066}\\u{200b}\\u{feff}");
    }

    #[test]
    fn no_more_than_fits_and_nothing_in_parts() {
        let check = |text: &str, max: usize, expected: &str| {
            assert_eq!(printable_within(text, max), expected, "{text:?} {max}");
        };
        check("", 0, "");
        check("abc", 3, "abc");
        check("abcd", 3, "abc…");
        check("abc", 0, "…");
        check("aü", 3, "aü");
        check("aü", 2, "a…");
        check("a\n", 6, "a\\u{a}");
        check("a\nb", 6, "a\\u{a}…");
        check("a\n", 5, "a…");
    }
}
