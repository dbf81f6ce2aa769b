//! Tenants outside the path: a route is in a policy only where the request names the own tenant.

use shared::authz::NamedLocations;

use super::{Sent, acme, prove};

const GATEWAY: &str =
    "gateway = { routes = \"open\", resource_policy = \"none\", policy = \"caller\" }\n";

const TABLE: &str = r#"
modules = ["m"]
gateway = { routes = "open", resource_policy = "none", policy = "caller" }
roles.r.grants = ["read:m"]
routes = [
  { path = "/plain/{id}", GET = "read:m" },
  { path = "/header/{id}", tenant = "header:x-tenant", GET = "read:m" },
  { path = "/header/all", tenant = "header:x-tenant", GET = "write:m" },
  { path = "/query", tenant = "query:tenant", GET = "read:m" },
]
"#;

/// Which of the routes the policy allows when the own tenant is named in header and query so.
#[track_caller]
fn check(header: bool, query: bool, allowed: &[&str]) {
    let table = prove(TABLE).unwrap();
    let named: NamedLocations = [header, query].into_iter().collect();
    let tenant = acme();
    let sent = Sent::new(table.policy(table.role("r").unwrap(), named), Some(&tenant));
    let paths =
        ["/plain/1", "/plain/1/2", "/header/1", "/header/all", "/header/1/2", "/query", "/other"];
    let got: Vec<_> = paths.into_iter().filter(|path| sent.says(&format!("GET{path}"))).collect();
    assert_eq!(got, allowed, "header {header}, query {query}");
}

#[test]
fn a_route_is_there_only_where_its_place_is_named() {
    check(false, false, &["/plain/1"]);
    check(true, false, &["/plain/1", "/header/1"]);
    check(false, true, &["/plain/1", "/query"]);
    check(true, true, &["/plain/1", "/header/1", "/query"]);
}

#[test]
fn places_are_few() {
    let route = |name: char| {
        format!("{{ path = \"/{name}\", tenant = \"header:{name}\", GET = \"read:m\" }}")
    };
    let routes: Vec<_> = "abcd".chars().map(route).collect();
    let source = format!(
        "modules = [\"m\"]\n{GATEWAY}roles.r.grants = [\"read:m\"]\nroutes = [{}]\n",
        routes.join(", ")
    );
    assert_eq!(
        prove(&source).unwrap_err(),
        ["access.toml:1: tenants stand in more than 3 tenant locations outside the path"]
    );
}
