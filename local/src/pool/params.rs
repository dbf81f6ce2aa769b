//! The parameters of a query or a form (RFC 6749 appendix B).

use form_urlencoded::Serializer;

/// Parameters, each at most once (RFC 6749 §3.1 and §3.2).
pub(super) struct Params(Vec<(String, String)>);

/// More parameters than any request has.
const MAX_PARAMS: usize = 64;

impl Params {
    /// `None` if a parameter occurs twice, or there are too many. Bytes that are not UTF-8 become
    /// U+FFFD, which equals nothing that is registered.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut params: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.len() == MAX_PARAMS || params.iter().any(|(own, _)| *own == name) {
                return None;
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Some(Self(params))
    }

    /// The parameter `name`. One without a value counts as left out (RFC 6749 §3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }
}

/// `uri` with `params` behind what it has for a query.
pub(super) fn with_query(uri: &str, params: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(params).finish();
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{query}")
}
