//! Identity sources: what API Gateway requires of a request before it asks an authorizer, and makes its
//! cache key of.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

use super::intrinsic::{Resolved, intrinsic, resolve};
use super::{IdentitySource, Template};
use crate::yaml::Node;

impl IdentitySource {
    /// Reads a selection expression of REST (`method.request.header.Authorization`), HTTP
    /// (`$request.header.Authorization`) and WebSocket APIs (`route.request.header.Auth`).
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        let plain = text.strip_prefix('$').unwrap_or(text);
        let plain = ["method.", "route."]
            .into_iter()
            .find_map(|start| plain.strip_prefix(start))
            .unwrap_or(plain);
        match plain {
            "context.path" => return Self::Path,
            "context.httpMethod" => return Self::Method,
            "context.routeKey" => return Self::RouteKey,
            _ => {}
        }
        if let Some(name) = plain.strip_prefix("request.header.") {
            return Self::header(name);
        }
        if let Some(name) = plain.strip_prefix("request.querystring.") {
            return Self::Query(name.to_owned());
        }
        Self::Other(text.to_owned())
    }

    /// The selection expression of an HTTP API, or else of a REST API.
    pub(crate) fn expression(&self, is_http: bool) -> String {
        let (request, dollar) = if is_http { ("$request.", "$") } else { ("method.request.", "") };
        match self {
            Self::Header(name) => format!("{request}header.{name}"),
            Self::Query(name) => format!("{request}querystring.{name}"),
            Self::Path => format!("{dollar}context.path"),
            Self::Method => format!("{dollar}context.httpMethod"),
            Self::RouteKey => format!("{dollar}context.routeKey"),
            Self::Other(text) => format!("{dollar}{}", text.strip_prefix('$').unwrap_or(text)),
        }
    }

    pub(super) fn header(name: &str) -> Self {
        Self::Header(name.to_ascii_lowercase())
    }
}

/// The sources of `node`, a text with commas or a list of texts. `None` if only a deployment knows.
pub(super) fn sources(
    node: Option<&Node>,
    owner: &str,
    template: &mut Template,
) -> Option<Vec<IdentitySource>> {
    let Some(node) = node else { return Some(Vec::new()) };
    // The arguments of a function are no sources.
    let items = match node.items() {
        items if intrinsic(node).is_some() || items.is_empty() => std::slice::from_ref(node),
        items => items,
    };
    let mut sources = Vec::new();
    for item in items {
        match resolve(item) {
            Resolved::Text(text) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                sources.extend(texts.map(IdentitySource::parse));
            }
            Resolved::Nothing => {}
            Resolved::Structure => return Some(Vec::new()),
            Resolved::Unknown(written) => {
                template.cannot_know(
                    item.line,
                    format!("the identity sources of `{owner}` are `{written}`"),
                );
                return None;
            }
        }
    }
    Some(sources)
}

#[cfg(test)]
mod tests {
    use super::IdentitySource::{Method, Other, Path, Query, RouteKey};
    use super::{IdentitySource, sources};
    use crate::template::Template;
    use crate::yaml::read;

    #[test]
    fn the_three_spellings() {
        let header = IdentitySource::header("authorization");
        for (text, expected) in [
            ("method.request.header.Authorization", header.clone()),
            ("$request.header.authorization", header.clone()),
            ("route.request.header.Authorization", header.clone()),
            ("method.request.querystring.token", Query("token".to_owned())),
            ("$context.path", Path),
            ("context.httpMethod", Method),
            ("$context.routeKey", RouteKey),
            ("context.resourcePath", Other("context.resourcePath".to_owned())),
            ("stageVariables.x", Other("stageVariables.x".to_owned())),
        ] {
            assert_eq!(IdentitySource::parse(text), expected, "{text}");
        }
        let mut template = Template::default();
        let list = read("[$request.header.Authorization, $context.path]").unwrap();
        assert_eq!(sources(Some(&list), "a", &mut template), Some(vec![header.clone(), Path]));
        let text = read("'method.request.header.Authorization, context.path'").unwrap();
        assert_eq!(sources(Some(&text), "a", &mut template), Some(vec![header, Path]));
        assert_eq!(sources(Some(&read("!Ref S").unwrap()), "a", &mut template), None);
        assert_eq!(template.unresolved.len(), 1);
    }
}
