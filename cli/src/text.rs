//! Text for a terminal.

use runtime::printable;

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
    use super::{listed, table};

    #[test]
    fn items_in_one_line() {
        let items = ["a", "\n"].map(str::to_owned);
        assert_eq!(listed(&items), "a, \\u{a}");
        assert_eq!(listed(&[]), "");
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
