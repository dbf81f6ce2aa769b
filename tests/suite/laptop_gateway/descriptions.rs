//! An API that cannot be one is refused, with all that is wrong with it.

use local::gateway::{
    Api, ApiKind, Authorizer, AuthorizerKind, Gateway, GatewayResponse, PayloadFormat,
    ResponseType, Route,
};

use super::{authorizer, http, http_2, rest, rest_request, token, websocket};

#[track_caller]
fn refuse(api: Api, sentences: &[&str]) {
    let errors = Gateway::new(api).unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, sentences);
}

fn with_route(key: &str) -> Api {
    let mut api = rest(token(0));
    api.routes.push(Route::new(key, None));
    api
}

#[test]
fn names_and_ids() {
    let sentence = "partition, region, account, id and stage make no ARN of an API";
    for change in [
        |api: &mut Api| api.account = "1234".to_owned(),
        |api: &mut Api| api.id = "a/b".to_owned(),
        |api: &mut Api| api.stage = "*".to_owned(),
        |api: &mut Api| api.stage = String::new(),
        |api: &mut Api| api.region = "EU".to_owned(),
        |api: &mut Api| api.partition = "evil".to_owned(),
    ] {
        let mut api = rest(token(0));
        change(&mut api);
        refuse(api, &[sentence]);
    }
}

#[test]
fn routes() {
    for key in [
        "",
        "GET",
        "/a",
        "GET a",
        "get /a",
        "GET /{a",
        "GET /a}",
        "GET /{}",
        "GET /{+}",
        "GET /{a+}/b",
        "GET //a",
        "GET /a/",
        "GET /a?b",
        "GET /%61",
        "$default",
        "$connect",
    ] {
        let sentence = format!("`{key}` is not the key of a route of such an API");
        refuse(with_route(key), &[&sentence]);
    }
    refuse(with_route("GET /users/{name}"), &["route `GET /users/{name}` is there twice"]);
    let mut api = rest(token(0));
    api.routes.push(Route::new("GET /c", Some("nobody")));
    refuse(api, &["route `GET /c` names an unknown authorizer"]);
    let mut api = websocket(&[]);
    api.routes.push(Route::new("sendMessage", None));
    refuse(api, &["`sendMessage` is not the key of a route of such an API"]);
}

#[test]
fn authorizers() {
    let refuse =
        |api: Api, sentence: &str| refuse(api, &[&format!("authorizer `auth`: {sentence}")]);
    let header = "method.request.header.Authorization";
    let one = "a `TOKEN` authorizer has one header as its identity source";
    let kind = AuthorizerKind::Token { validation: None };
    refuse(rest(authorizer(kind.clone(), &[], 0)), one);
    refuse(rest(authorizer(kind.clone(), &[header, header], 0)), one);
    refuse(rest(authorizer(kind.clone(), &["context.path"], 0)), one);
    let broken = AuthorizerKind::Token { validation: Some("(".to_owned()) };
    let sentence = "the validation expression cannot be read, or is too large";
    refuse(rest(authorizer(broken, &[header], 0)), sentence);
    refuse(rest(token(3601)), "the TTL is longer than 3600 seconds");
    refuse(rest(rest_request(&[], 1)), "a TTL needs an identity source");
    let sentence = "`$request.header.a` is not an identity source of such an API";
    refuse(rest(rest_request(&["$request.header.a"], 0)), sentence);
    let sentence = "`context.nothing` is no context variable that this gateway has";
    refuse(rest(rest_request(&["context.nothing"], 0)), sentence);
    let misfit = "an API of this kind has no such authorizer";
    refuse(rest(Authorizer { identity_sources: Vec::new(), ..http_2(false, 0) }), misfit);
    refuse(http(authorizer(kind, &[], 0)), misfit);
    refuse(http(rest_request(&[], 0)), misfit);
    let simple = AuthorizerKind::Http { format: PayloadFormat::V1, simple: true };
    refuse(http(authorizer(simple, &[], 0)), "simple responses need format 2.0");
    let mut api = websocket(&["route.request.header.Auth"]);
    api.authorizers[0].ttl_seconds = 1;
    refuse(api, "a WebSocket API caches no answers: its TTL is 0");
}

#[test]
fn all_mistakes_at_once() {
    let mut api = http(http_2(true, 9999));
    api.authorizers.push(http_2(true, 0));
    api.gateway_responses.insert(ResponseType::Unauthorized, GatewayResponse::default());
    api.routes.push(Route::new("GET", None));
    refuse(
        api,
        &[
            "only a REST API has a resource policy and gateway responses",
            "`GET` is not the key of a route of such an API",
            "two authorizers have the same name",
            "authorizer `auth`: the TTL is longer than 3600 seconds",
        ],
    );
}

#[test]
fn gateway_responses() {
    let refuse = |status: Option<u16>, name: &str, value: &str, sentence: &str| {
        let mut api = rest(token(0));
        let parameters = vec![(name.to_owned(), value.to_owned())];
        let response = GatewayResponse { status, parameters, templates: Vec::new() };
        api.gateway_responses.insert(ResponseType::AccessDenied, response);
        refuse(api, &[&format!("gateway response ACCESS_DENIED: {sentence}")]);
    };
    let header = "gatewayresponse.header.X";
    refuse(Some(99), header, "'a'", "the status is none of HTTP");
    refuse(None, "X", "'a'", "a parameter is no header");
    refuse(None, "gatewayresponse.header.", "'a'", "a parameter is no header");
    refuse(None, "gatewayresponse.header.X Y", "'a'", "a parameter is no header");
    for value in ["a", "'a", "", "context.", "'a\nb'", "method.request.body"] {
        refuse(None, header, value, "a parameter has no value");
    }
}

#[test]
fn an_api_of_each_kind_is_taken() {
    for api in [rest(token(3600)), http(http_2(true, 3600)), websocket(&[])] {
        let kind = api.kind;
        assert_eq!(Gateway::new(api).unwrap().api().kind, kind);
    }
    let gateway = Gateway::new(Api::new(ApiKind::Rest, "prod")).unwrap();
    assert_eq!(gateway.api().domain_name(), "abcdef1234.execute-api.eu-central-1.amazonaws.com");
}
