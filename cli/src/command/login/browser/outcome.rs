//! What the query of a callback says.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use oauth2::url::form_urlencoded;
use runtime::printable_within;
use shared::secret::Secret;

/// What came of the login at the pool.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A code to exchange.
    Code(Secret<String>),
    /// An error (RFC 6749 §4.1.2.1).
    Error { code: String, description: String },
}

impl Outcome {
    /// What the query of a callback says, if it is of the login with `state`. A parameter that occurs twice could
    /// be read in two ways.
    pub(super) fn read(query: &str, state: &str) -> Option<Self> {
        let read = |name: &str| {
            let mut values =
                form_urlencoded::parse(query.as_bytes()).filter(|(own, _)| own == name);
            let value = values.next().map(|(_, value)| value.into_owned());
            if values.next().is_some() { Err(()) } else { Ok(value) }
        };
        let presented = read("state").ok()??;
        verify_slices_are_equal(presented.as_bytes(), state.as_bytes()).ok()?;
        let (code, error) = (read("code").ok()?, read("error").ok()?);
        match (code, error) {
            (Some(code), None) if !code.is_empty() => Some(Self::Code(Secret::new(code))),
            (None, Some(error)) => {
                let description = read("error_description").ok()?.unwrap_or_default();
                Some(Self::Error {
                    code: printable_within(&error, 64),
                    description: printable_within(&description, 200),
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::secret::Secret;

    use super::Outcome;

    #[track_caller]
    fn check(query: &str, expected: Option<Outcome>) {
        assert_eq!(Outcome::read(query, "s+1"), expected, "{query}");
    }

    #[test]
    fn callbacks() {
        let code = |code: &str| Some(Outcome::Code(Secret::new(code.to_owned())));
        let error = |code: &str, description: &str| {
            let (code, description) = (code.to_owned(), description.to_owned());
            Some(Outcome::Error { code, description })
        };
        check("code=c%20d&state=s%2B1", code("c d"));
        check("state=s%2B1&code=c&other=x", code("c"));
        check("error=access_denied&state=s%2B1", error("access_denied", ""));
        check("error=a%1B&error_description=no+%0a&state=s%2B1", error("a\\u{1b}", "no \\u{a}"));
        for foreign in [
            "",
            "code=c",
            "code=c&state=",
            "code=c&state=s+1",
            "code=c&state=other",
            "code=c&state=s%2B1&state=s%2B1",
            "code=c&code=d&state=s%2B1",
            "code=&state=s%2B1",
            "state=s%2B1",
            "code=c&error=e&state=s%2B1",
            "error=access_denied",
            "error=access_denied&state=other",
        ] {
            check(foreign, None);
        }
    }
}
