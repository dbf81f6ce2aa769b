//! An API, checked and read once.

use std::time::Duration;

use shared::request::MethodArn;

use super::api::{Api, ApiError, ApiKind, Authorizer, AuthorizerKind, PayloadFormat};
use super::identity_source::IdentitySource;
use super::resource_policy::ResourceRule;
use super::response::{Customized, GatewayResponses};
use super::routing::RouteRule;
use super::validation::Validation;

/// The longest TTL, in seconds.
const MAX_TTL: u32 = 3600;

/// An API with everything of it that had to be read.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) api: Api,
    pub(super) routes: Vec<RouteRule>,
    /// In the order of the API's own list.
    pub(super) authorizers: Vec<AuthorizerRule>,
    pub(super) resource_policy: Option<ResourceRule>,
    pub(super) responses: GatewayResponses,
}

/// An authorizer, read.
#[derive(Debug)]
pub(super) struct AuthorizerRule {
    pub(super) sources: Vec<IdentitySource>,
    pub(super) validation: Option<Validation>,
    /// Zero caches nothing.
    pub(super) ttl: Duration,
}

impl Compiled {
    /// Reads `api`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn read(api: Api) -> Result<Self, Vec<ApiError>> {
        let mut errors = Vec::new();
        let prefix = format!("{}{}/", api.arn(), api.stage);
        let arn = MethodArn::parse(format!("{prefix}GET/").into());
        // A slash in a name would begin the next part.
        if api.account.len() != 12 || !arn.is_ok_and(|arn| arn.prefix() == prefix) {
            let sentence = "partition, region, account, id and stage make no ARN of an API";
            errors.push(ApiError(sentence.to_owned()));
        }
        if api.kind != ApiKind::Rest
            && (api.resource_policy.is_some() || !api.gateway_responses.is_empty())
        {
            let sentence = "only a REST API has a resource policy and gateway responses";
            errors.push(ApiError(sentence.to_owned()));
        }
        let routes = routes(&api, &mut errors);
        let authorizers = authorizers(&api, &mut errors);
        let rule =
            api.resource_policy.as_ref().map(|policy| ResourceRule::read(policy, &api.arn()));
        let resource_policy = rule.and_then(|rule| kept(rule, &mut errors));
        let mut responses = GatewayResponses::default();
        for (of_type, response) in &api.gateway_responses {
            if let Some(read) = kept(Customized::read(*of_type, response), &mut errors) {
                responses.0.insert(*of_type, read);
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { api, routes, authorizers, resource_policy, responses })
    }
}

fn kept<T>(read: Result<T, ApiError>, errors: &mut Vec<ApiError>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

fn routes(api: &Api, errors: &mut Vec<ApiError>) -> Vec<RouteRule> {
    let mut routes: Vec<RouteRule> = Vec::new();
    for route in &api.routes {
        let named = route.authorizer.as_deref();
        let place = named.map(|name| api.authorizers.iter().position(|own| own.name == name));
        if place == Some(None) {
            errors.push(ApiError(format!("route `{}` names an unknown authorizer", route.key)));
        }
        let read = RouteRule::read(api.kind, route, place.flatten());
        let Some(read) = kept(read, errors) else { continue };
        if routes.iter().any(|other| other.is_same(&read)) {
            errors.push(ApiError(format!("route `{}` is there twice", route.key)));
        }
        routes.push(read);
    }
    routes
}

fn authorizers(api: &Api, errors: &mut Vec<ApiError>) -> Vec<AuthorizerRule> {
    let mut names: Vec<&str> = api.authorizers.iter().map(|own| own.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < api.authorizers.len() {
        errors.push(ApiError("two authorizers have the same name".to_owned()));
    }
    api.authorizers.iter().map(|own| authorizer(api.kind, own, errors)).collect()
}

fn authorizer(kind: ApiKind, own: &Authorizer, errors: &mut Vec<ApiError>) -> AuthorizerRule {
    let mut found = Vec::new();
    let sources: Vec<IdentitySource> = own
        .identity_sources
        .iter()
        .filter_map(|text| kept(IdentitySource::parse(kind, text), &mut found))
        .collect();
    let validation = match &own.kind {
        AuthorizerKind::Token { validation: Some(expression) } => {
            kept(Validation::parse(expression), &mut found)
        }
        _ => None,
    };
    found.extend(misfit(kind, own).map(|what| ApiError(what.to_owned())));
    let named = |error: ApiError| ApiError(format!("authorizer `{}`: {error}", own.name));
    errors.extend(found.into_iter().map(named));
    AuthorizerRule { sources, validation, ttl: Duration::from_secs(u64::from(own.ttl_seconds)) }
}

/// What does not fit together.
fn misfit(kind: ApiKind, own: &Authorizer) -> Option<&'static str> {
    let fits = match own.kind {
        AuthorizerKind::Token { .. } => kind == ApiKind::Rest,
        AuthorizerKind::Request => kind != ApiKind::Http,
        AuthorizerKind::Http { .. } => kind == ApiKind::Http,
    };
    if !fits {
        return Some("an API of this kind has no such authorizer");
    }
    if let AuthorizerKind::Http { format: PayloadFormat::V1, simple: true } = own.kind {
        return Some("simple responses need format 2.0");
    }
    let is_header = |text: &String| text.starts_with("method.request.header.");
    let sources = &own.identity_sources;
    if matches!(own.kind, AuthorizerKind::Token { .. })
        && !(sources.len() == 1 && sources.iter().all(is_header))
    {
        return Some("a `TOKEN` authorizer has one header as its identity source");
    }
    if own.ttl_seconds > MAX_TTL {
        return Some("the TTL is longer than 3600 seconds");
    }
    if own.ttl_seconds > 0 && kind == ApiKind::WebSocket {
        return Some("a WebSocket API caches no answers: its TTL is 0");
    }
    (own.ttl_seconds > 0 && sources.is_empty()).then_some("a TTL needs an identity source")
}
