//! API Gateway's id of a request.

use std::borrow::Cow;

/// The longest that is taken, in bytes. API Gateway's have a quarter of that.
const MAX_BYTES: usize = 128;

/// The id by which API Gateway and AWS Support know a request: `extendedRequestId` of an event's
/// `requestContext`, and where it has none, `requestId`. Of a REST API the caller can choose the
/// latter, with the header `x-amzn-RequestId`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html>
///
/// `None` also if it is too long, or has a character that such ids do not have: it goes into the log.
pub(crate) fn gateway_request_id<'e>(
    extended: Option<Cow<'e, str>>,
    id: Option<Cow<'e, str>>,
) -> Option<Cow<'e, str>> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=+/".contains(&b);
    extended.or(id).filter(|id| (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(plain))
}
