//! Which route a request has, and what the answer to a request without one is.

use local::gateway::{ApiKind, Domain, Gateway, NoteKind, Route};

use super::{
    FORBIDDEN, Function, MISSING, NOT_FOUND, allow, api, at, forwarded, get, handle, http_2, notes,
    request, seen, token, websocket,
};

/// Routes behind one authorizer.
fn rest(routes: &[&str]) -> Gateway {
    Gateway::new(api(ApiKind::Rest, "prod", token(0), routes)).unwrap()
}

fn http(routes: &[&str]) -> Gateway {
    Gateway::new(api(ApiKind::Http, "$default", http_2(false, 0), routes)).unwrap()
}

#[track_caller]
fn check(gateway: &Gateway, method: &str, path: &str, expected: &str) {
    let incoming = request(method, path, &[("Authorization", "t")]);
    let outcome = handle(gateway, &Function::answers(&allow()), &incoming, at(0));
    assert_eq!(seen(&outcome), expected, "{method} {path}: {:?}", outcome.trace);
    assert_eq!(gateway.route(method, path), expected.strip_prefix("to "), "{method} {path}");
}

#[test]
fn resources_of_a_rest_api() {
    let api = rest(&[
        "GET /",
        "GET /users",
        "GET /users/{id}",
        "DELETE /users/{id}",
        "GET /users/me",
        "ANY /files/{path+}",
        "GET /files/{path+}",
        "ANY /any",
    ]);
    check(&api, "GET", "/prod", "to GET /");
    check(&api, "GET", "/prod/", "to GET /");
    check(&api, "GET", "/prod/users", "to GET /users");
    check(&api, "GET", "/prod/users/1", "to GET /users/{id}");
    check(&api, "GET", "/prod/users/me", "to GET /users/me");
    check(&api, "GET", "/prod/users/a%20b", "to GET /users/{id}");
    // The resource comes first, the method second.
    check(&api, "DELETE", "/prod/users/me", MISSING);
    check(&api, "DELETE", "/prod/users/1", "to DELETE /users/{id}");
    check(&api, "GET", "/prod/files/a/b", "to GET /files/{path+}");
    check(&api, "PUT", "/prod/files/a", "to ANY /files/{path+}");
    check(&api, "GET", "/prod/files", MISSING);
    check(&api, "PATCH", "/prod/any", "to ANY /any");
    check(&api, "GET", "/prod/Users", MISSING);
    check(&api, "GET", "/prod/nowhere", MISSING);
    check(&api, "POST", "/prod/users", MISSING);
    check(&api, "GET", "/prod/users/1/2", MISSING);
    // Another stage is no stage of this API.
    check(&api, "GET", "/users", FORBIDDEN);
    check(&api, "GET", "/production/users", FORBIDDEN);
    check(&api, "GET", "/", FORBIDDEN);
}

#[test]
fn routes_of_an_http_api() {
    let api = http(&[
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "DELETE /pets/dog/{id}",
        "$default",
    ]);
    check(&api, "GET", "/pets/dog/1", "to GET /pets/dog/1");
    check(&api, "GET", "/pets/dog/2", "to GET /pets/dog/{id}");
    check(&api, "GET", "/pets/cat/1", "to GET /pets/{proxy+}");
    check(&api, "POST", "/test/5", "to ANY /{proxy+}");
    // The route with the method, though another one has the more specific path.
    check(&api, "DELETE", "/pets/dog/1", "to DELETE /pets/dog/{id}");
    check(&api, "GET", "/", "to $default");
    let api = http(&["GET /a", "ANY /a", "GET /a/{rest+}", "GET /{x}/b"]);
    check(&api, "GET", "/a", "to GET /a");
    check(&api, "POST", "/a", "to ANY /a");
    // A full match comes before a greedy one.
    check(&api, "GET", "/a/b", "to GET /{x}/b");
    check(&api, "GET", "/a/c", "to GET /a/{rest+}");
    check(&api, "GET", "/nowhere", NOT_FOUND);
    check(&api, "POST", "/a/b", NOT_FOUND);
}

#[test]
fn the_stage_of_an_http_api_stands_in_the_path() {
    let api = Gateway::new(api(ApiKind::Http, "v1", http_2(false, 0), &["GET /a"])).unwrap();
    check(&api, "GET", "/v1/a", "to GET /a");
    check(&api, "GET", "/a", NOT_FOUND);
    check(&api, "GET", "/v2/a", NOT_FOUND);
}

