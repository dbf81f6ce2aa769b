//! As much of HTTP/1.1 as the tests' servers need: requests with a `content-length`, kept alive.

use std::io;

/// One request of a function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Name and value, as they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    /// The first value of the header `name`, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
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
    let headers = lines.map(header).collect::<io::Result<Vec<_>>>()?;
    let (method, path) = (method.to_owned(), path.to_owned());
    let request = HttpRequest { method, path, headers, body: Vec::new() };
    let body_length = body_length(&request)?;
    let Some(body) = rest.get(4..4 + body_length) else {
        return Ok(None);
    };
    let request = HttpRequest { body: body.to_vec(), ..request };
    buffer.drain(..head_length + 4 + body_length);
    Ok(Some(request))
}

fn header(line: &str) -> io::Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header has no `:`"))?;
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn body_length(request: &HttpRequest) -> io::Result<usize> {
    if request.header("transfer-encoding").is_some() {
        return Err(malformed("the emulator reads no `transfer-encoding`"));
    }
    let no_number = |_| malformed("`content-length` is no number");
    request.header("content-length").map_or(Ok(0), |length| length.parse().map_err(no_number))
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
    use super::{response, take_request};

    const TWO_REQUESTS: &[u8] =
        b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\n\r\n";

    #[track_caller]
    fn check(buffer: &mut Vec<u8>, method: &str, path: &str, length: Option<&str>, body: &[u8]) {
        let request = take_request(buffer).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), (method, path));
        assert_eq!(request.header("CONTENT-LENGTH"), length);
        assert_eq!(request.body, body);
    }

    #[test]
    fn requests_are_taken_one_by_one() {
        let mut buffer = TWO_REQUESTS.to_vec();
        check(&mut buffer, "POST", "/a", Some("2"), b"{}");
        check(&mut buffer, "GET", "/b", None, b"");
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
