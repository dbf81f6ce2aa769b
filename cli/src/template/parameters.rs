//! A template with the values of its parameters, for those who run what it says.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::collections::BTreeMap;

use runtime::printable;

use super::condition::{Decided, holds};
use super::intrinsic::{Resolved, intrinsic, resolve};
use super::{Concern, Template, Unresolved, read};
use crate::exit::CommandError;
use crate::yaml::{Node, Value};

/// The longest value of a parameter, in bytes.
const MAX_VALUE: usize = 4096;

/// A template whose parameters have values.
#[derive(Debug)]
struct Parameterized {
    document: Node,
    /// The parameters whose default was taken, by name.
    defaults: Vec<String>,
    /// Resources of which it cannot be known whether they are deployed.
    unresolved: Vec<Unresolved>,
}

/// The values of parameters, and what they decide.
pub(super) struct Values<'d> {
    parameters: BTreeMap<&'d str, Value>,
    mappings: Option<&'d Node>,
    pub(super) conditions: Option<&'d Node>,
    pub(super) decided: Decided,
}

/// The values of `--parameter NAME=VALUE`.
///
/// # Errors
/// One is nothing of the kind.
pub(crate) fn values(given: &[String]) -> Result<Vec<(String, String)>, CommandError> {
    let read = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => {
            Err(CommandError::usage("`--parameter`: it is a name and a value, such as `Stage=dev`"))
        }
    };
    given.iter().map(read).collect()
}

/// The template `document`, which `file` is called, with the values that are `given`; and the names of the
/// parameters whose default was taken.
///
/// # Errors
/// It is no template, or has no parameter of a name that is given.
pub(crate) fn read_with(
    file: &str,
    document: &Node,
    given: &[(String, String)],
) -> Result<(Template, Vec<String>), CommandError> {
    let parameterized = with_parameters(document, given).map_err(|name| {
        let name = printable(&name);
        CommandError::usage(format!("`--parameter`: {file} has no parameter `{name}`"))
    })?;
    let mut template = read(file, &parameterized.document)?;
    template.unresolved.extend(parameterized.unresolved);
    Ok((template, parameterized.defaults))
}

/// `document` with the values that are `given`, and with defaults where none is. Conditions and mappings that
/// they decide are decided; resources whose condition does not hold are left out.
///
/// # Errors
/// The first name in `given` that is no parameter.
fn with_parameters(document: &Node, given: &[(String, String)]) -> Result<Parameterized, String> {
    let declared = document.get("Parameters").map_or(&[][..], Node::members);
    if let Some((name, _)) =
        given.iter().find(|(name, _)| !declared.iter().any(|(own, _)| own == name))
    {
        return Err(name.clone());
    }
    let mut values = Values {
        parameters: BTreeMap::new(),
        mappings: document.get("Mappings"),
        conditions: document.get("Conditions"),
        decided: Decided::default(),
    };
    let mut defaults = Vec::new();
    for (name, parameter) in declared {
        let own = given.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let is_default = own.is_none();
        // What must not be shown is put nowhere.
        if parameter.text_of("NoEcho") == Some("true") {
            continue;
        }
        let Some(text) = own.or_else(|| default(parameter)) else { continue };
        let kind = parameter.text_of("Type").unwrap_or_default();
        values.parameters.insert(name, typed(kind, &text, parameter.line));
        if is_default {
            defaults.push(name.clone());
        }
    }
    let mut unresolved = Vec::new();
    let document = values.whole(document, &mut unresolved);
    Ok(Parameterized { document, defaults, unresolved })
}

/// The default of a parameter; none of one whose value stands in the parameter store.
fn default(parameter: &Node) -> Option<String> {
    let kind = parameter.text_of("Type").unwrap_or_default();
    let text = parameter.get("Default")?.text()?;
    let is_here = !kind.starts_with("AWS::SSM::") && text.len() <= MAX_VALUE;
    is_here.then(|| text.to_owned())
}

/// A list of a list's type.
fn typed(kind: &str, text: &str, line: usize) -> Value {
    if kind != "CommaDelimitedList" && !kind.starts_with("List<") {
        return Value::Text(text.to_owned());
    }
    let item = |text: &str| Node { line, tag: None, value: Value::Text(text.trim().to_owned()) };
    Value::List(text.split(',').map(item).collect())
}

