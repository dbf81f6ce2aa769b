//! What ends a request early.

use shared::denial::Denial;
use shared::request::EventError;

use crate::decision_log::{Known, Outcome};
use crate::failure::{Failure, MisconfiguredError, UnavailableError};

/// What ends a request early, and what was known of it by then. "No" and "could not ask" are
/// different: API Gateway caches a Deny, and an outage must not be remembered as one.
#[derive(Clone, Debug)]
pub enum Stop {
    /// A "no".
    Denied(Denial, Box<Known>),
    /// "Could not ask": no decision was reached.
    Failed(Failure, Box<Known>),
}

impl Stop {
    /// The same stop with `known` in place of what it carried.
    #[must_use]
    pub fn knowing(self, known: Known) -> Self {
        match self {
            Self::Denied(denial, _) => Self::Denied(denial, Box::new(known)),
            Self::Failed(failure, _) => Self::Failed(failure, Box::new(known)),
        }
    }

    /// What the decision log says of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Denied(denial, _) => Outcome::Deny(denial.clone()),
            Self::Failed(failure, _) => Outcome::from(failure),
        }
    }

    /// What was known of the request.
    #[must_use]
    pub fn into_known(self) -> Known {
        let (Self::Denied(_, known) | Self::Failed(_, known)) = self;
        *known
    }
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial, Box::default())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure, Box::default())
    }
}

impl From<UnavailableError> for Stop {
    fn from(error: UnavailableError) -> Self {
        Failure::from(error).into()
    }
}

impl From<MisconfiguredError> for Stop {
    fn from(error: MisconfiguredError) -> Self {
        Failure::from(error).into()
    }
}

impl From<EventError> for Stop {
    fn from(error: EventError) -> Self {
        Failure::from(error).into()
    }
}