#[test]
fn a_custom_domain_has_a_base_path() {
    let mut api = api(ApiKind::Rest, "prod", token(0), &["GET /a"]);
    let base_path = Some("shop".to_owned());
    api.domain = Domain::Custom { name: "api.example.com".to_owned(), base_path };
    let gateway = Gateway::new(api).unwrap();
    check(&gateway, "GET", "/shop/a", "to GET /a");
    check(&gateway, "GET", "/prod/a", FORBIDDEN);
    let function = Function::answers(&allow());
    let outcome = handle(&gateway, &function, &get("/shop/a"), at(0));
    // The base path is in `path` and not in the ARN.
    assert_eq!(forwarded(&outcome)["path"], "/shop/a");
    assert!(function.event()["methodArn"].as_str().unwrap().ends_with("/prod/GET/a"));
}

#[test]
fn of_a_websocket_api_only_the_opening_is_served() {
    let gateway = Gateway::new(websocket(&[])).unwrap();
    check(&gateway, "GET", "/prod", "to $connect");
    check(&gateway, "GET", "/prod/", "to $connect");
    let refused = r#"403 {"connectionId":"b1c2d3e4","message":"Forbidden","requestId":"b1c2d3e4"}"#;
    check(&gateway, "POST", "/prod", refused);
    check(&gateway, "GET", "/prod/a", refused);
    check(&gateway, "GET", "/other", refused);
}

#[test]
fn an_odd_path_has_no_route() {
    let rest = rest(&["ANY /{proxy+}", "GET /"]);
    let http = http(&["ANY /{proxy+}", "$default"]);
    for path in [
        "/a/",
        "//a",
        "/a//b",
        "/a/./b",
        "/a/../b",
        "/..",
        "/%2e%2e/a",
        "/a%2Fb",
        "/a%2fb",
        "/a%5Cb",
        "/a\\b",
        "/%61",
        "/a%zz",
        "/a%",
        "/%ff",
        "/é",
    ] {
        for (gateway, prefix, expected) in [(&rest, "/prod", MISSING), (&http, "", NOT_FOUND)] {
            let incoming = get(&format!("{prefix}{path}"));
            let outcome = handle(gateway, &Function::answers(&allow()), &incoming, at(0));
            assert_eq!(seen(&outcome), expected, "{path}");
            assert!(notes(&outcome, NoteKind::Refused, "which route it has: "), "{path}");
        }
    }
}

/// `routes`, each with its own authorizer, or all with the same one.
fn two_readings(kind: ApiKind, routes: &[&str], same: bool, path: &str) -> (String, bool, bool) {
    let (stage, own) = match kind {
        ApiKind::Http => ("$default", http_2(false, 0)),
        _ => ("prod", token(0)),
    };
    let mut api = api(kind, stage, own.clone(), routes);
    if !same {
        let name = "other".to_owned();
        api.authorizers.push(local::gateway::Authorizer { name, ..own });
        let last = routes.last().unwrap();
        *api.routes.last_mut().unwrap() = Route::new(last, Some("other"));
    }
    let gateway = Gateway::new(api).unwrap();
    let outcome = handle(&gateway, &Function::answers(&allow()), &get(path), at(0));
    let noted = |kind| notes(&outcome, kind, "which of two routes the request has");
    (seen(&outcome), noted(NoteKind::Assumed), noted(NoteKind::Refused))
}

#[test]
fn where_two_routes_are_possible_the_authorizer_must_be_the_same() {
    let check = |kind, routes: &[&str], same, path: &str, expected: &str| {
        let (seen, assumed, refused) = two_readings(kind, routes, same, path);
        let is_refused = !expected.starts_with("to ");
        assert_eq!(
            (seen.as_str(), assumed, refused),
            (expected, !is_refused, is_refused),
            "{path}"
        );
    };
    // Whether the method or the path counts first.
    let routes = ["ANY /a", "GET /{x}"];
    check(ApiKind::Http, &routes, true, "/a", "to ANY /a");
    check(ApiKind::Http, &routes, false, "/a", NOT_FOUND);
    // Whether a literal may be spelled in another way.
    let routes = ["GET /{x}", "GET /@me"];
    check(ApiKind::Http, &routes, true, "/%40me", "to GET /{x}");
    check(ApiKind::Http, &routes, false, "/%40me", NOT_FOUND);
    check(ApiKind::Rest, &routes, false, "/prod/%40me", MISSING);
    // Whether the search turns back after a literal.
    let routes = ["GET /users/me/settings", "GET /users/{id}/orders"];
    check(ApiKind::Rest, &routes, true, "/prod/users/me/orders", MISSING);
}
