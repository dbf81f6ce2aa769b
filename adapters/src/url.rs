//! Where a request may go: the one place that decides what "`https`, or `http` on loopback" is.
//!
//! [`Uri`] is RFC 3986 as hyper reads it. The WHATWG's URL standard reads some texts differently:
//! `127.1`, backslashes, dot segments, names that are not ASCII. What the two could read
//! differently is refused here, so that an operator's text means one thing.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::{Authority, Scheme};

/// An address: `https`, or `http` on the loopback interface, without a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    uri: Uri,
    host: HeaderValue,
}

impl Url {
    /// Takes `text` if it is such an address, written without anything that two readers could
    /// read differently.
    ///
    /// # Errors
    /// One sentence that says what is wanted.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let wanted = "not an `https` address, or an `http` one on loopback, without a user";
        read(text).ok_or(wanted)
    }

    /// All of it, scheme and host included.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The target in a request's first line (RFC 9112 §3.2.1): path and query.
    #[must_use]
    pub fn origin_form(&self) -> Uri {
        self.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from)
    }

    /// The value of the `Host` header (RFC 9112 §3.2): without the port where the scheme implies
    /// it.
    #[must_use]
    pub const fn host(&self) -> &HeaderValue {
        &self.host
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// Whether `host` is on the loopback interface: what is sent to it never leaves the machine. `None`
/// if two readers could differ about what it means.
#[must_use]
pub fn is_loopback(host: &str) -> Option<bool> {
    if let Some(v6) = host.strip_prefix('[') {
        return v6.strip_suffix(']')?.parse().ok().map(|v6: Ipv6Addr| v6.is_loopback());
    }
    // Only a name ends in a label that begins with a letter; `127.1` and `0x7f.1` do not.
    if !host.rsplit('.').next()?.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return host.parse().ok().map(|v4: Ipv4Addr| v4.is_loopback());
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(plain);
    host.split('.').all(is_label).then(|| host.eq_ignore_ascii_case("localhost"))
}

fn read(text: &str) -> Option<Url> {
    if !text.bytes().all(is_plain) || !percent_is_escape(text) {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    if uri.path().split('/').any(|segment| matches!(segment, "." | "..")) {
        return None;
    }
    let is_loopback = is_loopback(uri.host()?)?;
    let implied_port = match uri.scheme()? {
        scheme if *scheme == Scheme::HTTPS => 443,
        scheme if *scheme == Scheme::HTTP && is_loopback => 80,
        _ => return None,
    };
    let host = match port(uri.authority()?)? {
        Some(port) if port != implied_port => format!("{}:{port}", uri.host()?),
        _ => uri.host()?.to_owned(),
    };
    Some(Url { host: host.try_into().ok()?, uri })
}

/// The characters of RFC 3986 without `#`: what follows it is never sent.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'$' | b'%'..=b'/' | b':' | b';' | b'=')
        || matches!(byte, b'?' | b'@' | b'[' | b']' | b'_' | b'~')
}

fn percent_is_escape(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.by_ref().count() == 2
    })
}

