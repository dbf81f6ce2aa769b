//! The resources of a template, and what needs what.

use std::collections::{BTreeMap, BTreeSet};

use super::intrinsic::{intrinsic, references};
use super::{Concern, Template, intrinsic};
use crate::yaml::{Node, Value};

/// A template, not yet understood.
#[derive(Debug)]
pub(super) struct Document<'d> {
    pub(super) line: usize,
    pub(super) resources: Vec<Resource<'d>>,
    globals: Option<&'d Node>,
    /// Sections of resources that are made by a loop or an include.
    unread: Vec<(usize, String)>,
    /// Macros that may write anything, with their lines.
    macros: Vec<(usize, String)>,
}

/// A resource.
#[derive(Debug)]
pub(super) struct Resource<'d> {
    pub(super) id: &'d str,
    pub(super) line: usize,
    pub(super) kind: &'d str,
    pub(super) properties: Option<&'d Node>,
    /// The resources that are made before it.
    needs: BTreeSet<String>,
}

impl<'d> Document<'d> {
    /// # Errors
    /// The line, and why it is no template.
    pub(super) fn read(root: &'d Node) -> Result<Self, (usize, &'static str)> {
        let Some(resources) = root.get("Resources") else {
            return Err((root.line, "`Resources` is missing"));
        };
        let mut document = Self {
            line: resources.line,
            resources: Vec::new(),
            globals: root.get("Globals"),
            unread: Vec::new(),
            macros: root.get("Transform").map(macros).unwrap_or_default(),
        };
        for (id, node) in resources.members() {
            if let Some(function) = id.strip_prefix("Fn::") {
                let function = function.split("::").next().unwrap_or_default();
                document.unread.push((node.line, format!("`Fn::{function}`")));
                continue;
            }
            let Some(kind) = node.text_of("Type") else {
                return Err((node.line, "a resource has no `Type`"));
            };
            document.resources.push(Resource {
                id,
                line: node.line,
                kind,
                properties: node.get("Properties"),
                needs: needs(node),
            });
        }
        Ok(document)
    }

    pub(super) fn tell_unread(&self, template: &mut Template) {
        for (line, what) in &self.unread {
            let sentence = format!("the resources that {what} makes are not read");
            template.cannot_know_for(Concern::Macro, *line, sentence);
        }
        for (line, name) in &self.macros {
            let sentence = format!("what the macro `{name}` makes of the template is not known");
            template.cannot_know_for(Concern::Macro, *line, sentence);
        }
    }

    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// The resources of type `kind`.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource<'d>> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Resource<'d>> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// The properties of `resource`, with what the section `name` of `Globals` adds.
    pub(super) fn with_globals(&self, resource: &Resource<'_>, name: &str) -> Node {
        let own = resource.properties.cloned().unwrap_or_else(|| Node {
            line: resource.line,
            tag: None,
            value: Value::Map(Vec::new()),
        });
        match self.globals(name) {
            Some(globals) => merged(globals, own),
            None => own,
        }
    }

    pub(super) fn globals(&self, name: &str) -> Option<&'d Node> {
        self.globals?.get(name)
    }

    /// The function of the template that `node` names, also through an alias or a version.
    pub(super) fn function(&self, node: Option<&Node>) -> Option<String> {
        let mut id = intrinsic::reference(node?)?;
        for _ in 0..2 {
            let resource = self.resource(&id)?;
            match resource.kind {
                "AWS::Lambda::Function" | "AWS::Serverless::Function" => return Some(id),
                "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                    id = intrinsic::reference(resource.get("FunctionName")?)?;
                }
                _ => return None,
            }
        }
        let kind = self.resource(&id)?.kind;
        matches!(kind, "AWS::Lambda::Function" | "AWS::Serverless::Function").then_some(id)
    }

    /// Those of `ids` that may be made after `resource`.
    pub(super) fn not_awaited(&self, resource: &Resource<'_>, ids: &[&str]) -> Vec<String> {
        let by_id: BTreeMap<&str, &Resource<'_>> =
            self.resources.iter().map(|resource| (resource.id, resource)).collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&Resource<'_>> = vec![resource];
        while let Some(next) = open.pop() {
            for id in &next.needs {
                let Some((id, resource)) = by_id.get_key_value(id.as_str()) else { continue };
                if reached.insert(id) {
                    open.push(resource);
                }
            }
        }
        ids.iter().filter(|id| !reached.contains(*id)).map(|id| (*id).to_owned()).collect()
    }
}

impl Resource<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.properties?.get(name)
    }
}

/// The macros of a template, without those of AWS that change no API.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-section-structure.html>
fn macros(node: &Node) -> Vec<(usize, String)> {
    let list = match node.items() {
        [] => std::slice::from_ref(node),
        items => items,
    };
    let named = list.iter().map(|item| {
        let name = item.text().or_else(|| item.text_of("Name")).unwrap_or("…");
        (item.line, name.to_owned())
    });
    let is_known = |name: &str| name.starts_with("AWS::") && name != "AWS::Include";
    named.filter(|(_, name)| !is_known(name)).collect()
}

/// What CloudFormation waits for: `DependsOn`, and whatever the properties refer to.
fn needs(node: &Node) -> BTreeSet<String> {
    let mut needs: BTreeSet<String> =
        node.get("Properties").map(references).into_iter().flatten().collect();
    if let Some(named) = node.get("DependsOn") {
        let texts = named.items().iter().chain([named]).filter_map(Node::text);
        needs.extend(texts.map(str::to_owned));
    }
    needs
}

/// `own` over `globals`, as SAM merges them: maps by their names, lists one after the other.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
fn merged(globals: &Node, own: Node) -> Node {
    let is_plain = intrinsic(&own).is_none() && intrinsic(globals).is_none();
    let Node { line, tag, value } = own;
    let value = match (&globals.value, value) {
        (Value::Map(global), Value::Map(mut members)) if is_plain => {
            for (name, node) in global {
                match members.iter_mut().find(|(own, _)| own == name) {
                    Some((_, own)) => *own = merged(node, std::mem::take(own)),
                    None => members.push((name.clone(), node.clone())),
                }
            }
            Value::Map(members)
        }
        (Value::List(global), Value::List(items)) if is_plain => {
            Value::List(global.iter().cloned().chain(items).collect())
        }
        (_, value) => value,
    };
    Node { line, tag, value }
}
