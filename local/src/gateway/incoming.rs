//! What a client sends, as an HTTP server hands it over.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::fmt;

/// One request of a client. `Debug` shows no header, no query and no body.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The HTTP method as sent.
    pub method: String,
    /// The path as sent, percent-encoded, with the stage or the base path.
    pub path: String,
    /// The query string as sent, without `?`; empty if there is none.
    pub query: String,
    /// The headers in order, names as sent, one entry for each occurrence.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The address that the connection came from.
    pub source_ip: IpAddr,
    /// An id of the caller's choice, unique for each request; on WebSocket APIs also that of the
    /// connection.
    pub request_id: String,
}

impl Incoming {
    /// The address of the connection; of an IPv4 address that a socket of IPv6 shows, the former.
    pub(super) fn source(&self) -> IpAddr {
        self.source_ip.to_canonical()
    }

    /// The values of every header of this name, in order. Names are compared without case.
    pub(super) fn header<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        let named = self.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// Whether two headers have the same name but for its case.
    pub(super) fn spells_a_header_twice(&self) -> bool {
        let mut spellings = BTreeMap::new();
        self.headers.iter().any(|(name, _)| {
            let first: &mut &str = spellings.entry(name.to_lowercase()).or_insert(name);
            *first != name
        })
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Incoming");
        shown.field("method", &self.method).field("request_id", &self.request_id);
        shown.finish_non_exhaustive()
    }
}
