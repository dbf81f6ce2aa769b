//! The templates of gateway responses: variables and nothing else, as they are no VTL.

use crate::gateway::trace::Note;

/// Puts the values of `$context` variables into `template`, as they are: nothing is escaped, as API Gateway
/// escapes nothing.
pub(super) fn render(
    template: &str,
    value: impl Fn(&str) -> Option<String>,
    notes: &mut Vec<Note>,
) -> String {
    let mut rendered = String::with_capacity(template.len());
    let mut parts = template.split("$context.");
    rendered.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = variable(part);
        match value(name) {
            Some(value) => rendered.push_str(&value),
            None if name.starts_with("authorizer.") => {}
            None => {
                notes.push(Note::assumed(format!("`$context.{name}` has no value and is left out")))
            }
        }
        rendered.push_str(rest);
    }
    if ["$input", "$util", "$stageVariables", "$method", "${", "#if", "#set"]
        .iter()
        .any(|text| template.contains(text))
    {
        notes.push(Note::assumed("of a template only `$context` variables are replaced"));
    }
    rendered
}

/// The name of the variable that `text` begins with, and what follows. A full stop at its end is none of it.
fn variable(text: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default().trim_end_matches('.');
    (name, text.get(name.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn variables() {
        let check = |template: &str, expected: &str, noted: usize| {
            let mut notes = Vec::new();
            let value = |name: &str| match name {
                "error.messageString" => Some("\"no\"".to_owned()),
                "authorizer.code" => Some("TENANT_MISMATCH".to_owned()),
                "authorizer.quoted" => Some("a\"b".to_owned()),
                _ => None,
            };
            assert_eq!(render(template, value, &mut notes), expected);
            assert_eq!(notes.len(), noted, "{template}");
        };
        check("", "", 0);
        check("plain", "plain", 0);
        check(r#"{"message":$context.error.messageString}"#, r#"{"message":"no"}"#, 0);
        check(r#"{"code":"$context.authorizer.code"}"#, r#"{"code":"TENANT_MISMATCH"}"#, 0);
        check("$context.authorizer.code.", "TENANT_MISMATCH.", 0);
        check(
            "$context.authorizer.code$context.authorizer.code",
            "TENANT_MISMATCHTENANT_MISMATCH",
            0,
        );
        check("$context.authorizer.quoted", "a\"b", 0);
        check("[$context.authorizer.absent]", "[]", 0);
        check("[$context.nothing]", "[]", 1);
        check("$input.body", "$input.body", 1);
        check("$context", "$context", 0);
    }
}
