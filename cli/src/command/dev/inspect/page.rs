//! The page, and the headers under which it and its data are sent.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Response;
use hyper::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

use super::super::upstream::{Body, response};
use crate::exit::CommandError;

const PAGE: &str = include_str!("page.html");

/// The page.
pub(super) struct Page {
    policy: HeaderValue,
}

impl Page {
    /// Allows the script and the style that are in the page, by their hashes, and nothing else.
    /// <https://www.w3.org/TR/CSP3/>
    ///
    /// # Errors
    /// There is none.
    pub(super) fn new() -> Result<Self, CommandError> {
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            hash(within("<script>", "</script>")),
            hash(within("<style>", "</style>")),
        );
        let policy = HeaderValue::try_from(policy);
        let policy = policy.map_err(|error| CommandError::failed(format!("no header: {error}")))?;
        Ok(Self { policy })
    }

    /// The page.
    pub(super) fn response(&self) -> Response<Body> {
        let html = [("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
        let mut page = response(200, &html, PAGE.as_bytes());
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        page
    }
}

/// What stands between two tags that the page has once.
fn within(start: &str, end: &str) -> &'static str {
    let after = PAGE.split_once(start).map_or("", |(_, after)| after);
    after.split_once(end).map_or("", |(within, _)| within)
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// Puts on what every answer has: it is kept nowhere, is what it says it is, and no other page has a use for it.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, Page};

    #[test]
    fn the_page_is_one_file() {
        for tag in ["<script>", "</script>", "<style>", "</style>"] {
            assert_eq!(PAGE.matches(tag).count(), 1, "{tag}");
        }
        for outside in
            ["src=", "href=\"http", "@import", " url(", "innerHTML", "style=\"", "onclick"]
        {
            assert!(!PAGE.contains(outside), "{outside}");
        }
        let page = Page::new().unwrap().response();
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
