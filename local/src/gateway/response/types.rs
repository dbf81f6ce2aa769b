//! The types of gateway responses.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

/// A type of gateway response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are AWS's names, each documented there")]
pub enum ResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    Default4xx,
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
}

impl ResponseType {
    /// Every type with its name, its default status and its `x-amzn-ErrorType`. The two defaults have no
    /// status of their own.
    const ALL: [(Self, &'static str, u16, &'static str); 21] = [
        (Self::AccessDenied, "ACCESS_DENIED", 403, "AccessDeniedException"),
        (Self::ApiConfigurationError, "API_CONFIGURATION_ERROR", 500, "ApiConfigurationException"),
        (
            Self::AuthorizerConfigurationError,
            "AUTHORIZER_CONFIGURATION_ERROR",
            500,
            "AuthorizerConfigurationException",
        ),
        (Self::AuthorizerFailure, "AUTHORIZER_FAILURE", 500, "AuthorizerFailureException"),
        (Self::BadRequestBody, "BAD_REQUEST_BODY", 400, "BadRequestException"),
        (Self::BadRequestParameters, "BAD_REQUEST_PARAMETERS", 400, "BadRequestException"),
        (Self::Default4xx, "DEFAULT_4XX", 400, "BadRequestException"),
        (Self::Default5xx, "DEFAULT_5XX", 500, "InternalServerErrorException"),
        (Self::ExpiredToken, "EXPIRED_TOKEN", 403, "ExpiredTokenException"),
        (Self::IntegrationFailure, "INTEGRATION_FAILURE", 504, "InternalServerErrorException"),
        (Self::IntegrationTimeout, "INTEGRATION_TIMEOUT", 504, "InternalServerErrorException"),
        (Self::InvalidApiKey, "INVALID_API_KEY", 403, "ForbiddenException"),
        (Self::InvalidSignature, "INVALID_SIGNATURE", 403, "InvalidSignatureException"),
        (
            Self::MissingAuthenticationToken,
            "MISSING_AUTHENTICATION_TOKEN",
            403,
            "MissingAuthenticationTokenException",
        ),
        (Self::QuotaExceeded, "QUOTA_EXCEEDED", 429, "LimitExceededException"),
        (Self::RequestTooLarge, "REQUEST_TOO_LARGE", 413, "RequestEntityTooLargeException"),
        (Self::ResourceNotFound, "RESOURCE_NOT_FOUND", 404, "NotFoundException"),
        (Self::Throttled, "THROTTLED", 429, "TooManyRequestsException"),
        (Self::Unauthorized, "UNAUTHORIZED", 401, "UnauthorizedException"),
        (Self::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException"),
        (Self::WafFiltered, "WAF_FILTERED", 403, "ForbiddenException"),
    ];

    /// Reads AWS's name, such as `ACCESS_DENIED`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own, ..)| *own == name).map(|(of_type, ..)| *of_type)
    }

    /// AWS's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |(_, name, ..)| name)
    }

    /// The status unless it is customized.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().map_or(500, |(_, _, status, _)| *status)
    }

    pub(super) fn error_type(self) -> &'static str {
        self.row().map_or("", |(.., error_type)| error_type)
    }

    /// The type that is customized for all of its class.
    pub(super) fn class(self) -> Self {
        if self.status() < 500 { Self::Default4xx } else { Self::Default5xx }
    }

    fn row(self) -> Option<&'static (Self, &'static str, u16, &'static str)> {
        Self::ALL.iter().find(|(of_type, ..)| *of_type == self)
    }
}

#[cfg(test)]
mod tests {
    use super::ResponseType;

    #[test]
    fn every_type_has_its_row() {
        for (of_type, name, status, _) in ResponseType::ALL {
            assert_eq!(ResponseType::parse(name), Some(of_type));
            assert_eq!((of_type.as_str(), of_type.status()), (name, status));
        }
        assert_eq!(ResponseType::parse("access_denied"), None);
    }
}
