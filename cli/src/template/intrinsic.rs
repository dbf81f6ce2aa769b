//! Intrinsic functions of CloudFormation, in both spellings.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use crate::yaml::{Node, Value};

/// The functions that CloudFormation has, without `Fn::`.
const FUNCTIONS: [&str; 16] = [
    "Ref",
    "Sub",
    "GetAtt",
    "Join",
    "If",
    "FindInMap",
    "ImportValue",
    "Select",
    "Split",
    "Base64",
    "Cidr",
    "GetAZs",
    "Transform",
    "ToJsonString",
    "Length",
    "ForEach",
];

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    Text(String),
    /// `AWS::NoValue`: as if it were not there.
    Nothing,
    /// Only a deployment knows; as it is written.
    Unknown(String),
    /// A list or a map.
    Structure,
}

/// The function that `node` calls and what it is called with.
pub(super) fn intrinsic(node: &Node) -> Option<(&str, &Node)> {
    if let Some(tag) = node.tag.as_deref().filter(|tag| FUNCTIONS.contains(tag)) {
        return Some((tag, node));
    }
    let [(name, argument)] = node.members() else { return None };
    let function = name.strip_prefix("Fn::").unwrap_or(name);
    let is_one = name == "Ref" || name.starts_with("Fn::");
    (is_one && FUNCTIONS.contains(&function)).then_some((function, argument))
}

/// The text of `node`, if the template alone says it.
pub(super) fn resolve(node: &Node) -> Resolved {
    let Some((function, argument)) = intrinsic(node) else {
        return node.text().map_or(Resolved::Structure, |text| Resolved::Text(text.to_owned()));
    };
    match (function, argument.text()) {
        ("Ref", Some("AWS::NoValue")) => Resolved::Nothing,
        ("Sub", Some(text)) if !text.contains("${") => Resolved::Text(text.to_owned()),
        ("Join", None) => joined(argument).map_or_else(|| unknown(node), Resolved::Text),
        _ => unknown(node),
    }
}

fn unknown(node: &Node) -> Resolved {
    Resolved::Unknown(written(node))
}

/// `Fn::Join` of texts.
fn joined(argument: &Node) -> Option<String> {
    let [delimiter, list] = argument.items() else { return None };
    let part = |node: &Node| match resolve(node) {
        Resolved::Text(text) => Some(text),
        _ => None,
    };
    if intrinsic(list).is_some() {
        return None;
    }
    let parts: Option<Vec<String>> = list.items().iter().map(part).collect();
    Some(parts?.join(delimiter.text()?))
}

/// How `node` calls its function, for messages: `!Ref Stage`.
pub(super) fn written(node: &Node) -> String {
    match intrinsic(node) {
        Some((function, argument)) => match (argument.text(), argument.items()) {
            (Some(text), _) => format!("!{function} {text}"),
            (None, [first, ..]) if first.text().is_some() => {
                format!("!{function} [{}, …]", first.text().unwrap_or_default())
            }
            _ => format!("!{function} …"),
        },
        None => node.text().unwrap_or("…").to_owned(),
    }
}

/// The logical ids that `node` refers to, wherever in it.
pub(super) fn references(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

/// The one logical id that `node` refers to, for values that name a resource or its ARN.
pub(super) fn reference(node: &Node) -> Option<String> {
    let mut found = references(node);
    found.dedup();
    let only = found.pop()?;
    found.is_empty().then_some(only)
}

fn collect(node: &Node, found: &mut Vec<String>) {
    let Some((function, argument)) = intrinsic(node) else {
        return each_part(node, found);
    };
    match (function, argument.text(), argument.items()) {
        ("Ref" | "GetAtt", Some(text), _) => add(text, found),
        ("GetAtt", None, [id, ..]) => add(id.text().unwrap_or_default(), found),
        ("Sub", Some(text), _) => add_variables(text, found),
        ("Sub", None, [text, values]) => {
            let text = text.text().unwrap_or_default();
            let mut named = Vec::new();
            add_variables(text, &mut named);
            named.retain(|name| values.get(name).is_none());
            found.extend(named);
            each_part(values, found);
        }
        _ => each_part(argument, found),
    }
}

fn each_part(node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::Text(_) => {}
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Map(members) => members.iter().for_each(|(_, member)| collect(member, found)),
    }
}

/// `${Name}` and `${Name.Arn}`; `${!Literal}` is none.
fn add_variables(text: &str, found: &mut Vec<String>) {
    for after in text.split("${").skip(1) {
        let Some((name, _)) = after.split_once('}') else { continue };
        if !name.starts_with('!') {
            add(name.trim(), found);
        }
    }
}

/// Pseudo parameters are no resources.
fn add(name: &str, found: &mut Vec<String>) {
    let id = name.split('.').next().unwrap_or_default();
    if !id.is_empty() && !id.contains("::") {
        found.push(id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{Resolved, reference, references, resolve, written};
    use crate::yaml::read;

    #[track_caller]
    fn check(text: &str, expected: &Resolved) {
        assert_eq!(resolve(&read(text).unwrap()), *expected, "{text}");
    }

    #[test]
    fn what_the_template_says() {
        let text = |text: &str| Resolved::Text(text.to_owned());
        let unknown = |text: &str| Resolved::Unknown(text.to_owned());
        check("300", &text("300"));
        check("!Sub plain", &text("plain"));
        check("{'Fn::Join': [',', [a, !Sub b]]}", &text("a,b"));
        check("!Join [',', [a, !Ref B]]", &unknown("!Join [,, …]"));
        check("!Ref AWS::NoValue", &Resolved::Nothing);
        check("{Ref: Ttl}", &unknown("!Ref Ttl"));
        check("!If [IsProd, 1, 2]", &unknown("!If [IsProd, …]"));
        check("!Sub '${A}/b'", &unknown("!Sub ${A}/b"));
        check("{a: 1}", &Resolved::Structure);
        check("{Ref: A, b: 1}", &Resolved::Structure);
    }

    #[test]
    fn what_is_referred_to() {
        let of = |text: &str| references(&read(text).unwrap());
        assert_eq!(of("!GetAtt Api.RootResourceId"), ["Api"]);
        assert_eq!(of("{'Fn::GetAtt': [Fn, Arn]}"), ["Fn"]);
        assert_eq!(
            of("!Sub 'arn:${AWS::Partition}:x/${Fn.Arn}/${!literal}/${Api}'"),
            ["Fn", "Api"]
        );
        assert_eq!(of("!Sub ['${A}${B}', {A: !Ref C}]"), ["B", "C"]);
        assert_eq!(of("[{a: {Ref: X}}, !If [Cond, !Ref Y, !Ref AWS::NoValue]]"), ["X", "Y"]);
        let one = |text: &str| reference(&read(text).unwrap());
        assert_eq!(one("!Sub 'arn:aws:apigateway:x/${Fn.Arn}/invocations'").as_deref(), Some("Fn"));
        assert_eq!(one("!Sub '${A}${B}'"), None);
        assert_eq!(one("arn:aws:lambda:x"), None);
        assert_eq!(written(&read("!GetAtt A.Arn").unwrap()), "!GetAtt A.Arn");
    }
}
