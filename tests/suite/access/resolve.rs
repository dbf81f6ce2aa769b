//! Which route a request has, and what the table says of it.

use shared::authn::ServiceTenant;
use shared::authz::TenantLocation;
use shared::ids::TenantId;

use super::{acme, default_table, prove, table_of};

#[test]
fn the_path_decides_before_the_method() {
    let rules = ["GET /a/{x}", "POST /a/b", "GET /f/{n+}", "PUT /f/x/{y}", "GET /"];
    let table = prove(&table_of(&rules, "open")).unwrap_err();
    assert!(table[0].contains("`GET /f/x/y`"), "{table:?}");

    let rules = ["GET /a/{x}", "-POST /a/b", "-GET /f/{n+}", "-PUT /f/x/{y}", "GET /"];
    let table = prove(&table_of(&rules, "open")).unwrap();
    for (verb, path, expected) in [
        ("GET", "/a/1", Some("GET /a/{x}")),
        ("GET", "/a/b", None),
        ("POST", "/a/b", Some("POST /a/b")),
        ("POST", "/a/c", None),
        ("GET", "/f/x/y", None),
        ("GET", "/f/x/y/z", Some("GET /f/{n+}")),
        ("GET", "/f/y", Some("GET /f/{n+}")),
        ("GET", "/f/", None),
        ("GET", "/", Some("GET /")),
        ("GET", "", None),
        ("get", "/", None),
        ("TRACE", "/", None),
        ("*", "/", None),
        ("CONNECT", "/", None),
    ] {
        let matched = table.route(Some(verb), path).map(|matched| matched.to_string());
        assert_eq!(matched.as_deref(), expected, "{verb} {path}");
    }
}

#[test]
fn a_match_says_what_it_takes() {
    let table = default_table();
    let check = |verb, path, rule: &str, permission: Option<&str>, tenant| {
        let matched = table.route(verb, path).unwrap();
        assert_eq!(matched.to_string(), rule);
        assert_eq!(matched.permission().map(|p| p.to_string()).as_deref(), permission, "{rule}");
        assert_eq!(matched.is_public(), permission.is_none(), "{rule}");
        assert_eq!(matched.tenant(), tenant, "{rule}");
    };
    let (get, none) = (Some("GET"), TenantLocation::None);
    check(get, "/health", "GET /health", None, none);
    check(get, "/api/incidents/7", "GET /api/incidents/{id}", Some("read:itsm"), none);
    check(None, "$connect", "$connect", Some("read:itsm"), none);
    let header = TenantLocation::Header("x-tenant-id");
    check(get, "/api/cloud/costs", "GET /api/cloud/costs", Some("read:cloud"), header);
    let (path, rule) = ("/api/tenants/acme/reports", "GET /api/tenants/{tenant}/reports");
    check(get, path, rule, Some("read:platform"), TenantLocation::Path("acme"));
}

#[test]
fn tenants_stand_where_the_table_says() {
    let check = |rule: &str, expected: TenantLocation<'_>| {
        let source = table_of(&["GET /a"], "open") + &format!("tenant = \"{rule}\"\n");
        let table = prove(&source).unwrap();
        assert_eq!(table.route(Some("GET"), "/a").unwrap().tenant(), expected);
    };
    check("header:X-Tenant", TenantLocation::Header("x-tenant"));
    check("query:tenant", TenantLocation::Query("tenant"));
    let host = TenantLocation::Host { prefix: "", suffix: ".api.example.com" };
    check("host:{tenant}.api.example.com", host);
}

#[test]
fn roles_and_scopes() {
    let table = default_table();
    assert_eq!(table.role("nobody"), None);
    assert_eq!(table.role("service_account"), None, "no person holds it");
    assert_eq!(table.key_scopes("service_account", ["admin"]), None);
    let viewer = table.role("viewer").unwrap();
    let (read, write) = ("stackflow/api.read", "stackflow/api.write");
    assert_eq!(table.token_scopes([read]), viewer);
    assert_eq!(table.token_scopes([read, "openid", "admin", "read-only"]), viewer);
    assert_eq!(table.token_scopes([]), table.anonymous());
    assert_eq!(table.token_scopes([write, read]), table.token_scopes([read, write, read]));
    assert_eq!(table.key_scopes("viewer", ["admin", "itsm-write"]), Some(viewer));
    assert_eq!(table.key_scopes("super_admin", ["admin"]), table.role("super_admin"));
    assert_eq!(table.key_scopes("viewer", [read]), Some(table.anonymous()));
}

#[test]
fn service_clients_and_reserved_tenants() {
    let table = default_table();
    let client = |id: &str| {
        let found = table.service_clients().iter().find(|client| *client.client_id == *id);
        found.map(|client| client.tenant.clone())
    };
    assert_eq!(client("1example23456789"), Some(ServiceTenant::Fixed(acme())));
    assert_eq!(client("1EXAMPLE23456789"), None);
    assert!(!table.reserved(&acme()));
    assert!(table.reserved(&TenantId::parse("reports").unwrap()));
    let without = prove(&table_of(&["GET /reports"], "open")).unwrap();
    assert!(!without.reserved(&TenantId::parse("reports").unwrap()));
}
