use super::{AccessTable, Value, default_table, printed, run};

/// The picture says of every role and route what the table decides.
#[test]
fn the_picture_is_the_table() {
    let source = default_table();
    let table = AccessTable::prove("access.toml", &source).unwrap();
    let picture = printed(&["access", "table", "--scopes", "--format", "json"]);
    let rows = picture["routes"].as_array().unwrap();
    assert_eq!(rows.len(), table.rules().count());
    for row in rows {
        let (method, path) = (row["method"].as_str().unwrap(), row["path"].as_str().unwrap());
        let method = (method != "CONNECT").then_some(method);
        let asked = path.replace("{page+}", "a/b").replace(['{', '}'], "");
        let route = table.route(method, &asked).unwrap();
        assert_eq!(route.pattern(), path);
        let needed = route.permission().map(|permission| permission.to_string());
        assert_eq!(row["requires"].as_str().map(str::to_owned), needed, "{row}");
        for (role, grants) in table.roles() {
            let listed = row["roles"].as_array().unwrap().iter().any(|one| one == role);
            assert_eq!(listed, table.permits(grants, &route), "{role} {row}");
        }
        for scope in ["stackflow/api.read", "stackflow/api.write"] {
            let is = |one: &Value| one["name"] == scope && one["presented_by"] == "service-token";
            let listed = row["scopes"].as_array().unwrap().iter().any(is);
            assert_eq!(listed, table.permits(table.token_scopes([scope]), &route), "{row}");
        }
    }
}

#[test]
fn for_people() {
    let text = run(&["access", "table", "--who", "viewer", "--who", "stackflow/api.write"]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    let lines: Vec<&str> = text.out.lines().collect();
    assert!(lines[0].starts_with("METHOD   PATH "), "{}", lines[0]);
    assert!(lines[0].ends_with("viewer  stackflow/api.write"), "{}", lines[0]);
    let post = lines.iter().find(|line| line.starts_with("POST     /api/incidents ")).unwrap();
    let cells: Vec<&str> = post.split_whitespace().collect();
    assert_eq!(cells, ["POST", "/api/incidents", "write:itsm", "-", "yes"]);
    let markdown = run(&["access", "table", "--format", "markdown", "--who", "viewer"]);
    let start = "| METHOD | PATH | REQUIRES | viewer |\n| --- | --- | --- | --- |\n| CONNECT | $connect \
                 | read:itsm | yes |\n";
    assert!(markdown.out.starts_with(start), "{}", markdown.out);
}

#[test]
fn what_cannot_be_shown() {
    run(&["access", "table", "--who", "nobody"]).is(
        1,
        "",
        "portcullis: the table has no role and no scope `nobody`\n",
    );
    run(&["access", "table", "nowhere.toml"]).is(
        1,
        "",
        "portcullis: nowhere.toml cannot be read: No such file or directory (os error 2)\n",
    );
    let done = run(&["access", "table", "README.md"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.starts_with("portcullis: README.md:"), "{}", done.err);
}
