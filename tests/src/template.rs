//! A CloudFormation template as one tree of JSON: `!Ref X` is `{"Ref": "X"}`, and every other `!X …` is
//! `{"Fn::X": …}`. What stands in quotes is text, a number or a boolean without them is one.

use std::fs;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};

use crate::root;

/// The template in the file `path` of the repository.
///
/// # Panics
/// It cannot be read, or is no YAML.
#[must_use]
pub fn template(path: &str) -> Value {
    let text = fs::read_to_string(root().join(path));
    let text = text.unwrap_or_else(|error| panic!("`{path}`: {error}"));
    read(&text).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// `value` with the parameters of `template` put in: each its default, or its place in `given`. A reference to
/// a resource becomes the resource's logical id.
#[must_use]
pub fn resolved(value: &Value, template: &Value, given: &[(&str, &str)]) -> Value {
    let name_of = |name: &str| {
        let given = given.iter().find(|(own, _)| *own == name).map(|(_, value)| json!(value));
        let default = || template["Parameters"][name].get("Default").cloned();
        given.or_else(default).unwrap_or_else(|| json!(name))
    };
    match value {
        Value::Array(items) => {
            items.iter().map(|item| resolved(item, template, given)).collect::<Vec<_>>().into()
        }
        Value::Object(members) if members.len() == 1 && members.contains_key("Ref") => {
            name_of(value["Ref"].as_str().unwrap_or_default())
        }
        Value::Object(members) if members.len() == 1 && value["Fn::Sub"].is_string() => {
            let mut parts = value["Fn::Sub"].as_str().unwrap_or_default().split("${");
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (name, rest) = part.split_once('}').expect("`${` is closed");
                match name_of(name) {
                    Value::String(value) => text.push_str(&value),
                    value => text.push_str(&value.to_string()),
                }
                text.push_str(rest);
            }
            text.into()
        }
        Value::Object(members) => {
            let of =
                |(name, value): (&String, &Value)| (name.clone(), resolved(value, template, given));
            Value::Object(members.iter().map(of).collect())
        }
        scalar => scalar.clone(),
    }
}

/// The logical ids and properties of the resources of `kind`.
#[must_use]
pub fn resources(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    let of_kind = all.filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(id, resource)| (id.clone(), resource["Properties"].clone())).collect()
}

fn read(text: &str) -> Result<Value, String> {
    let mut open: Vec<(Option<String>, Collection)> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let (tag, value) = match event {
            Event::SequenceStart(_, tag) => {
                open.push((name(tag.as_deref()), Collection::List(Vec::new())));
                continue;
            }
            Event::MappingStart(_, tag) => {
                open.push((name(tag.as_deref()), Collection::Map(Map::new(), None)));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (tag, collection) = open.pop().ok_or("an end without a beginning")?;
                (tag, collection.into_value())
            }
            Event::Scalar(text, style, _, tag) => (name(tag.as_deref()), scalar(&text, style)),
            Event::Alias(_) => return Err(format!("{}: an alias", span.start.line())),
            _ => continue,
        };
        let value = tag.map_or_else(|| value.clone(), |tag| json!({ tag: value }));
        match open.last_mut() {
            None => return Ok(value),
            Some((_, collection)) => collection.put(value),
        }
    }
    Err("it is empty".to_owned())
}

fn name(tag: Option<&Tag>) -> Option<String> {
    let name = &tag?.suffix;
    Some(if name == "Ref" || name == "Condition" { name.clone() } else { format!("Fn::{name}") })
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    let plain = (style == ScalarStyle::Plain).then(|| serde_json::from_str(text).ok()).flatten();
    plain
        .filter(|value: &Value| value.is_number() || value.is_boolean())
        .unwrap_or_else(|| text.into())
}

/// A list or map that is not complete; of a map also the name whose value is still to come.
enum Collection {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

impl Collection {
    fn put(&mut self, value: Value) {
        match self {
            Self::List(items) => items.push(value),
            Self::Map(members, name) => match name.take() {
                Some(name) => {
                    assert!(members.insert(name.clone(), value).is_none(), "`{name}` twice")
                }
                None => {
                    *name = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                }
            },
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::List(items) => items.into(),
            Self::Map(members, _) => members.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{read, resolved, resources};

    #[test]
    fn a_template_is_a_tree() {
        let text = "Parameters:\n  N: { Type: Number, Default: 3 }\nResources:\n  A:\n    Type: T\n    \
                    Properties: { X: !Ref N, Y: !Sub '${N}-${B}', Z: !If [C, [!GetAtt B.Arn], '1'], W: 2012-10-17 }\n  \
                    B: { Type: U }\n";
        let template = read(text).unwrap();
        let of_kind = resources(&template, "T");
        let [(id, properties)] = &of_kind[..] else { panic!("{of_kind:?}") };
        assert_eq!(id, "A");
        let z = json!({ "Fn::If": ["C", [{ "Fn::GetAtt": "B.Arn" }], "1"] });
        assert_eq!(
            *properties,
            json!({ "X": { "Ref": "N" }, "Y": { "Fn::Sub": "${N}-${B}" }, "Z": z, "W": "2012-10-17" })
        );
        let all = |given: &[(&str, &str)]| resolved(properties, &template, given);
        assert_eq!(all(&[]), json!({ "X": 3, "Y": "3-B", "Z": z, "W": "2012-10-17" }));
        assert_eq!(all(&[("N", "4"), ("B", "b")])["Y"], "4-b");
        assert_eq!(read(""), Err("it is empty".to_owned()));
        assert_eq!(read("a: &x 1\nb: *x"), Err("2: an alias".to_owned()));
        assert!(read("a: [").is_err());
        assert_eq!(
            read("[true, 'true', 1, x]"),
            Ok(json!([true, "true", 1, "x"])) as Result<Value, _>
        );
    }
}
