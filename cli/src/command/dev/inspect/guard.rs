//! Which requests are the page's own. Every page that a browser shows can send requests to this machine,
//! and a name that is made to resolve to it can even read the answers.

use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use hyper::{Method, Request};

/// The hosts under which the page is opened.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Takes a request to the inspector at `port`, or says why not, with a status.
///
/// A `Host` of ours alone, against names that others made to resolve to this machine. An `Origin`, where there
/// is one, and `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>) say that the page asks and no other; a
/// page at another port of this machine is another. Whatever changes something has both an `Origin` and a media
/// type that no form can send.
pub(super) fn check<B>(port: u16, request: &Request<B>) -> Result<(), (u16, &'static str)> {
    let headers = request.headers();
    let host = single(headers, HOST.as_str());
    let is_own = |text: &str| HOSTS.iter().any(|own| text == format!("{own}:{port}"));
    let Some(host) = host.filter(|host| is_own(host)) else {
        return Err((421, "this is the inspector of `portcullis dev`, under another name"));
    };
    let is_foreign = Err((403, "the inspector answers its own page alone"));
    let origin = headers.contains_key(ORIGIN);
    let is_same = single(headers, ORIGIN.as_str())
        .is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
    if origin && !is_same {
        return is_foreign;
    }
    if request.method() == Method::GET {
        let is_page =
            request.uri().path() == "/" && single(headers, "sec-fetch-mode") == Some("navigate");
        return match single(headers, "sec-fetch-site") {
            _ if is_page || !headers.contains_key("sec-fetch-site") => Ok(()),
            Some("same-origin" | "none") => Ok(()),
            _ => is_foreign,
        };
    }
    if !is_same {
        return is_foreign;
    }
    if single(headers, CONTENT_TYPE.as_str()) != Some("application/json") {
        return Err((415, "the inspector takes `application/json` alone"));
    }
    Ok(())
}

/// The value of a header that is there once.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::check;

    #[track_caller]
    fn checked(request: &str, headers: &[(&str, &str)]) -> u16 {
        let (method, path) = request.split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        check(9001, &builder.body(()).unwrap()).map_or_else(|(status, _)| status, |()| 200)
    }

    #[test]
    fn a_name_that_is_not_ours() {
        for (host, status) in [
            ("127.0.0.1:9001", 200),
            ("localhost:9001", 200),
            ("[::1]:9001", 200),
            ("localhost", 421),
            ("localhost:9000", 421),
            ("LOCALHOST:9001", 421),
            ("evil.example:9001", 421),
            ("127.0.0.1.evil.example:9001", 421),
            ("127.0.0.1:9001.evil.example", 421),
            ("", 421),
        ] {
            assert_eq!(checked("GET /events", &[("host", host)]), status, "{host}");
        }
        assert_eq!(checked("GET /", &[]), 421);
        let twice = [("host", "localhost:9001"), ("host", "localhost:9001")];
        assert_eq!(checked("GET /", &twice), 421);
    }

    #[test]
    fn another_page() {
        let own = ("host", "localhost:9001");
        for (request, header, status) in [
            ("GET /events", ("origin", "http://localhost:9001"), 200),
            ("GET /events", ("origin", "http://127.0.0.1:9001"), 403),
            ("GET /events", ("origin", "https://localhost:9001"), 403),
            ("GET /events", ("origin", "http://localhost:3000"), 403),
            ("GET /events", ("origin", "http://evil.example"), 403),
            ("GET /events", ("origin", "null"), 403),
            ("GET /events", ("origin", ""), 403),
            ("GET /events", ("sec-fetch-site", "same-origin"), 200),
            ("GET /events", ("sec-fetch-site", "none"), 200),
            ("GET /events", ("sec-fetch-site", "same-site"), 403),
            ("GET /events", ("sec-fetch-site", "cross-site"), 403),
            ("GET /table", ("sec-fetch-site", "cross-site"), 403),
            ("GET /", ("sec-fetch-site", "cross-site"), 403),
        ] {
            assert_eq!(checked(request, &[own, header]), status, "{request} {header:?}");
        }
        let link = [own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(checked("GET /", &link), 200, "a link to the page");
        assert_eq!(checked("GET /table", &link), 403, "a link to the data");
    }

    #[test]
    fn what_sends_requests() {
        let own = ("host", "localhost:9001");
        let origin = ("origin", "http://localhost:9001");
        let json = ("content-type", "application/json");
        let check = |headers: &[(&str, &str)], status: u16| {
            assert_eq!(checked("POST /try", headers), status, "{headers:?}");
        };
        check(&[own, origin, json], 200);
        check(&[own, json], 403);
        check(&[own, ("origin", "http://localhost:3000"), json], 403);
        check(&[own, origin], 415);
        check(&[own, origin, ("content-type", "text/plain")], 415);
        check(&[own, origin, ("content-type", "application/x-www-form-urlencoded")], 415);
    }
}
