//! As much of HTTP/1.1 as the Runtime API needs: requests with a `content-length`, kept alive.

use std::io;

/// One request of a function to the Runtime API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// Takes the first request out of `buffer`; `None` until all of it is there.
pub(crate) fn take_request(buffer: &mut Vec<u8>) -> io::Result<Option<HttpRequest>> {
    let Some(head_length) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = buffer.split_at(head_length);
    let head = std::str::from_utf8(head).map_err(|_| malformed("the head is not UTF-8"))?;
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(path)) = (request_line.next(), request_line.next()) else {
        return Err(malformed("no method and path"));
    };
    let body_length = body_length(lines)?;
    let Some(body) = rest.get(4..4 + body_length) else {
        return Ok(None);
    };
    let request =
        HttpRequest { method: method.to_owned(), path: path.to_owned(), body: body.to_vec() };
    buffer.drain(..head_length + 4 + body_length);
    Ok(Some(request))
}

fn body_length<'a>(header_lines: impl Iterator<Item = &'a str>) -> io::Result<usize> {
    let mut length = 0;
    for line in header_lines {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header has no `:`"))?;
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(malformed("the emulator reads no `transfer-encoding`"));
        }
        if name.eq_ignore_ascii_case("content-length") {
            length =
                value.trim().parse().map_err(|_| malformed("`content-length` is no number"))?;
        }
    }
    Ok(length)
}

/// The bytes of a response; `headers` are pairs of name and value.
pub(crate) fn response(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed request: {what}"))
}

#[cfg(test)]
mod tests {
    use super::{HttpRequest, response, take_request};

    const TWO_REQUESTS: &[u8] =
        b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\n\r\n";

    fn request(method: &str, path: &str, body: &[u8]) -> Option<HttpRequest> {
        Some(HttpRequest { method: method.into(), path: path.into(), body: body.into() })
    }

    #[test]
    fn requests_are_taken_one_by_one() {
        let mut buffer = TWO_REQUESTS.to_vec();
        assert_eq!(take_request(&mut buffer).unwrap(), request("POST", "/a", b"{}"));
        assert_eq!(take_request(&mut buffer).unwrap(), request("GET", "/b", b""));
        assert_eq!(take_request(&mut buffer).unwrap(), None);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_part_of_a_request_is_left_alone() {
        let first = TWO_REQUESTS.len() - b"GET /b HTTP/1.1\r\n\r\n".len();
        for length in 0..first {
            let mut buffer = TWO_REQUESTS[..length].to_vec();
            assert_eq!(take_request(&mut buffer).unwrap(), None);
            assert_eq!(buffer.len(), length);
        }
    }

    #[test]
    fn a_chunked_body_is_refused() {
        let mut buffer = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let error = take_request(&mut buffer).unwrap_err().to_string();
        assert_eq!(error, "malformed request: the emulator reads no `transfer-encoding`");
    }

    #[test]
    fn a_response_states_its_length() {
        assert_eq!(
            response("200 OK", &[("a", "b")], b"{}"),
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\na: b\r\n\r\n{}"
        );
    }
}
