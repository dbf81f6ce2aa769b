use super::{AccessTable, File, json, root, run};

#[track_caller]
fn import(document: &str) -> super::Done {
    let file = File::new(document);
    let mut done = run(&["access", "import", file.path()]);
    done.err = done.err.replace(file.path(), "api.yaml");
    done
}

#[test]
fn a_first_table() {
    let done = import(
        "\
openapi: 3.1.0
security: [{oauth: [shop/read]}]
paths:
  /v1/orders/:
    get: {tags: [Orders & Carts]}
    post: {security: [{oauth: [shop/write]}]}
  /v1/orders/{orderId}.json:
    get: {}
    delete: {security: [{oauth: [shop/write]}]}
  /health:
    get: {security: []}
",
    );
    let table = r#"modules = ["orders", "orders-carts"]

[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"

[roles.viewer]
grants = ["read:*"]

[roles.editor]
grants = ["read:*", "write:*"]

[roles.admin]
grants = ["read:*", "write:*", "admin:*"]

[roles.service_account]
by_scope = true

[scopes."shop/read"]
presented_by = "service-token"
grants = ["read:orders", "read:orders-carts"]

[scopes."shop/write"]
presented_by = "service-token"
grants = ["admin:orders", "write:orders"]

[[routes]]
path = "/health"
GET = "public"

[[routes]]
path = "/v1/orders"
GET = "read:orders-carts"
POST = "write:orders"

[[routes]]
path = "/v1/orders/{orderid}"
DELETE = "admin:orders"
GET = "read:orders"
"#;
    let notes = "\
note: `/v1/orders/` is written as `/v1/orders`
note: `/v1/orders/{orderId}.json` is written as `/v1/orders/{orderid}`
Read it before you use it: roles are guessed, and so is `resource_policy`.
";
    done.is(0, table, notes);
}

/// The tables of real APIs, as documents: what comes of them loads.
#[test]
fn real_apis() {
    let folder = root().join("tests/tables");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let table = AccessTable::without_policies("t", &source).unwrap();
        let mut paths = json!({});
        for (method, path) in table.rules() {
            let Some(method) = method else { continue };
            paths[path][method.to_lowercase()] = json!({ "tags": ["all"] });
        }
        let document = json!({ "openapi": "3.0.0", "security": [{ "key": [] }], "paths": paths });
        let done = import(&document.to_string());
        assert_eq!(done.code, 0, "{}: {}", path.display(), done.err);
        let imported = AccessTable::without_policies("t", &done.out).unwrap();
        assert_eq!(imported.rules().count(), table.rules().count(), "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 13);
}

#[test]
fn a_thousand_paths_and_tags() {
    let mut paths = json!({});
    for number in 0..1000 {
        let operation = json!({ "tags": [format!("tag {number}")] });
        paths[format!("/a{number}/{{id}}")]["get"] = operation;
    }
    let document = json!({ "openapi": "3.0.0", "security": [{ "key": [] }], "paths": paths });
    let done = import(&document.to_string());
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("\"other\""), "32 modules at most");
}

#[test]
fn what_is_no_document() {
    let refuse = |document: &str, sentence: &str| {
        import(document).is(1, "", &format!("portcullis: {sentence}\n"));
    };
    refuse("", "api.yaml:1: the document is empty");
    refuse("{}", "api.yaml:1: it is no OpenAPI document: `openapi` is missing");
    refuse("openapi: 3.0.0\npaths: {}", "api.yaml has no operations");
    refuse(
        "openapi: 3.0.0\npaths: {/a: {$ref: '#/paths/~1a'}}",
        "api.yaml:2: references lead in a circle, or more than 16 follow each other",
    );
    refuse("a: &a 1\nb: *a\n", "api.yaml:2: aliases are not taken: write the value out");
}
