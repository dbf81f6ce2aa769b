//! The API that the local gateway is without a template: the routes of the access table, and one for webhooks.

use std::collections::{BTreeMap, BTreeSet};

use local::gateway::{Api, ApiKind, Authorizer, AuthorizerKind, Domain, PayloadFormat, Route};
use shared::authz::{AccessTable, PolicyExtent, TenantLocation};

use super::plan::{Plan, Settings};
use super::{Kind, Serve};
use crate::exit::CommandError;

/// The authorizer of the table's routes, and its function.
const AUTHORIZER: &str = "authorizer";
/// The gate of webhooks, and its function.
const WEBHOOKS: &str = "webhooks";
/// Where webhooks come in.
const WEBHOOK_PATH: &str = "/v1/webhooks/";

/// The API whose routes are those of `table`, with one function of each kind.
///
/// # Errors
/// Something that the table says would not hold with these arguments.
pub(super) fn of_table(table: &AccessTable, serve: &Serve) -> Result<Plan, CommandError> {
    let ttl = serve.ttl.unwrap_or_default();
    let (kind, called, unauthenticated) = match serve.api {
        Kind::Rest => (ApiKind::Rest, "a REST API", "throw"),
        Kind::Http => (ApiKind::Http, "an HTTP API", "deny"),
    };
    check(table, serve)?;
    let mut api = Api::new(kind, &serve.stage);
    api.domain = Domain::Custom { name: "localhost".to_owned(), base_path: None };
    api.authorizers = vec![
        Authorizer {
            name: AUTHORIZER.to_owned(),
            kind: authorizer_kind(serve.api),
            identity_sources: identity_sources(table, serve),
            ttl_seconds: ttl,
        },
        Authorizer {
            name: WEBHOOKS.to_owned(),
            kind: authorizer_kind(serve.api),
            identity_sources: Vec::new(),
            ttl_seconds: 0,
        },
    ];
    for route in table.routes() {
        // Only a WebSocket API opens connections.
        let Some(method) = route.method() else { continue };
        let key = format!("{method} {}", route.pattern());
        let authorizer = (!route.is_public()).then_some(AUTHORIZER);
        api.routes.push(Route::new(&key, authorizer));
    }
    let mut deliveries = BTreeMap::new();
    for method in ["POST", "GET"] {
        let key = format!("{method} {WEBHOOK_PATH}{{webhook_id}}");
        if !api.routes.iter().any(|route| route.key == key) {
            api.routes.push(Route::new(&key, Some(WEBHOOKS)));
            deliveries.insert(key, WEBHOOKS.to_owned());
        }
    }
    let settings = [("ON_UNAUTHENTICATED", Some(unauthenticated.to_owned()))];
    Ok(Plan {
        api,
        title: format!("{called}, TTL {ttl} s"),
        authorizers: [(AUTHORIZER.to_owned(), settings.into())].into(),
        webhooks: [(WEBHOOKS.to_owned(), Settings::new())].into(),
        asked: [AUTHORIZER, WEBHOOKS].map(|name| (name.to_owned(), name.to_owned())).into(),
        deliveries,
        notes: BTreeSet::new(),
    })
}

const fn authorizer_kind(kind: Kind) -> AuthorizerKind {
    match kind {
        Kind::Rest => AuthorizerKind::Request,
        Kind::Http => AuthorizerKind::Http { format: PayloadFormat::V2, simple: false },
    }
}

/// Without a TTL nothing is cached, and every request reaches the authorizer. With one, the token is
/// the cache's key, and where an answer is about one request, its method and path are as well.
fn identity_sources(table: &AccessTable, serve: &Serve) -> Vec<String> {
    if serve.ttl.unwrap_or_default() == 0 {
        return Vec::new();
    }
    let is_request = table.policy_extent() == Some(PolicyExtent::Request);
    let (token, context): (&str, [&str; 2]) = match serve.api {
        Kind::Rest => {
            ("method.request.header.Authorization", ["context.httpMethod", "context.path"])
        }
        Kind::Http => ("$request.header.Authorization", ["$context.httpMethod", "$context.path"]),
    };
    let context = context.into_iter().filter(|_| is_request);
    [token].into_iter().chain(context).map(str::to_owned).collect()
}

/// Refuses what would silently not hold.
fn check(table: &AccessTable, serve: &Serve) -> Result<(), CommandError> {
    let is_cached_apart = table
        .tenant_locations()
        .any(|location| !matches!(location, TenantLocation::None | TenantLocation::Path(_)));
    if serve.ttl.unwrap_or_default() > 0 && is_cached_apart {
        return Err(CommandError::failed(
            "the access table finds tenants in a header, a parameter or the host, which are no part of the \
             cache's key: use `--ttl 0`",
        ));
    }
    Ok(())
}
