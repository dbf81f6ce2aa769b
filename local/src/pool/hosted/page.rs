//! The pages that a user sees. They have no script, and their policy forbids any.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::authorize::Asked;
use crate::pool::http::Response;

pub(super) const COOKIE: &str = "portcullis-sign-in";

const STYLE: &str = include_str!("page.css");

/// The style's hash, by which the policy allows it (CSP 3 §2.3.1).
static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));

/// The sign-in page for `asked`. It belongs to the browser that has `cookie`.
pub(super) fn sign_in(asked: &Asked, token: &str, cookie: &str, problem: Option<&str>) -> Response {
    let title = if problem.is_some() { "Problem: sign in" } else { "Sign in" };
    let alert = problem.map(|problem| {
        let problem = escape(problem);
        format!("<p class=\"problem\" id=\"problem\" role=\"alert\">{problem}</p>\n")
    });
    let described = if problem.is_some() { " aria-describedby=\"problem\"" } else { "" };
    let main = format!(
        "<h1>Sign in</h1>\n\
         <p>Development user pool. Application: {client}</p>\n\
         {alert}\
         <form method=\"post\" action=\"/login\">\n\
         <input type=\"hidden\" name=\"form_token\" value=\"{token}\">\n\
         <label for=\"username\">Email address</label>\n\
         <input id=\"username\" name=\"username\" type=\"text\" inputmode=\"email\" \
         autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required \
         autofocus{described}>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" \
         autocomplete=\"current-password\" required{described}>\n\
         <button type=\"submit\">Sign in</button>\n\
         </form>\n",
        client = escape(&asked.client_id),
        alert = alert.unwrap_or_default(),
        token = escape(token),
    );
    // A browser applies `form-action` to where the form's answer leads as well.
    let actions = format!("'self' {}", origin(&asked.redirect_uri));
    let status = if problem.is_some() { 400 } else { 200 };
    let set_cookie =
        format!("{COOKIE}={cookie}; Path=/login; Max-Age=600; HttpOnly; SameSite=Strict");
    page(status, title, &main, &actions).with("set-cookie", set_cookie)
}

/// A page that says what is wrong. `problem` is a sentence of ours.
pub(super) fn problem(status: u16, problem: &str) -> Response {
    let main = format!("<h1>This does not work</h1>\n<p role=\"alert\">{}</p>\n", escape(problem));
    page(status, "This does not work", &main, "'none'")
}

/// Takes the cookie away.
pub(super) fn no_cookie() -> String {
    format!("{COOKIE}=; Path=/login; Max-Age=0; HttpOnly; SameSite=Strict")
}

fn page(status: u16, title: &str, main: &str, form_action: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} – Portcullis</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{main}</main>\n</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action {form_action}; base-uri 'none'; \
         frame-ancestors 'none'",
        *STYLE_HASH
    );
    Response::new(status, "text/html; charset=utf-8", html.into_bytes())
        .with("content-security-policy", policy)
        .with("referrer-policy", "no-referrer")
        .with("x-frame-options", "DENY")
}

/// Scheme, host and port of a registered address.
fn origin(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return "'none'".to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{authority}")
}

/// `text` as text or as a quoted attribute value of HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escape, origin};

    #[test]
    fn html() {
        assert_eq!(
            escape("<a b=\"c\">'&'</a>"),
            "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"
        );
    }

    #[test]
    fn origins() {
        assert_eq!(origin("http://127.0.0.1:8976/callback"), "http://127.0.0.1:8976");
        assert_eq!(origin("https://app.example?x=1"), "https://app.example");
        assert_eq!(origin("com.example.app:/callback"), "'none'");
    }
}