impl Values<'_> {
    /// The whole template: its resources by their conditions, and everything else but what declares values.
    fn whole(&self, document: &Node, unresolved: &mut Vec<Unresolved>) -> Node {
        let Value::Map(sections) = &document.value else { return document.clone() };
        let section = |(name, node): &(String, Node)| {
            let node = match name.as_str() {
                "Parameters" | "Mappings" | "Conditions" => node.clone(),
                "Resources" => self.resources(node, unresolved),
                _ => self.put_into(node),
            };
            (name.clone(), node)
        };
        let value = Value::Map(sections.iter().map(section).collect());
        Node { value, ..document.clone() }
    }

    fn resources(&self, node: &Node, unresolved: &mut Vec<Unresolved>) -> Node {
        let mut kept = Vec::new();
        for (id, resource) in node.members() {
            let condition = resource.text_of("Condition");
            let is_deployed = condition.map_or(Some(true), |name| holds(name, self));
            if is_deployed == Some(false) {
                continue;
            }
            let kind = resource.text_of("Type").unwrap_or_default();
            if is_deployed.is_none() && concerns_requests(kind) {
                let condition = condition.unwrap_or_default();
                unresolved.push(Unresolved {
                    line: resource.line,
                    concern: Concern::Api,
                    api: is_api(kind).then(|| id.clone()),
                    sentence: format!("whether `{id}` is deployed is the condition `{condition}`"),
                });
            }
            kept.push((id.clone(), self.put_into(resource)));
        }
        Node { value: Value::Map(kept), ..node.clone() }
    }

    /// `node` with the values in it.
    pub(super) fn put_into(&self, node: &Node) -> Node {
        if let Some(found) = self.decided(node) {
            return found;
        }
        let value = match &node.value {
            Value::Text(text) if node.tag.as_deref() == Some("Sub") => {
                Value::Text(self.substituted(text))
            }
            Value::Text(text) => Value::Text(text.clone()),
            Value::List(items) => {
                let items = items.iter().map(|item| self.put_into(item));
                Value::List(items.filter(is_something).collect())
            }
            Value::Map(members) => {
                let member = |(name, node): &(String, Node)| match (name.as_str(), node.text()) {
                    ("Fn::Sub", Some(text)) => {
                        let value = Value::Text(self.substituted(text));
                        (name.clone(), Node { value, ..node.clone() })
                    }
                    _ => (name.clone(), self.put_into(node)),
                };
                let members = members.iter().map(member);
                Value::Map(members.filter(|(_, node)| is_something(node)).collect())
            }
        };
        Node { line: node.line, tag: node.tag.clone(), value }
    }

    /// What an intrinsic function stands for, where the values decide it.
    fn decided(&self, node: &Node) -> Option<Node> {
        let (function, argument) = intrinsic(node)?;
        match (function, argument.text(), argument.items()) {
            ("Ref", Some(name), _) => {
                let value = self.parameters.get(name)?.clone();
                Some(Node { line: node.line, tag: None, value })
            }
            ("If", None, [condition, yes, no]) => {
                let branch = if holds(condition.text()?, self)? { yes } else { no };
                Some(self.put_into(branch))
            }
            ("FindInMap", None, [map, first, second]) => {
                let row = self.mappings?.get(&self.text(map)?)?.get(&self.text(first)?)?;
                let found = row.get(&self.text(second)?)?;
                Some(Node { line: node.line, ..found.clone() })
            }
            _ => None,
        }
    }

    /// The text that `node` is with the values.
    pub(super) fn text(&self, node: &Node) -> Option<String> {
        match resolve(&self.put_into(node)) {
            Resolved::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `text` with the values of its variables. A value that is no text, or has variables itself, is left.
    fn substituted(&self, text: &str) -> String {
        let mut parts = text.split("${");
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let value = part.split_once('}').and_then(|(name, rest)| {
                match self.parameters.get(name.trim())? {
                    Value::Text(value) if !value.contains("${") => Some((value, rest)),
                    _ => None,
                }
            });
            match value {
                Some((value, rest)) => {
                    whole.push_str(value);
                    whole.push_str(rest);
                }
                None => {
                    whole.push_str("${");
                    whole.push_str(part);
                }
            }
        }
        whole
    }
}

/// What an `AWS::NoValue` leaves.
fn is_something(node: &Node) -> bool {
    resolve(node) != Resolved::Nothing
}

/// Whether a resource of this type is an API.
fn is_api(kind: &str) -> bool {
    [
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::Serverless::Api",
        "AWS::Serverless::HttpApi",
    ]
    .contains(&kind)
}

