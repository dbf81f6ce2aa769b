//! Access tables of many routes of one shape: what a proof may take is measured on them.

use std::fmt::Write as _;

/// The shapes by name. `{i}` is replaced with a number.
pub const SHAPES: [(&str, &[&str]); 7] = [
    ("literal", &["/x{i}"]),
    ("collection and item", &["/x{i}", "/x{i}/{id}"]),
    ("tenant", &["/t/{tenant}/x{i}/{id}"]),
    ("parameter before literal", &["/orgs/{org}/x{i}/{id}"]),
    ("the same with collections", &["/orgs/{org}/x{i}", "/orgs/{org}/x{i}/{id}"]),
    ("two parameters before literals", &["/repos/{o}/{r}/x{i}/{id}/y"]),
    (
        "all of them",
        &["/x{i}", "/y{i}/{id}", "/orgs/{org}/x{i}/{id}", "/repos/{o}/{r}/x{i}/{id}/y"],
    ),
];

/// The roles of such a table. Each may read in some modules and write in fewer.
pub const ROLES: [&str; 8] = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"];

const MODULES: usize = 32;

/// A table of `count` routes of the `patterns` in turn, with three methods each.
#[must_use]
pub fn table(patterns: &[&str], count: usize, routes: &str) -> String {
    let list = |action: &str, holds: &dyn Fn(usize) -> bool| {
        let modules = (0..MODULES).filter(|module| holds(*module));
        modules.map(|module| format!("\"{action}:m{module}\"")).collect::<Vec<_>>().join(", ")
    };
    let names: Vec<_> = (0..MODULES).map(|module| format!("\"m{module}\"")).collect();
    let mut text = format!(
        "modules = [{}]\n[gateway]\nroutes = \"{routes}\"\nresource_policy = \"none\"\npolicy = \"caller\"\n",
        names.join(", ")
    );
    // Writing to a string cannot fail.
    for (role, name) in ROLES.iter().enumerate() {
        let reads = list("read", &|module| role == 0 || module * 7 % 11 != role);
        let writes = list("write", &|module| module * 5 % 8 == role);
        let _ = writeln!(text, "[roles.{name}]\ngrants = [{reads}, {writes}]");
    }
    for index in 0..count {
        let number = index / patterns.len();
        let pattern = patterns.get(index % patterns.len()).copied().unwrap_or_default();
        let module = number % MODULES;
        let path = pattern.replace("{i}", &number.to_string());
        let _ = writeln!(text, "[[routes]]\npath = \"{path}\"");
        if path.contains("{tenant}") {
            text.push_str("tenant = \"path:tenant\"\n");
        }
        let _ = writeln!(
            text,
            "GET = \"read:m{module}\"\nPOST = \"write:m{module}\"\nDELETE = \"write:m{module}\""
        );
    }
    text
}
