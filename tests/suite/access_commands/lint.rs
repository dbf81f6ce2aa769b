//! `portcullis access lint`. What is found in templates are cases in `tests/templates/`: a small change
//! of a correct template or table, and exactly what is found then.

use std::collections::BTreeSet;
use std::path::PathBuf;

use toml::Table;

use super::{Done, Value, root, run, unique};

/// A folder of the test's own, which ends with it.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(unique("access-lint"));
        std::fs::create_dir(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    /// Runs the command. An argument with a dot is a file of the folder.
    fn lint(&self, arguments: &[&str]) -> Done {
        let own = |argument: &&str| match argument.contains('.') {
            true => self.0.join(argument).to_str().unwrap().to_owned(),
            false => (*argument).to_owned(),
        };
        let arguments: Vec<String> = arguments.iter().map(own).collect();
        let mut all = vec!["access", "lint"];
        all.extend(arguments.iter().map(String::as_str));
        let mut done = run(&all);
        let folder = format!("{}/", self.0.to_str().unwrap());
        done.out = done.out.replace(&folder, "");
        done.err = done.err.replace(&folder, "");
        done
    }

    /// What is found, without the remedies.
    fn finds(&self, arguments: &[&str]) -> Vec<String> {
        let done = self.lint(&[arguments, &["--json"]].concat());
        let found: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:?}"));
        let mut has_error = false;
        let line = |finding: &Value| {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            has_error |= text("severity") == "error";
            let [file, severity, code, sentence] =
                ["file", "severity", "code", "sentence"].map(text);
            assert!(text("remedy").len() > 10, "{finding}");
            format!("{file}:{} {severity} {code}: {sentence}", finding["line"])
        };
        let lines = found["findings"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(done.code, if has_error { 3 } else { 0 }, "{done:?}");
        lines
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/templates").join(name)).unwrap()
}

/// `text` with each of `changes`, which must change something.
fn changed(text: &str, changes: Option<&toml::Value>) -> String {
    let mut text = text.to_owned();
    for change in changes.into_iter().flat_map(|list| list.as_array().unwrap()) {
        let [old, new] = [0, 1].map(|at| change[at].as_str().unwrap());
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    text
}

fn check_cases(file: &str) {
    let cases: Table = text(file).parse().unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let name = case["template"].as_str().unwrap();
        let template = changed(&text(name), case.get("template_changes"));
        let table = changed(&text("access.toml"), case.get("table_changes"));
        let folder = Folder::new(&[("access.toml", &table), (name, &template)]);
        let finds = folder.finds(&["access.toml", "--template", name]);
        let expected = case["finds"].as_array().unwrap().iter();
        let expected: Vec<&str> = expected.map(|line| line.as_str().unwrap()).collect();
        assert_eq!(finds, expected, "{file}: {case:?}");
    }
}

#[test]
fn the_routes_of_a_template() {
    check_cases("routes.toml");
}

#[test]
fn the_caching_of_a_template() {
    check_cases("caching.toml");
}

#[test]
fn the_rest_of_a_template() {
    check_cases("stack.toml");
}

#[track_caller]
fn check_table(old: &str, new: &str, expected: &[&str]) {
    let table = text("access.toml");
    assert!(table.contains(old), "{old}");
    let folder = Folder::new(&[("access.toml", &table.replacen(old, new, 1))]);
    assert_eq!(folder.finds(&["access.toml"]), expected);
}

#[test]
fn a_table_alone() {
    check_table("", "", &[]);
    check_table(
        "[\"read:items\"]",
        "[\"red:items\"]",
        &["access.toml:9 error PL101: unknown action `red` in `red:items`; actions are `read`, \
             `write`, `admin`, `ai`"],
    );
    check_table("\"closed\"", "\"open\"", &[]);
    check_table(
        "path = \"/items/{id}\"",
        "path = \"/items/{id}/parts\"\nGET = \"write:items\"\n[[routes]]\npath = \"/items/{id}\"",
        &[],
    );
    check_table(
        "[roles.viewer]",
        "[roles.guest]\ngrants = [\"ai:items\"]\n[roles.viewer]",
        &[
            "access.toml:8 warning PL102: no route requires what role `guest` grants: it may do nothing",
        ],
    );
    let scope = |grants: &str| {
        format!(
            "[scopes.some]\npresented_by = \"api-key\"\ngrants = [\"{grants}\"]\n[roles.viewer]"
        )
    };
    check_table(
        "[roles.viewer]",
        &scope("ai:items"),
        &[
            "access.toml:8 warning PL103: no route requires what scope `some` grants: it permits nothing",
        ],
    );
    check_table(
        "[\"read:items\", \"write:items\"]",
        "[\"read:items\"]",
        &[
            "access.toml:11 warning PL105: role `editor` may do exactly what role `viewer` on line 8 \
             may",
            "access.toml:19 warning PL108: no role and no scope of service tokens grants \
             `write:items`, so nobody may use `POST /items`",
        ],
    );
    check_table(
        "path = \"/items/{id}\"",
        "path = \"/{area}/secret\"\nGET = \"read:items\"\n[[routes]]\npath = \"/items/{id}\"\nHEAD = \
         \"public\"",
        &[],
    );
    check_table(
        "path = \"/items/{id}\"\nGET = \"read:items\"",
        "path = \"/{area}/secret\"\nGET = \"read:items\"\n[[routes]]\npath = \"/items/{id}\"\nGET = \
         \"public\"",
        &["access.toml:27 warning PL106: `GET /items/{id}` is public and takes some of the paths \
             that `GET /{area}/secret` on line 24 matches, too"],
    );
    check_table(
        "path = \"/items/{id}\"",
        "tenant = \"query:tenant\"\npath = \"/items/{id}\"",
        &["access.toml:25 warning PL107: the tenant of `/items/{id}` is `query:tenant`, which no \
             policy can compare: an answer that is cached would be used for other tenants"],
    );
}

#[test]
fn a_scope_that_no_role_can_use() {
    let scopes = "[scopes.more]\npresented_by = \"api-key\"\ngrants = [\"admin:items\"]\n\
                  [scopes.service]\npresented_by = \"service-token\"\ngrants = [\"admin:items\"]\n\
                  [[routes]]\npath = \"/settings\"\nPUT = \"admin:items\"\n[[routes]]\npath = \"/health\"";
    check_table(
        "[[routes]]\npath = \"/health\"",
        scopes,
        &["access.toml:14 warning PL104: no role grants any of what scope `more` grants, and its \
             `api-key` may do no more than the role of its owner: it permits nothing"],
    );
}

const OPENAPI: &str = "\
openapi: 3.1.0
security: [{oauth: []}]
paths:
  /health:
    get: {security: []}
  /items:
    get: {}
    post: {}
    options: {security: []}
  /items/{itemId}:
    get: {}
    delete: {}
";

#[track_caller]
fn check_openapi(changes: &[(&str, &str)], expected: &[&str]) {
    let mut document = OPENAPI.to_owned();
    for (old, new) in changes {
        assert!(document.contains(old), "{old}");
        document = document.replacen(old, new, 1);
    }
    let folder = Folder::new(&[("access.toml", &text("access.toml")), ("api.yaml", &document)]);
    assert_eq!(folder.finds(&["access.toml", "--openapi", "api.yaml"]), expected);
}

#[test]
fn an_openapi_document() {
    check_openapi(&[], &[]);
    check_openapi(
        &[("  /health:", "  /status:")],
        &[
            "access.toml:15 warning PL202: api.yaml has no operation `GET /health`",
            "api.yaml:5 error PL201: the table has no rule for `GET /status`: every request is \
             refused",
        ],
    );
    check_openapi(
        &[("post", "put")],
        &[
            "access.toml:19 warning PL202: api.yaml has no operation `POST /items`",
            "api.yaml:8 error PL203: the table does not list `PUT` at `/items`: every request is \
             refused",
        ],
    );
    check_openapi(
        &[("delete: {}", "delete: {security: []}")],
        &["api.yaml:12 error PL204: `DELETE /items/{itemId}` is public here, and the table \
             requires a permission for it"],
    );
    check_openapi(
        &[("get: {security: []}", "get: {}")],
        &["api.yaml:5 error PL205: `GET /health` is protected here, and public in the table"],
    );
    // A document that says nothing of security does not say that everything is public.
    let silent = [
        ("security: [{oauth: []}]\n", ""),
        ("get: {security: []}", "get: {}"),
        ("options: {security: []}", "options: {}"),
    ];
    check_openapi(&silent, &[]);
}

fn rest() -> Folder {
    let template = text("sam-rest.yaml");
    Folder::new(&[("access.toml", &text("access.toml")), ("sam-rest.yaml", &template)])
}

/// Without `CREDENTIALS` to be seen, the arguments say which authorizers answer by the table.
#[test]
fn whose_authorizer_it_is() {
    let arguments = ["access.toml", "--template", "sam-rest.yaml", "--authorizer"];
    let with = |names: &[&'static str]| [&arguments[..], names].concat();
    let both = with(&["any", "--authorizer", "TokenAuthorizer"]);
    assert_eq!(rest().finds(&both), [""; 0]);
    let one = rest().finds(&with(&["tokens"]));
    let expected = [
        "sam-rest.yaml:102 error PL306: the table says who may use `POST /items`, but `any` stands \
         before it, which does not answer by the table",
        "sam-rest.yaml:115 error PL306: the table says who may use `DELETE /items/{id}`, but `any` \
         stands before it, which does not answer by the table",
    ];
    assert_eq!(one, expected);
    rest().lint(&with(&["nobody"])).is(
        1,
        "",
        "portcullis: sam-rest.yaml has no authorizer `nobody`, and none of that function\n",
    );
    let http = Folder::new(&[
        ("access.toml", &text("access.toml")),
        ("sam-http.yaml", &text("sam-http.yaml")),
    ]);
    http.lint(&["access.toml", "--template", "sam-http.yaml", "--authorizer", "cognito"]).is(
        1,
        "",
        "portcullis: `cognito` of sam-http.yaml is a JWT authorizer, which asks no function\n",
    );
}

/// Without a value of a parameter none is guessed; with one, the others have their defaults.
#[test]
fn parameters_of_a_template() {
    let template = text("rest.yaml");
    assert!(template.contains("Type: TOKEN"), "{template}");
    let template = format!(
        "Parameters:\n  Kind: {{Type: String, Default: TOKEN}}\n  Stage: {{Type: String, Default: prod}}\n{}",
        template.replacen("Type: TOKEN", "Type: !Ref Kind", 1)
    );
    let folder = Folder::new(&[("access.toml", &text("access.toml")), ("rest.yaml", &template)]);
    let lint = |more: &[&'static str]| {
        folder.lint(&[&["access.toml", "--template", "rest.yaml"], more].concat())
    };
    let done = lint(&[]);
    assert!(done.code == 0 && done.out.contains("warning PL901"), "{done:?}");
    lint(&["--parameter", "Stage=dev"]).is(0, "", "0 errors, 0 warnings.\n");
    lint(&["--parameter", "Kind=TOKEN"]).is(0, "", "0 errors, 0 warnings.\n");
    let done = lint(&["--parameter", "Other=1"]);
    assert!(
        done.code == 2 && done.err.ends_with("`--parameter`: rest.yaml has no parameter `Other`\n"),
        "{done:?}"
    );
    let done = lint(&["--parameter", "Kind"]);
    let sentence = "`--parameter`: it is a name and a value, such as `Stage=dev`\n";
    assert!(done.code == 2 && done.err.ends_with(sentence), "{done:?}");
    assert_eq!(folder.lint(&["access.toml", "--parameter", "Kind=TOKEN"]).code, 2);
}

#[test]
fn how_it_is_printed() {
    let correct = ["access.toml", "--template", "sam-rest.yaml"];
    rest().lint(&correct).is(0, "", "0 errors, 0 warnings.\n");
    let table = text("access.toml").replace("DELETE", "PATCH = \"public\"\nDELETE");
    let template = text("sam-rest.yaml").replace("Authorizer: NONE", "Authorizer: tokens");
    let folder = Folder::new(&[("access.toml", &table), ("sam-rest.yaml", &template)]);
    let out = "\
access.toml:24: warning PL302: sam-rest.yaml has no route for `PATCH /items/{id}`. Remove the rule, or add \
               the route to the template.
sam-rest.yaml:88: error PL307: `GET /health` is public, and `tokens` has identity sources: API Gateway \
               answers 401 where one is missing. Take the authorizer away from the route, or use one \
               with TTL 0 and no identity source.
";
    folder.lint(&correct).is(3, out, "1 error, 1 warning.\n");

    // Warnings count where they are asked to.
    let folder = Folder::new(&[("access.toml", &table)]);
    let warned = table.replace("[\"read:items\"]", "[\"read:items\", \"write:items\"]");
    let warned = Folder::new(&[("access.toml", &warned)]);
    assert_eq!(folder.lint(&["access.toml", "--strict"]).code, 0);
    assert_eq!(warned.lint(&["access.toml"]).code, 0);
    assert_eq!(warned.lint(&["access.toml", "--strict"]).code, 3);
}

#[test]
fn a_table_with_mistakes_is_compared_with_nothing() {
    let table = text("access.toml").replace("\"closed\"", "\"cl\"");
    let folder = Folder::new(&[("access.toml", &table), ("sam-rest.yaml", &text("sam-rest.yaml"))]);
    let done = folder.lint(&["access.toml", "--template", "sam-rest.yaml"]);
    assert_eq!(done.code, 3);
    assert!(done.out.starts_with("access.toml:4: error PL101: `routes` is `closed`"), "{done:?}");
    let said = "The table has mistakes, so nothing was compared with it.\n1 error, 0 warnings.\n";
    assert_eq!(done.err, said);
}

#[test]
fn what_cannot_be_read() {
    let folder = |template: &str| {
        Folder::new(&[("access.toml", &text("access.toml")), ("template.yaml", template)])
    };
    let refuse = |template: &str, sentence: &str| {
        let done = folder(template).lint(&["access.toml", "--template", "template.yaml"]);
        done.is(1, "", &format!("portcullis: template.yaml:{sentence}\n"));
    };
    refuse("{}", "1: it is no template: `Resources` is missing");
    refuse("Resources:\n  Api: {}\n", "2: it is no template: a resource has no `Type`");
    refuse(
        "Resources: [",
        "2: it is neither YAML nor JSON: while parsing a node, did not find expected node content",
    );
    let usage = folder("{}").lint(&["access.toml", "--authorizer", "x"]);
    assert_eq!((usage.code, usage.out.as_str()), (2, ""));
    let missing = folder("{}").lint(&["nowhere.toml"]);
    let sentence =
        "portcullis: nowhere.toml cannot be read: No such file or directory (os error 2)\n";
    missing.is(1, "", sentence);
}

/// Whatever a template has in the place of what is expected, nothing breaks.
#[test]
fn odd_templates() {
    let values =
        ["x", "[]", "{}", "[[x]]", "{a: {b: c}}", "!Ref X", "!GetAtt [A]", "!Sub [x]", "~", "''"];
    for name in ["sam-rest.yaml", "sam-http.yaml", "rest.yaml", "body.yaml"] {
        let lines: Vec<String> = text(name).lines().map(str::to_owned).collect();
        for at in (0..lines.len()).step_by(3) {
            let Some((key, _)) = lines[at].split_once(':') else { continue };
            let value = values[at % values.len()];
            let mut odd = lines.clone();
            odd[at] = format!("{key}: {value}");
            // What stood deeper is no part of the value any more.
            let depth = key.len() - key.trim_start().len();
            let deeper = |line: &String| line.len() - line.trim_start().len() > depth;
            let end = odd[at + 1..].iter().position(|line| !deeper(line) && !line.is_empty());
            odd.drain(at + 1..end.map_or(odd.len(), |end| at + 1 + end));
            let odd = odd.join("\n") + "\n";
            let folder = Folder::new(&[("access.toml", &text("access.toml")), (name, &odd)]);
            let done = folder.lint(&["access.toml", "--template", name]);
            assert!(
                matches!(done.code, 0 | 1 | 3) && !done.err.contains("panicked"),
                "{odd}\n{done:?}"
            );
        }
    }
}

/// Every code of the documentation has a case.
#[test]
fn every_code_has_a_case() {
    let document = std::fs::read_to_string(root().join("docs/lint.md")).unwrap();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| PL"));
    let codes: BTreeSet<&str> = rows.filter_map(|row| row.get(..3)).collect();
    assert!(codes.len() > 40, "{}", codes.len());
    let cases = ["routes.toml", "caching.toml", "stack.toml"].map(text).concat();
    let cases = cases + include_str!("lint.rs");
    for code in codes {
        assert!(cases.contains(&format!(" PL{code}: ")), "PL{code}");
    }
}
