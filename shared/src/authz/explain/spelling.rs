//! The canonical spelling of a path that has another one.

use crate::authz::access_table::AccessTable;

/// The canonical path that most likely was meant: without empty segments, and without encoding what needs
/// none. `None` where nothing tells what a `..` or an encoded slash stands for.
pub(super) fn canonical(path: &str, table: &AccessTable) -> Option<String> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let plain: Vec<String> = segments.map(|segment| decoded(segment, "-_~")).collect();
    let path = format!("/{}", plain.join("/"));
    if table.check_path(&path).is_ok() {
        return Some(path);
    }
    // The two other characters that a literal of a table may have.
    let literal = decoded(&path, ":@");
    table.check_path(&literal).is_ok().then_some(literal)
}

/// `text` with every encoded letter, digit and character of `more` as itself.
fn decoded(text: &str, more: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || more.contains(*c);
        match (byte.map(char::from).filter(is_plain), part.get(2..)) {
            (Some(character), Some(rest)) => {
                plain.push(character);
                plain.push_str(rest);
            }
            _ => {
                plain.push('%');
                plain.push_str(part);
            }
        }
    }
    plain
}
