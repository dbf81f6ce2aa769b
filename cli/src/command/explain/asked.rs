//! The request that is asked about, as an event of API Gateway.

use std::collections::BTreeMap;

use runtime::printable;
use serde_json::json;

/// Everything before the path in the ARN. No decision depends on it.
const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/stage";
/// How a table spells the method of `$connect`.
pub(crate) const CONNECT: &str = "CONNECT";
const CONNECT_PATH: &str = "$connect";

/// A request that nobody has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `None` for the opening of a WebSocket.
    method: Option<String>,
    path: String,
    query: BTreeMap<String, Vec<String>>,
    headers: BTreeMap<String, Vec<String>>,
}

impl Asked {
    /// Reads `GET /api/incidents?page=2`, in one word or two, or `$connect`.
    ///
    /// # Errors
    /// One sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (method, target) = match words.as_slice() {
            [CONNECT_PATH] | [CONNECT, CONNECT_PATH] => (None, CONNECT_PATH),
            [method, target] => (Some((*method).to_owned()), *target),
            _ => {
                let text = printable(text);
                return Err(format!(
                    "`{text}` is no method and path, such as `GET /api/incidents`"
                ));
            }
        };
        if let Some(method) = method.as_ref().filter(|method| !is_method(method)) {
            let method = printable(method);
            return Err(format!("`{method}` is no method: methods are in capital letters"));
        }
        if method.is_some() && !target.starts_with('/') {
            let target = printable(target);
            return Err(format!("`{target}` is no path: a path starts with `/`"));
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut asked = Self::new(method, path);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            asked.add_query(name, value);
        }
        Ok(asked)
    }

    pub(crate) fn new(method: Option<String>, path: &str) -> Self {
        Self { method, path: path.to_owned(), query: BTreeMap::new(), headers: BTreeMap::new() }
    }

    pub(crate) fn add_query(&mut self, name: &str, value: &str) {
        self.query.entry(name.to_owned()).or_default().push(value.to_owned());
    }

    pub(crate) fn add_header(&mut self, name: &str, value: &str) {
        let name = name.trim().to_ascii_lowercase();
        self.headers.entry(name).or_default().push(value.trim().to_owned());
    }

    /// Reads `name:value`.
    ///
    /// # Errors
    /// One sentence, without the value, which may be a credential.
    pub(crate) fn read_header(&mut self, text: &str) -> Result<(), String> {
        let Some((name, value)) = text.split_once(':').filter(|(name, _)| !name.trim().is_empty())
        else {
            return Err("a header is `name:value`".to_owned());
        };
        self.add_header(name, value);
        Ok(())
    }

    /// The event that a REST API would send, or an HTTP API that takes simple answers, with whatever else
    /// decides left out.
    pub(crate) fn event(&self, is_simple: bool) -> Vec<u8> {
        let tail = match &self.method {
            Some(method) => format!("{method}{}", self.path),
            None => self.path.clone(),
        };
        let arn = if is_simple { "routeArn" } else { "methodArn" };
        let event = json!({
            "type": "REQUEST",
            (arn): format!("{STAGE}/{tail}"),
            "multiValueHeaders": self.headers,
            "multiValueQueryStringParameters": self.query,
        });
        event.to_string().into_bytes()
    }
}

fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use shared::request::{Occurrence, Request};

    use super::Asked;

    #[test]
    fn requests() {
        let check = |text: &str, method: Option<&str>, path: &str| {
            let event = Asked::parse(text).unwrap().event(false);
            let request = Request::read(&event).unwrap();
            assert_eq!((request.arn.method(), request.arn.path()), (method, path), "{text}");
        };
        check("GET /", Some("GET"), "/");
        check("  GET   /a/b?x=1&y&z=2 ", Some("GET"), "/a/b");
        check("GET //a", Some("GET"), "//a");
        check("$connect", None, "$connect");
        check("CONNECT $connect", None, "$connect");
        for bad in ["", "GET", "/a", "get /a", "GET a", "GET /a b"] {
            assert!(Asked::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_and_query() {
        let mut asked = Asked::parse("GET /a?x=1&y=1&y=2").unwrap();
        for header in ["X-Tenant: acme", "a:1", "A:2"] {
            asked.read_header(header).unwrap();
        }
        assert!(asked.read_header("secret").is_err());
        let event = asked.event(false);
        let request = Request::read(&event).unwrap();
        assert_eq!(request.header("x-tenant"), Occurrence::Single("acme"));
        assert_eq!(request.header("a"), Occurrence::Conflicting);
        assert_eq!(request.query("x"), Occurrence::Single("1"));
        assert_eq!(request.query("y"), Occurrence::Conflicting);
        assert_eq!(request.query("z"), Occurrence::Absent);
    }
}
