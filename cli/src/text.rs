//! Text for a terminal.

use runtime::printable;
use serde::Serialize;

use crate::exit::CommandError;

/// `rows` as lines under `heads`, in columns.
pub(crate) fn table<const COLUMNS: usize>(
    heads: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    columns(&heads.map(str::to_owned), rows)
}

/// The same, for as many columns as `heads` has.
pub(crate) fn columns<R: AsRef<[String]>>(heads: &[String], rows: &[R]) -> String {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = line(heads, &widths);
    for row in rows {
        text.push_str(&line(row.as_ref(), &widths));
    }
    text
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let mut line = padded.collect::<Vec<_>>().join("  ");
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// `text` with each line cut to so many `columns`; what is cut ends with `…`.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    let cut_line = |line: &str| match line.char_indices().nth(columns) {
        Some(_) => line.chars().take(columns.saturating_sub(1)).chain(['…']).collect(),
        None => line.to_owned(),
    };
    text.lines().map(|line| cut_line(line) + "\n").collect()
}

/// `value` as JSON for people and programs: indented, with a line feed at its end.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| CommandError::failed(format!("no JSON: {error}")))?;
    Ok(text + "\n")
}

/// `items` in one line: `a, b`.
pub(crate) fn listed(items: &[String]) -> String {
    items.iter().map(|item| printable(item)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{cut, listed, table};

    #[test]
    fn items_in_one_line() {
        let items = ["a", "\n"].map(str::to_owned);
        assert_eq!(listed(&items), "a, \\u{a}");
        assert_eq!(listed(&[]), "");
    }

    #[test]
    fn lines_are_cut() {
        let check = |columns: usize, expected: &str| {
            assert_eq!(cut("ID  NAME\n1   ünïq\n", columns), expected, "{columns}");
        };
        check(80, "ID  NAME\n1   ünïq\n");
        check(8, "ID  NAME\n1   ünïq\n");
        check(6, "ID  N…\n1   ü…\n");
        check(1, "…\n…\n");
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
