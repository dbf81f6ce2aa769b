//! The ARN of what is requested:
//! `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{tail}`.

use std::borrow::Cow;
use std::fmt;

use crate::request::error::EventError;

/// The longest ARN that is read. API Gateway's own limit is 1600 bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
const MAX_BYTES: usize = 8 * 1024;

/// The longest resource of a policy, in bytes; API Gateway counts characters.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
pub const MAX_RESOURCE_BYTES: usize = 512;

/// What is requested, and the prefix of every resource in the answer's policy.
///
/// Everything up to the stage is checked character by character, because it is copied into the
/// policy. What follows, `{VERB}/{path}` or `$connect`, is the caller's text: it may come decoded and
/// hold spaces, `*`, `?`, `:` or any other character. It is compared, and stands in a policy only where
/// that is about this one request and [`MethodArn::is_nameable`].
#[derive(Clone, PartialEq, Eq)]
pub struct MethodArn<'e> {
    text: Cow<'e, str>,
    tail: usize,
}

impl<'e> MethodArn<'e> {
    /// Parses `text`.
    ///
    /// # Errors
    /// It is not the ARN of a method or route of `execute-api`.
    pub fn parse(text: Cow<'e, str>) -> Result<Self, EventError> {
        if text.len() > MAX_BYTES {
            return Err(EventError::of("the ARN is longer than 8192 bytes"));
        }
        let Some(tail) = tail_of(&text) else {
            return Err(EventError::of(match has_any_stage(&text) {
                true => ANY_STAGE,
                false => "the ARN is not one of a method of `execute-api`",
            }));
        };
        let tail = text.len() - tail.len();
        Ok(Self { text, tail })
    }

    /// The whole ARN. What follows the stage is the caller's text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Everything up to and including the slash after the stage. Every resource of the policy
    /// begins with it.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.text.get(..self.tail).unwrap_or_default()
    }

    /// The HTTP method, or `None` for a WebSocket route such as `$connect`.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.tail().split_once('/').map(|(method, _)| method)
    }

    /// The requested path with its leading slash, or the WebSocket route key.
    #[must_use]
    pub fn path(&self) -> &str {
        let tail = self.tail();
        tail.find('/').and_then(|slash| tail.get(slash..)).unwrap_or(tail)
    }

    /// The name of the stage.
    pub(crate) fn stage(&self) -> &str {
        let mut parts = self.prefix().rsplit('/');
        parts.next();
        parts.next().unwrap_or_default()
    }

    /// Whether a policy can name exactly this request: it fits into a resource, and IAM reads each of its
    /// characters as itself.
    #[must_use]
    pub fn is_nameable(&self) -> bool {
        let plain = |byte: u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'*' | b'?');
        self.text.len() <= MAX_RESOURCE_BYTES
            && self.tail().bytes().all(plain)
            && !self.tail().contains("${")
    }

    /// What follows the stage: method and path, or the WebSocket route key.
    pub(crate) fn tail(&self) -> &str {
        self.text.get(self.tail..).unwrap_or_default()
    }
}

/// Shows no path: it is the caller's text.
impl fmt::Debug for MethodArn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MethodArn").field(&self.prefix()).finish()
    }
}

/// Of the sample event in AWS's documentation, which `cargo lambda invoke` and the console send.
const ANY_STAGE: &str = "the ARN has the stage `*`: it is that of a sample event, and a policy for it would \
                         be one for every stage";

/// Whether the ARN would be one of a method if its stage were not `*`.
fn has_any_stage(text: &str) -> bool {
    text.split('/').nth(1) == Some("*") && tail_of(&text.replacen("/*/", "/any/", 1)).is_some()
}

