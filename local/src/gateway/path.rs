//! Paths: which part of them is the route's, and which spellings are refused.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::api::{Api, ApiKind, Domain};

/// The path of `sent` within the stage, with its leading slash; `None` if the stage or the base path is
/// another one. Of a WebSocket API it is `/` alone.
pub(super) fn within_stage<'p>(api: &Api, sent: &'p str) -> Option<Cow<'p, str>> {
    let first = match &api.domain {
        Domain::Default if api.kind == ApiKind::Http && api.stage == "$default" => None,
        Domain::Default => Some(&api.stage),
        Domain::Custom { base_path, .. } => base_path.as_ref(),
    };
    let Some(first) = first else {
        return sent.starts_with('/').then_some(Cow::Borrowed(sent));
    };
    match sent.strip_prefix('/')?.strip_prefix(first.as_str())? {
        "" => Some(Cow::Borrowed("/")),
        rest => rest.starts_with('/').then_some(Cow::Borrowed(rest)),
    }
}

/// Why it is not known what API Gateway makes of `path`: whether it reads it as another path, and where.
pub(super) fn oddity(path: &str) -> Option<&'static str> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    if !path.is_ascii() || path.bytes().any(|byte| byte.is_ascii_control()) {
        return Some("the path has a character that must be encoded");
    }
    if path.contains('\\') {
        return Some("the path has a backslash");
    }
    if inner.ends_with('/') {
        return Some("the path ends with a slash");
    }
    if path.contains("//") {
        return Some("the path has an empty segment");
    }
    if inner.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("the path has a segment `.` or `..`");
    }
    path.split('%').skip(1).find_map(odd_escape).or_else(|| {
        let utf8 = percent_decode_str(path).decode_utf8().is_ok();
        (!utf8).then_some("the path encodes what is not UTF-8")
    })
}

/// `text` without percent-encoding. What is no UTF-8 becomes U+FFFD.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// What is odd about the escape that `rest` begins with, after its `%`.
fn odd_escape(rest: &str) -> Option<&'static str> {
    let Some(byte) = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
        return Some("the path has a `%` without two digits");
    };
    match byte {
        b'.' | b'/' | b'\\' => Some("the path has an encoded dot, slash or backslash"),
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
            Some("the path encodes a character that needs no encoding")
        }
        0..0x20 | 0x7f => Some("the path encodes a control character"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{oddity, within_stage};
    use crate::gateway::api::{Api, ApiKind, Domain};

    #[test]
    fn stages_and_base_paths() {
        let check = |api: &Api, sent: &str, expected: Option<&str>| {
            assert_eq!(within_stage(api, sent).as_deref(), expected, "{sent}");
        };
        let rest = Api::new(ApiKind::Rest, "prod");
        check(&rest, "/prod/a", Some("/a"));
        check(&rest, "/prod", Some("/"));
        check(&rest, "/prod/", Some("/"));
        check(&rest, "/prod//a", Some("//a"));
        check(&rest, "/production/a", None);
        check(&rest, "/a", None);
        check(&rest, "prod/a", None);
        let http = Api::new(ApiKind::Http, "$default");
        check(&http, "/a", Some("/a"));
        check(&http, "*", None);
        check(&Api::new(ApiKind::Http, "v1"), "/v1/a", Some("/a"));
        let name = "api.example.com".to_owned();
        let custom = Domain::Custom { name: name.clone(), base_path: Some("shop".to_owned()) };
        check(&Api { domain: custom, ..rest.clone() }, "/shop/a", Some("/a"));
        let custom = Domain::Custom { name, base_path: None };
        check(&Api { domain: custom, ..rest }, "/prod/a", Some("/prod/a"));
    }

    #[test]
    fn odd_paths() {
        for path in ["/", "/a", "/a/b", "/a%20b", "/%40me", "/%C3%A9", "/a:b", "/*", "/a.b"] {
            assert_eq!(oddity(path), None, "{path}");
        }
        for path in [
            "/a/", "//", "//a", "/a//b", "/.", "/a/..", "/a/../b", "/%2e", "/a%2Fb", "/a%5Cb",
            "/a\\b", "/%61", "/%7E", "/%", "/%4", "/%zz", "/%00", "/\u{7f}", "/\u{e9}", "/%ff",
            "/%+f",
        ] {
            assert!(oddity(path).is_some(), "{path}");
        }
    }
}
