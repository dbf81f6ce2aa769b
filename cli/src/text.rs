//! Text for a terminal.

/// `text` without anything that a terminal would obey or that would make it look like another text:
/// control characters, marks of direction and characters of no width are written as `\u{…}`.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_unseen(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
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

/// `rows` as lines under `heads`, in columns.
pub(crate) fn table<const COLUMNS: usize>(
    heads: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = line(&heads.map(str::to_owned), widths);
    for row in rows {
        text.push_str(&line(row, widths));
    }
    text
}

fn line<const COLUMNS: usize>(cells: &[String; COLUMNS], widths: [usize; COLUMNS]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let mut line = padded.collect::<Vec<_>>().join("  ");
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// `items` in one line: `a, b`.
pub(crate) fn listed(items: &[String]) -> String {
    items.iter().map(|item| printable(item)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{listed, printable, table};

    #[test]
    fn nothing_that_a_terminal_would_obey() {
        let check = |text: &str, expected: &str| assert_eq!(printable(text), expected);
        check("nightly export ü €", "nightly export ü €");
        check("\u{1b}[2J", "\\u{1b}[2J");
        check("a\r\nb\0\u{9b}1m", "a\\u{d}\\u{a}b\\u{0}\\u{9b}1m");
        check("a\u{202e}b\u{2066}\u{200b}\u{feff}", "a\\u{202e}b\\u{2066}\\u{200b}\\u{feff}");
        assert_eq!(listed(&["a".to_owned(), "\n".to_owned()]), "a, \\u{a}");
    }

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["1", "ünï", "x"]), row(["1234", "", ""])];
        let expected = "ID    NAME  END\n1     ünï   x\n1234\n";
        assert_eq!(table(["ID", "NAME", "END"], &rows), expected);
        assert_eq!(table(["ID"], &[]), "ID\n");
    }
}
