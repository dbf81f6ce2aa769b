//! The signature base (RFC 9421 §2.5): the bytes that are signed.
//!
//! One line for each covered component, in the order of `Signature-Input`: its name in quotes, a
//! colon, a blank and its value. The last line is that of `@signature-params`, with no line feed
//! after it. It lists the components and parameters, so the MAC authenticates them too, and nobody
//! can leave a component out or move `expires`. Sender and verifier build the base independently:
//! if one byte differs, the MAC does not fit.

use std::borrow::Cow;

use super::fields;
use super::input::Input;
use crate::denial::Denial;
use crate::request::Occurrence;
use crate::webhook::message::Message;
use crate::webhook::scheme::read::invalid;

/// The base of the signature that `input` describes.
pub(super) fn write(message: &Message<'_>, input: &Input<'_>) -> Result<String, Denial> {
    let mut base = String::with_capacity(512);
    for name in &input.components {
        let name = name.as_str();
        let value = value(message, name)?;
        if !is_line(&value) {
            return Err(invalid(format!("`{name}` has a character that no component may have")));
        }
        push(&mut base, name, &value);
        base.push('\n');
    }
    push(&mut base, "@signature-params", &input.signature_params());
    Ok(base)
}

/// Whether `text` is visible ASCII and blanks; RFC 9421 §2.5 allows no folded lines and no other
/// bytes. With a line feed in it, one value could pass for two lines of the base. For bytes beyond
/// ASCII the event does not say how they were sent.
fn is_line(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t'))
}

fn push(base: &mut String, name: &str, value: &str) {
    base.push('"');
    base.push_str(name);
    base.push_str("\": ");
    base.push_str(value);
}

fn value<'m>(message: &'m Message<'_>, name: &str) -> Result<Cow<'m, str>, Denial> {
    match name {
        "@method" => Ok(message.method().into()),
        "@path" => Ok(path(message)?.into()),
        "@query" => Ok(format!("?{}", query(message)?).into()),
        "@authority" => Ok(authority(message)?.into()),
        "@scheme" => Ok(message.scheme().into()),
        "@target-uri" => target_uri(message).map(Cow::Owned),
        header => fields::line(message, header)?
            .map(Cow::Borrowed)
            .ok_or_else(|| invalid(format!("the covered header `{header}` is missing"))),
    }
}

/// RFC 9421 §2.2.6: an empty path is `/`. With a `?` or `#` in it, the path was decoded before it
/// came here, and what the sender signed is not known any more.
fn path<'m>(message: &'m Message<'_>) -> Result<&'m str, Denial> {
    match message.path() {
        "" => Ok("/"),
        path if path.contains(['?', '#']) => Err(invalid("the path is not as it was sent")),
        path => Ok(path),
    }
}

fn query<'m>(message: &'m Message<'_>) -> Result<&'m str, Denial> {
    message.raw_query().ok_or_else(|| invalid("the event does not have the query as it was sent"))
}

/// RFC 9421 §2.2.3: in lower case, without the scheme's own port.
fn authority(message: &Message<'_>) -> Result<String, Denial> {
    let host = match message.host() {
        Occurrence::Single(host) => host.to_ascii_lowercase(),
        Occurrence::Absent => return Err(invalid("the event names no host")),
        Occurrence::Conflicting => return Err(invalid("the event names two hosts")),
    };
    let port = if message.scheme() == "http" { ":80" } else { ":443" };
    Ok(host.strip_suffix(port).map(str::to_owned).unwrap_or(host))
}