/// What follows the stage; `None` unless everything before it has the form that AWS gives it. Where AWS
/// has an account of twelve digits and an id of letters and digits, emulators have words such as
/// `random-account-id`. IAM reads letters, digits and dashes as themselves.
fn tail_of(text: &str) -> Option<&str> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let mut resource = resource.splitn(3, '/');
    let (api, stage, tail) = (resource.next()?, resource.next()?, resource.next()?);
    let shaped = arn == "arn"
        && partition.starts_with("aws")
        && is(partition, 20, |b| b.is_ascii_lowercase() || b == b'-')
        && service == "execute-api"
        && is(region, 32, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && is(account, 64, |b| b.is_ascii_alphanumeric() || b == b'-')
        && is(api, 64, |b| b.is_ascii_alphanumeric() || b == b'-')
        && is(stage, 128, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$'))
        && !tail.is_empty();
    shaped.then_some(tail)
}

fn is(part: &str, max: usize, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=max).contains(&part.len()) && part.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use crate::request::method_arn::MethodArn;

    const PREFIX: &str = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/";

    fn check(tail: &str, method: Option<&str>, path: &str) {
        let text = format!("{PREFIX}{tail}");
        let arn = MethodArn::parse(text.into()).unwrap();
        assert_eq!((arn.prefix(), arn.method(), arn.path()), (PREFIX, method, path));
    }

    #[test]
    fn takes_the_tail_apart() {
        check("GET/api/incidents", Some("GET"), "/api/incidents");
        check("GET/", Some("GET"), "/");
        check("GET/a:b/c:d", Some("GET"), "/a:b/c:d");
        check("GET/a b/*/?", Some("GET"), "/a b/*/?");
        check("GET//a", Some("GET"), "//a");
        check("GET/ä/€", Some("GET"), "/ä/€");
        check("$connect", None, "$connect");
        check("GET", None, "GET");
    }

    #[test]
    fn takes_every_partition_and_stage() {
        for arn in [
            "arn:aws-cn:execute-api:cn-north-1:123456789012:abc/prod/GET/",
            "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:abc/$default/GET/pets",
            "arn:aws:execute-api:us-east-1:123456789012:abc/ESTestInvoke-stage/GET/",
            "arn:aws:execute-api:us-east-1:random-account-id:random-api-id/dev/GET/api",
            "arn:aws:execute-api:us-east-1:undefined:private/local/$connect",
        ] {
            assert!(MethodArn::parse(arn.into()).is_ok(), "{arn}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_method_of_execute_api() {
        for arn in [
            "",
            "*",
            "arn:aws:execute-api:us-east-1:123456789012:abc",
            "arn:aws:execute-api:us-east-1:123456789012:abc/prod",
            "arn:aws:execute-api:us-east-1:123456789012:abc/prod/",
            "arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:*/prod/GET/",
            "arn:aws:execute-api:us-east-1:*:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:a_b:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:a?b:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1::abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:a:b:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:a-*/prod/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:a${b}/prod/GET/",
            "arn:aws:execute-api::123456789012:abc/prod/GET/",
            "arn:aws:s3:us-east-1:123456789012:abc/prod/GET/",
            "arn:evil:execute-api:us-east-1:123456789012:abc/prod/GET/",
            "arn:aws:execute-api:us-east-1:123456789012:a\"c/prod/GET/",
        ] {
            assert!(MethodArn::parse(arn.into()).is_err(), "{arn}");
        }
        assert!(MethodArn::parse(format!("{PREFIX}{}", "a".repeat(9000)).into()).is_err());
    }

    #[test]
    fn the_sample_of_the_documentation_is_named() {
        let check = |arn: &str, expected| {
            let error = MethodArn::parse(arn.into()).unwrap_err();
            assert_eq!(error.to_string().contains("the stage `*`"), expected, "{arn}");
        };
        check("arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/*/GET/", true);
        check("arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/a/*/b", true);
        check("arn:aws:execute-api:us-east-1:123456789012:abc/**/GET/", false);
        check("arn:aws:execute-api:us-east-1:123456789012:*/*/GET/", false);
        check("*", false);
    }
}
