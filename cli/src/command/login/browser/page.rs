//! What the browser shows in the end. No page has a script, loads anything or says a value from outside.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Of the page.
const STYLE: &str = "body { font: 17px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 30em; padding: 0 1em; } \
                     h1 { font-size: 1.5em; }";

/// Allows the style, by its hash, and nothing else (<https://www.w3.org/TR/CSP3/>).
pub(super) fn policy() -> String {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'")
}

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The tokens are there.
    Worked,
    /// They are not; the terminal says why.
    Failed,
    /// The request is not of the login that is waited for.
    Foreign,
    /// There is nothing at this path.
    Nothing,
}

impl Page {
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Worked => 200,
            Self::Failed | Self::Foreign => 400,
            Self::Nothing => 404,
        }
    }

    pub(super) fn html(self) -> String {
        let (title, text) = match self {
            Self::Worked => ("You are logged in", "Close this page and go back to the terminal."),
            Self::Failed => ("You are not logged in", "The terminal says why."),
            Self::Foreign => (
                "This is another login",
                "The terminal waits for a login that it began itself. Open the address that it shows.",
            ),
            Self::Nothing => ("There is nothing here", "Portcullis waits for a login."),
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} - Portcullis</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
        )
    }
}