/// The port of `authority`, which must be a host and perhaps a port: `Some(None)` if there is none,
/// `None` if it cannot be read. `Authority::port` does not tell these apart.
fn port(authority: &Authority) -> Option<Option<u16>> {
    let after = authority.as_str().strip_prefix(authority.host())?;
    if after.is_empty() {
        return Some(None);
    }
    let digits = after.strip_prefix(':')?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|port| *port != 0).map(Some)
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn plain_http_stays_on_loopback() {
        fn check(text: &str, taken: bool) {
            assert_eq!(Url::parse(text).is_ok(), taken, "{text}");
        }
        check("https://cognito-idp.eu-west-1.amazonaws.com/p/.well-known/jwks.json", true);
        check("http://127.0.0.1:9229/p/.well-known/jwks.json", true);
        check("http://127.9.9.9/", true);
        check("http://localhost:9229/", true);
        check("http://LOCALHOST/", true);
        check("http://[::1]:9229/", true);
        check("http://[0:0:0:0:0:0:0:1]/", true);
        check("http://cognito-idp.eu-west-1.amazonaws.com/", false);
        check("http://127.0.0.1.example.com/", false);
        check("http://localhost.example.com/", false);
        check("http://[::2]/", false);
        check("http://[::ffff:127.0.0.1]/", false);
        check("http://0.0.0.0/", false);
        check("http://128.0.0.1/", false);
        check("file:///etc/passwd", false);
        check("data:application/json,{}", false);
        check("ftp://127.0.0.1/", false);
        check("ws://localhost/", false);
    }

    #[test]
    fn an_address_can_be_read_in_one_way_only() {
        #[track_caller]
        fn check(text: &str, taken: bool) {
            assert_eq!(Url::parse(text).is_ok(), taken, "{text}");
        }
        // A scheme and a host.
        check("HTTPS://example.com/", true);
        check("https://example.com", true);
        check("https://", false);
        check("https:///jwks.json", false);
        check("https://?x", false);
        check("https://:443/", false);
        check("https:example.com", false);
        check("https:/example.com", false);
        check("//example.com/", false);
        check("example.com", false);
        check("example.com:443", false);
        check("/jwks.json", false);
        check("*", false);
        check("", false);
        // No user.
        check("https://user@example.com/", false);
        check("https://:password@example.com/", false);
        check("https://@example.com/", false);
        check("https://127.0.0.1@example.com/", false);
        check("http://localhost:80@example.com/", false);
        check("http://example.com%40localhost/", false);
        check("https://example.com/a@b", true);
        // Numbers are addresses of four parts, or none.
        check("https://10.0.0.1/", true);
        check("http://127.1/", false);
        check("http://2130706433/", false);
        check("http://0x7f.0.0.1/", false);
        check("http://0x7f000001/", false);
        check("http://0177.0.0.1/", false);
        check("http://127.0.0.1./", false);
        check("http://127.0.0.256/", false);
        check("https://1.2.3.4.5/", false);
        check("https://[::1/", false);
        check("https://::1/", false);
        check("https://[fe80::1%25eth0]/", false);
        check("https://[v1.x]/", false);
        check("https://[::1]x/", false);
        // Names as they are resolved.
        check("https://a_b.xn--bcher-kva.example/", true);
        check("https://bücher.example/", false);
        check("https://ex%61mple.com/", false);
        check("https://example.com./", false);
        check("https://example..com/", false);
        check("https://.example.com/", false);
        check("https://exa$mple.com/", false);
        // Ports are numbers.
        check("https://example.com:8443/", true);
        check("https://example.com:65535/", true);
        check("https://example.com:/", false);
        check("https://example.com:0/", false);
        check("https://example.com:+443/", false);
        check("https://example.com:65536/", false);
        check("https://example.com:https/", false);
        check("https://example.com:443:443/", false);
        // Paths as they are sent.
        check("https://example.com/a//b;c=d,e(f)'*!$&+~?g=h/i?j:[k]", true);
        check("https://example.com/%7Ea?b=%20", true);
        check("https://example.com?b", true);
        check("https://example.com/...", true);
        check("https://example.com/a/../b", false);
        check("https://example.com/.", false);
        check("https://example.com/%7", false);
        check("https://example.com/%zz", false);
        check("https://example.com/a#b", false);
        check("https://example.com/#", false);
        check("https://example.com/ü", false);
        check("https://example.com\\@evil.example/", false);
        check("https:\\\\example.com\\", false);
        check("https://example.com/a\\b", false);
        check("https://example.com/{a}", false);
        check("https://example.com/a b", false);
        check(" https://example.com/", false);
        check("https://example.com/\n", false);
        check("https://exam\tple.com/", false);
        check("https://example.com/\r\nhost: evil", false);
        check("https://example.com/\0", false);
        check("https://example.com\u{7f}/", false);
        check(&format!("https://example.com/{}", "a".repeat(70_000)), false);
    }

    #[test]
    fn a_request_names_host_and_path() {
        #[track_caller]
        fn check(text: &str, host: &str, path: &str) {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (url.host().to_str().unwrap(), &*url.origin_form().to_string()),
                (host, path)
            );
        }
        check("https://example.com", "example.com", "/");
        check("https://example.com:443/a?b=c", "example.com", "/a?b=c");
        check("https://example.com:80/", "example.com:80", "/");
        check("https://example.com?b", "example.com", "/?b");
        check("http://localhost:080/", "localhost", "/");
        check("http://127.0.0.1:443/%2F", "127.0.0.1:443", "/%2F");
        check("http://[::1]:8080/", "[::1]:8080", "/");
    }
}
