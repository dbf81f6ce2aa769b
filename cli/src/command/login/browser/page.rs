//! What the browser shows in the end. No page has a script, loads anything or says a value from outside.

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
             </head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
        )
    }
}
