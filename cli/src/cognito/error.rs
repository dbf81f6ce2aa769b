//! Cognito's errors, and what they mean to whoever logs in.

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

use crate::aws::{answered, unanswered};
use crate::exit::CommandError;
use crate::profile::Profile;

/// Why Cognito did not do it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CognitoError {
    /// It answered with an error.
    Answered { code: String, message: String },
    /// It did not answer.
    Unanswered(&'static str),
    /// It answered without what was asked for.
    Unreadable,
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for CognitoError {
    fn from(error: SdkError<E, R>) -> Self {
        match answered(&error) {
            Some((code, message)) => Self::Answered { code, message },
            None => Self::Unanswered(unanswered(&error)),
        }
    }
}

impl CognitoError {
    fn code(&self) -> &str {
        match self {
            Self::Answered { code, .. } => code,
            Self::Unanswered(_) | Self::Unreadable => "",
        }
    }

    pub(crate) fn is_unknown_operation(&self) -> bool {
        matches!(self.code(), "UnknownOperationException" | "InvalidAction" | "UnknownOperation")
    }

    /// The refresh token is not taken any more.
    pub(crate) fn ends_the_session(&self) -> bool {
        matches!(self.code(), "NotAuthorizedException" | "RefreshTokenReuseException")
    }

    /// The pool has no revocation, or the token none.
    pub(crate) fn has_no_revocation(&self) -> bool {
        matches!(
            self.code(),
            "UnsupportedOperationException"
                | "UnsupportedTokenTypeException"
                | "UnauthorizedException"
        )
    }

    /// The policy's sentence, of a password that it refuses.
    pub(crate) fn refused_password(&self) -> Option<&str> {
        match self {
            Self::Answered { code, message }
                if matches!(
                    code.as_str(),
                    "InvalidPasswordException" | "PasswordHistoryPolicyViolationException"
                ) =>
            {
                let (_, problem) = message.split_once(": ").unwrap_or(("", message));
                Some(problem.trim_end_matches('.'))
            }
            _ => None,
        }
    }

    /// The password is not the user's.
    pub(crate) fn is_wrong_password(&self) -> bool {
        matches!(self, Self::Answered { code, message }
            if code == "NotAuthorizedException" && message.starts_with("Incorrect"))
    }

    /// The code of an authenticator app is wrong.
    pub(crate) fn is_wrong_code(&self) -> bool {
        matches!(self.code(), "CodeMismatchException" | "ExpiredCodeException")
    }

    /// What happened, to what, and what to do next.
    pub(crate) fn sentence(&self, profile: &Profile) -> CommandError {
        let (code, message) = match self {
            Self::Answered { code, message } => (code.as_str(), message.as_str()),
            Self::Unanswered(why) => return unreachable(profile, why),
            Self::Unreadable => {
                return CommandError::failed(
                    "Cognito answered without the tokens: look at the app client of the profile",
                );
            }
        };
        match code {
            "NotAuthorizedException" => not_authorized(message, profile),
            "UserNotFoundException" => CommandError::refused(WRONG_PASSWORD),
            "ResourceNotFoundException" => no_client(profile),
            "PasswordResetRequiredException" => CommandError::refused(
                "an administrator has reset the password: ask them for a new one",
            ),
            "UserNotConfirmedException" => CommandError::refused(
                "the user is not confirmed: ask an administrator to confirm it",
            ),
            "TooManyRequestsException" | "LimitExceededException" | "ThrottlingException" => {
                CommandError::failed(
                    "Cognito gets too many requests at the moment: wait a minute, and try again",
                )
            }
            "InvalidParameterException" if message.contains("not enabled for this client") => {
                let browser = profile.place.next("login --browser");
                CommandError::refused(format!("the app client takes no passwords: try {browser}"))
            }
            _ => CommandError::failed(format!("Cognito refused: {code}: {message}")),
        }
    }
}

const WRONG_PASSWORD: &str =
    "the email or the password is wrong: try again, or ask an administrator to reset the password";

/// Cognito has one code for many things, and tells them apart in its message.
fn not_authorized(message: &str, profile: &Profile) -> CommandError {
    let has = |text: &str| message.to_ascii_lowercase().contains(text);
    CommandError::refused(if has("incorrect username or password") {
        WRONG_PASSWORD.to_owned()
    } else if has("temporary password has expired") || has("account has expired") {
        "the temporary password has expired: ask an administrator for a new one".to_owned()
    } else if has("attempts exceeded") {
        "there were too many wrong passwords, and Cognito has locked the user: wait a quarter of an hour, and \
         try again"
            .to_owned()
    } else if has("user is disabled") {
        "the user is disabled: ask an administrator".to_owned()
    } else if has("access token") {
        format!("the session has ended ({message}): log in again: {}", profile.log_in())
    } else if has("session") {
        "it took too long, and the login has expired: log in again".to_owned()
    } else if has("secret_hash") {
        let client = &profile.config.client_id;
        format!(
            "the app client `{client}` has a secret, and is no client for people: ask the administrator for \
             another bundle"
        )
    } else {
        format!("Cognito refused: {message}")
    })
}

/// "User pool client … does not exist": also where the client is one of another region.
fn no_client(profile: &Profile) -> CommandError {
    let config = &profile.config;
    let configure = profile.place.next("configure --from-bundle -");
    CommandError::failed(format!(
        "the app client `{}` does not exist in `{}`: the bundle is old, or of another region; ask the administrator \
         for another, and paste it into {configure}",
        config.client_id, config.region
    ))
}

fn unreachable(profile: &Profile, why: &str) -> CommandError {
    let region = &profile.config.region;
    CommandError::failed(format!("Cognito in `{region}` did not answer: {why}"))
}
