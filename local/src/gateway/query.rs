//! Query strings.

use percent_encoding::percent_decode;

use super::trace::Note;

/// The parameters of `query` in order, decoded. What is not known of it is noted.
pub(super) fn parameters(query: &str, notes: &mut Vec<Note>) -> Vec<(String, String)> {
    if query.contains('+') {
        notes.push(Note::assumed("a `+` in the query string is read as a blank"));
    }
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs: Vec<_> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    if pairs.iter().any(|(name, value)| [name, value].iter().any(|text| text.contains('\u{fffd}')))
    {
        notes.push(Note::assumed("what is not UTF-8 in the query string is replaced by U+FFFD"));
    }
    pairs
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn parameters_in_order() {
        let check = |query: &str, expected: &[(&str, &str)], notes: usize| {
            let mut noted = Vec::new();
            let pairs = parameters(query, &mut noted);
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!((pairs.as_slice(), noted.len()), (expected, notes), "{query}");
        };
        check("", &[], 0);
        check("&&", &[], 0);
        check("a=1&b=2&a=3", &[("a", "1"), ("b", "2"), ("a", "3")], 0);
        check("a", &[("a", "")], 0);
        check("a=b=c", &[("a", "b=c")], 0);
        check("a%3D=%26%20", &[("a=", "& ")], 0);
        check("a=1+2", &[("a", "1 2")], 1);
        check("a=%ff", &[("a", "\u{fffd}")], 1);
    }
}
