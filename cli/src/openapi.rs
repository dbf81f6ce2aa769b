//! OpenAPI documents: which methods of which paths an API has, and who may call them.
//!
//! <https://spec.openapis.org/oas/v3.1.1.html>, and version 2, in which API Gateway exports REST APIs:
//! what is read here is alike in both.

use crate::exit::CommandError;
use crate::yaml::Node;

/// The methods that a path item may have, and that a table can list.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
/// How many references may follow each other.
const MAX_REFERENCES: usize = 16;

/// A method of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Where it stands.
    pub(crate) line: usize,
    /// In upper case.
    pub(crate) method: String,
    /// As the document has it.
    pub(crate) path: String,
    /// Its first tag.
    pub(crate) tag: Option<String>,
    /// Whether it needs no credential.
    pub(crate) is_public: bool,
    /// Whether it says itself who may call it.
    pub(crate) says_security: bool,
    /// The scopes of which it requires one or all.
    pub(crate) scopes: Vec<String>,
}

/// Every operation of `document`, whose file is called `file`.
///
/// # Errors
/// It is no OpenAPI document, or a reference leads nowhere or in a circle.
pub(crate) fn operations(file: &str, document: &Node) -> Result<Vec<Operation>, CommandError> {
    let failed =
        |line: usize, problem: String| CommandError::failed(format!("{file}:{line}: {problem}"));
    let is_openapi = document.get("openapi").or_else(|| document.get("swagger")).is_some();
    if !is_openapi {
        let problem = "it is no OpenAPI document: `openapi` is missing".to_owned();
        return Err(failed(document.line, problem));
    }
    let Some(paths) = document.get("paths") else {
        return Err(failed(document.line, "`paths` is missing".to_owned()));
    };
    let mut operations = Vec::new();
    for (path, item) in paths.members() {
        if path.starts_with("x-") {
            continue;
        }
        if !path.starts_with('/') {
            return Err(failed(item.line, format!("the path `{path}` does not start with `/`")));
        }
        let item = resolve(document, item).map_err(|problem| failed(item.line, problem))?;
        for (method, operation) in item.members() {
            if METHODS.contains(&method.as_str()) {
                operations.push(self::operation(document, path, method, operation));
            }
        }
    }
    Ok(operations)
}

fn operation(document: &Node, path: &str, method: &str, operation: &Node) -> Operation {
    let security = operation.get("security").or_else(|| document.get("security"));
    let requirements = security.map_or(&[][..], Node::items);
    // One empty requirement says that the operation may be called without a credential, too.
    let is_empty = |requirement: &Node| requirement.members().is_empty();
    let scopes = requirements.iter().flat_map(Node::members).flat_map(|(_, scopes)| scopes.items());
    Operation {
        line: operation.line,
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        tag: operation.get("tags").and_then(|tags| tags.items().first()?.text()).map(str::to_owned),
        is_public: requirements.is_empty() || requirements.iter().any(is_empty),
        says_security: operation.get("security").is_some(),
        scopes: scopes.filter_map(Node::text).map(str::to_owned).collect(),
    }
}

/// The node that `node` refers to, if it is a reference within the document.
fn resolve<'d>(document: &'d Node, node: &'d Node) -> Result<&'d Node, String> {
    let mut found = node;
    for _ in 0..MAX_REFERENCES {
        let Some(reference) = found.text_of("$ref") else { return Ok(found) };
        let pointer = reference
            .strip_prefix("#/")
            .ok_or_else(|| format!("the reference `{reference}` leads to another document"))?;
        let mut target = document;
        for name in pointer.split('/') {
            let name = name.replace("~1", "/").replace("~0", "~");
            target = target
                .get(&name)
                .ok_or_else(|| format!("the reference `{reference}` leads nowhere"))?;
        }
        found = target;
    }
    Err("references lead in a circle, or more than 16 follow each other".to_owned())
}

#[cfg(test)]
mod tests {
    use super::operations;
    use crate::yaml::read;

    fn summary(text: &str) -> Result<Vec<String>, String> {
        let found = operations("api.yaml", &read(text).unwrap());
        let found = found.map_err(|error| error.sentences.concat())?;
        Ok(found
            .iter()
            .map(|one| {
                let who = if one.is_public { "public".to_owned() } else { one.scopes.join("+") };
                let tag = one.tag.as_deref().unwrap_or("-");
                format!("{}: {} {} {tag} {who}", one.line, one.method, one.path)
            })
            .collect())
    }

    #[track_caller]
    fn refuse(text: &str, problem: &str) {
        assert_eq!(summary(text).unwrap_err(), problem, "{text}");
    }

    #[test]
    fn what_an_api_has() {
        let document = "\
openapi: 3.1.0
security: [{oauth: [api/read]}]
paths:
  /items:
    parameters: []
    get: {tags: [items, more]}
    post:
      security: [{oauth: [api/write, api/admin]}]
  /health:
    get: {security: []}
  /maybe:
    get: {security: [{}, {oauth: []}]}
  /shared:
    $ref: '#/components/pathItems/s~1x'
  x-note: {}
components:
  pathItems:
    s/x: {delete: {}, trace: {}}
";
        assert_eq!(
            summary(document).unwrap(),
            [
                "6: GET /items items api/read",
                "8: POST /items - api/write+api/admin",
                "10: GET /health - public",
                "12: GET /maybe - public",
                "18: DELETE /shared - api/read",
            ]
        );
        let version_2 = "swagger: '2.0'\npaths: {/a: {get: {}}}\n";
        assert_eq!(summary(version_2).unwrap(), ["2: GET /a - public"]);
    }

    #[test]
    fn what_is_no_api() {
        let missing = "api.yaml:1: it is no OpenAPI document: `openapi` is missing";
        refuse("{}", missing);
        refuse("[1]", missing);
        refuse("openapi: 3.0.0", "api.yaml:1: `paths` is missing");
        refuse(
            "openapi: 3.0.0\npaths: {a: {}}",
            "api.yaml:2: the path `a` does not start with `/`",
        );
        let item = |reference: &str| {
            format!(
                "openapi: 3.0.0\npaths: {{/a: {{$ref: '{reference}'}}}}\n\
                 c: {{one: {{$ref: '#/c/two'}}, two: {{$ref: '#/c/one'}}}}"
            )
        };
        refuse(&item("#/none"), "api.yaml:2: the reference `#/none` leads nowhere");
        refuse(
            &item("other.yaml#/a"),
            "api.yaml:2: the reference `other.yaml#/a` leads to another document",
        );
        refuse(
            &item("#/c/one"),
            "api.yaml:2: references lead in a circle, or more than 16 follow each other",
        );
    }
}