/// RFC 9421 §2.2.2: scheme, authority, path and query.
fn target_uri(message: &Message<'_>) -> Result<String, Denial> {
    let (scheme, authority, path) = (message.scheme(), authority(message)?, path(message)?);
    match query(message)? {
        "" => Ok(format!("{scheme}://{authority}{path}")),
        query => Ok(format!("{scheme}://{authority}{path}?{query}")),
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::super::fields;
    use super::{Input, write};
    use crate::webhook::message::Message;

    /// The request of RFC 9421 appendix B.2.
    fn request() -> Message<'static> {
        let headers = [
            ("Host", "example.com"),
            ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("Content-Type", "application/json"),
            ("X-List", "  one, two\t"),
            ("X-Empty", " "),
        ];
        Message::of("POST", "/foo", Some("param=Value&Pet=dog"), None, &headers)
    }

    fn of<'e>(
        path: &'e str,
        query: Option<&'e str>,
        host: Option<&'e str>,
        headers: &[(&'e str, &'e str)],
    ) -> Message<'e> {
        Message::of("post", path, query, host, headers)
    }

    fn base(message: &Message<'_>, input: &str) -> Result<String, String> {
        let inputs = fields::dictionary("Signature-Input", input, 1).unwrap();
        let input = Input::read(&inputs[0]).map_err(|denial| denial.reason.into_owned())?;
        write(message, &input).map_err(|denial| denial.reason.into_owned())
    }

    #[test]
    fn the_published_signature_is_of_our_base() {
        let input = r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
        let key = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key).unwrap());
        let mac = STANDARD.decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=").unwrap();
        let base = base(&request(), input).unwrap();
        hmac::verify(&key, base.as_bytes(), &mac).unwrap();
    }

    #[test]
    fn each_component_has_its_value() {
        fn check(message: &Message<'_>, component: &str, value: &str) {
            let line = format!("\"{component}\": {value}\n");
            let params = format!("\"@signature-params\": (\"{component}\");created=1");
            let input = format!("sig=(\"{component}\");created=1");
            assert_eq!(base(message, &input), Ok(line + &params));
        }
        let request = request();
        check(&request, "@method", "POST");
        check(&request, "@path", "/foo");
        check(&request, "@query", "?param=Value&Pet=dog");
        check(&request, "@authority", "example.com");
        check(&request, "@scheme", "https");
        check(&request, "@target-uri", "https://example.com/foo?param=Value&Pet=dog");
        check(&request, "content-type", "application/json");
        check(&request, "x-list", "one, two");
        check(&request, "x-empty", "");
        let bare = of("", Some(""), Some("Hooks.Example.com:443"), &[]);
        check(&bare, "@method", "post");
        check(&bare, "@path", "/");
        check(&bare, "@query", "?");
        check(&bare, "@authority", "hooks.example.com");
        check(&bare, "@target-uri", "https://hooks.example.com/");
        check(&of("/", None, Some("example.com:80"), &[]), "@authority", "example.com:80");
        check(&of("/", None, Some("example.com:8443"), &[]), "@authority", "example.com:8443");
        check(&of("/a%3Fb;c", None, Some("example.com"), &[]), "@path", "/a%3Fb;c");
    }

    #[test]
    fn what_nobody_can_say_is_refused() {
        fn check(message: &Message<'_>, component: &str, reason: &str) {
            let input = format!("sig=(\"{component}\");created=1");
            assert_eq!(base(message, &input), Err(reason.to_owned()));
        }
        let query = "the event does not have the query as it was sent";
        check(&of("/", None, Some("a"), &[]), "@query", query);
        check(&of("/", None, Some("a"), &[]), "@target-uri", query);
        check(&of("/", None, None, &[]), "@authority", "the event names no host");
        check(
            &of("/", None, Some("a"), &[("host", "b")]),
            "@authority",
            "the event names two hosts",
        );
        check(&of("/a?b", None, None, &[]), "@path", "the path is not as it was sent");
        check(&of("/a#b", None, None, &[]), "@path", "the path is not as it was sent");
        check(&of("/", None, None, &[]), "date", "the covered header `date` is missing");
        let lines = "`x-list` is given in more than one line";
        for second in ["two", "one"] {
            let headers = [("x-list", "one"), ("X-List", second)];
            check(&of("/", None, None, &headers), "x-list", lines);
        }
        for character in ["\n", "\r", "\0", "\u{7f}", "ä", "\u{2028}"] {
            let value = &format!("a{character}b");
            let reason = |name| format!("`{name}` has a character that no component may have");
            let headers = [("x-list", &**value)];
            check(&of("/", None, None, &headers), "x-list", &reason("x-list"));
            check(&of(value, None, None, &[]), "@path", &reason("@path"));
            check(&of("/", Some(value), None, &[]), "@query", &reason("@query"));
            check(&of("/", None, Some(value), &[]), "@authority", &reason("@authority"));
        }
    }

    /// Blanks may come and go on the way; the order is signed.
    #[test]
    fn parameters_are_written_in_one_way() {
        let check = |input: &str, params: &str| {
            let base = base(&request(), input).unwrap();
            assert_eq!(base.rsplit_once(": ").unwrap().1, params);
        };
        let params =
            r#"("@method" "date");created=1;nonce="n";alg="hmac-sha256";keyid="a\"b\\";tag="t""#;
        check(&format!("sig={params}"), params);
        check(&format!("  sig={params}  "), params);
        check(&format!("sig={}", params.replace("(\"", "(  \"").replace("\")", "\"   )")), params);
        check(&format!("sig={}", params.replace("\" \"", "\"    \"").replace(';', ";  ")), params);
        check("sig=(\"date\");keyid=\"k\";created=01", "(\"date\");keyid=\"k\";created=1");
        check("sig=();created=1", "();created=1");
    }
}