/// Whether resources of this type have a part in how a request is answered.
fn concerns_requests(kind: &str) -> bool {
    ["AWS::ApiGateway", "AWS::Serverless::", "AWS::Lambda::"]
        .iter()
        .any(|start| kind.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::with_parameters;
    use crate::template::intrinsic::{Resolved, resolve};
    use crate::yaml;

    const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String, Default: dev}
  Ttl: {Type: Number}
  Hidden: {Type: String, NoEcho: true, Default: x}
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}
Mappings:
  Ttls: {dev: {ttl: 0}, prod: {ttl: 300}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNot: {'Fn::Not': [{Condition: IsProd}]}
  Both: !And [!Condition IsNot, !Equals [a, a]]
  Either: !Or [!Condition IsProd, !Equals [a, b]]
  Elsewhere: !Equals [!Ref AWS::Region, eu-central-1]
  Round: !Not [!Condition Round]
";

    /// What `value` is in the template whose stage is `stage`.
    fn value(value: &str, stage: Option<&str>) -> String {
        let text = format!("{TEMPLATE}Resources:\n  X: {{Type: T, Properties: {{v: {value}}}}}\n");
        let given: Vec<(String, String)> =
            stage.into_iter().map(|stage| ("Stage".to_owned(), stage.to_owned())).collect();
        let read = with_parameters(&yaml::read(&text).unwrap(), &given).unwrap();
        let properties = read.document.get("Resources").unwrap().get("X").unwrap();
        match properties.get("Properties").unwrap().get("v").map(resolve) {
            Some(Resolved::Text(text)) => text,
            Some(Resolved::Unknown(written)) => format!("? {written}"),
            Some(Resolved::Structure) => "structure".to_owned(),
            Some(Resolved::Nothing) | None => "nothing".to_owned(),
        }
    }

    #[test]
    fn what_the_values_decide() {
        for (written, dev, prod) in [
            ("!Ref Stage", "dev", "prod"),
            ("{Ref: Stage}", "dev", "prod"),
            ("!Sub '${Stage}-x'", "dev-x", "prod-x"),
            ("{'Fn::Sub': '${Stage}'}", "dev", "prod"),
            ("!Sub '${Stage}/${Fn.Arn}'", "? !Sub dev/${Fn.Arn}", "? !Sub prod/${Fn.Arn}"),
            ("!Sub '${!Stage}'", "? !Sub ${!Stage}", "? !Sub ${!Stage}"),
            ("!If [IsProd, 300, 0]", "0", "300"),
            ("!If [IsNot, !Ref Stage, !Ref AWS::NoValue]", "dev", "nothing"),
            ("!If [Both, 1, 2]", "1", "2"),
            ("!If [Either, 1, 2]", "2", "1"),
            ("!If [Elsewhere, 1, 2]", "? !If [Elsewhere, …]", "? !If [Elsewhere, …]"),
            ("!If [Round, 1, 2]", "? !If [Round, …]", "? !If [Round, …]"),
            ("!If [Missing, 1, 2]", "? !If [Missing, …]", "? !If [Missing, …]"),
            ("!FindInMap [Ttls, !Ref Stage, ttl]", "0", "300"),
            ("!FindInMap [Ttls, x, ttl]", "? !FindInMap [Ttls, …]", "? !FindInMap [Ttls, …]"),
            ("!Join ['-', [a, !Ref Stage]]", "a-dev", "a-prod"),
            ("!Ref Ttl", "? !Ref Ttl", "? !Ref Ttl"),
            ("!Ref Secret", "? !Ref Secret", "? !Ref Secret"),
            ("!Sub '${Hidden}'", "? !Sub ${Hidden}", "? !Sub ${Hidden}"),
            ("!Ref Names", "structure", "structure"),
        ] {
            assert_eq!(value(written, None), dev, "{written}");
            assert_eq!(value(written, Some("prod")), prod, "{written}");
        }
    }

    #[test]
    fn resources_by_their_conditions() {
        let text = format!(
            "{TEMPLATE}Resources:\n  A: {{Type: T, Condition: IsProd}}\n  B: {{Type: T, Condition: IsNot}}\n  \
             C: {{Type: 'AWS::Lambda::Function', Condition: Elsewhere}}\n"
        );
        let document = yaml::read(&text).unwrap();
        let read = with_parameters(&document, &[]).unwrap();
        let kept: Vec<&str> = read
            .document
            .get("Resources")
            .unwrap()
            .members()
            .iter()
            .map(|(id, _)| id.as_str())
            .collect();
        assert_eq!(kept, ["B", "C"]);
        assert_eq!(read.defaults, ["Stage", "Names"]);
        let unresolved: Vec<&str> =
            read.unresolved.iter().map(|own| own.sentence.as_str()).collect();
        assert_eq!(unresolved, ["whether `C` is deployed is the condition `Elsewhere`"]);
        let given = [("Nothing".to_owned(), String::new())];
        assert_eq!(with_parameters(&document, &given).unwrap_err(), "Nothing");
    }
}
