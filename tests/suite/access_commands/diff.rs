use super::{File, Value, printed, run};

const TABLE: &str = r#"
modules = ["itsm"]
[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"
[roles.viewer]
grants = ["read:itsm"]
[roles.agent]
grants = ["read:itsm", "write:itsm"]
[[routes]]
path = "/health"
GET = "public"
[[routes]]
path = "/incidents/{id}"
GET = "read:itsm"
PATCH = "write:itsm"
"#;

/// Checks who gains and who loses, as `who method path before after`.
#[track_caller]
fn check(old: &str, new: &str, gains: &[&str], loses: &[&str]) {
    let (old, new) = (File::new(old), File::new(new));
    let found = printed(&["access", "diff", old.path(), new.path(), "--json"]);
    let list = |name: &str| -> Vec<String> {
        let line = |change: &Value| {
            let part = |name: &str| change[name].as_str().unwrap().to_owned();
            let parts = ["who", "method", "path", "before", "after"].map(part);
            parts.join(" ")
        };
        found[name].as_array().unwrap().iter().map(line).collect()
    };
    assert_eq!(list("gains"), gains);
    assert_eq!(list("loses"), loses);
}

#[test]
fn who_gains_and_who_loses() {
    check(TABLE, TABLE, &[], &[]);
    // Names of parameters, the order of routes and comments change nothing.
    check(TABLE, &TABLE.replace("{id}", "{incident}"), &[], &[]);

    let wider = TABLE.replace("PATCH = \"write:itsm\"", "PATCH = \"read:itsm\"");
    let viewer = ["role viewer PATCH /incidents/{id} write:itsm read:itsm"];
    check(TABLE, &wider, &viewer, &[]);
    let narrower = ["role viewer PATCH /incidents/{id} read:itsm write:itsm"];
    check(&wider, TABLE, &[], &narrower);

    let granted =
        TABLE.replace("grants = [\"read:itsm\"]", "grants = [\"read:itsm\", \"write:itsm\"]");
    check(TABLE, &granted, &["role viewer PATCH /incidents/{id} write:itsm write:itsm"], &[]);

    let private = TABLE.replace("public", "read:itsm");
    check(TABLE, &private, &[], &["anyone GET /health public read:itsm"]);
    check(&private, TABLE, &["anyone GET /health read:itsm public"], &[]);

    let gone = TABLE.replace("PATCH = \"write:itsm\"\n", "");
    check(TABLE, &gone, &[], &["role agent PATCH /incidents/{id} write:itsm none"]);

    let renamed = TABLE.replace("roles.agent", "roles.operator");
    check(
        TABLE,
        &renamed,
        &[
            "role operator GET /incidents/{id} read:itsm read:itsm",
            "role operator PATCH /incidents/{id} write:itsm write:itsm",
        ],
        &[
            "role agent GET /incidents/{id} read:itsm read:itsm",
            "role agent PATCH /incidents/{id} write:itsm write:itsm",
        ],
    );
}

/// A new route may take paths from an older one.
#[test]
fn a_literal_beside_a_parameter() {
    let with = format!("{TABLE}\n[[routes]]\npath = \"/incidents/all\"\nGET = \"write:itsm\"\n");
    let loses = [
        "role agent PATCH /incidents/all write:itsm none",
        "role viewer GET /incidents/all read:itsm write:itsm",
    ];
    check(TABLE, &with, &[], &loses);
}

#[test]
fn for_people() {
    let (old, new) =
        (File::new(TABLE), File::new(&TABLE.replace("write:itsm\"\n", "read:itsm\"\n")));
    let same = run(&["access", "diff", old.path(), old.path()]);
    same.is(0, "", "Nobody gains or loses anything.\n");
    let done = run(&["access", "diff", old.path(), new.path()]);
    assert_eq!(done.code, 0);
    let expected = "\
Gains:
  WHO          METHOD  PATH             REQUIRES
  role viewer  PATCH   /incidents/{id}  write:itsm -> read:itsm
";
    assert_eq!(done.out, expected);
    let missing = run(&["access", "diff", old.path()]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
}
