//! What is remembered of a delivery, so that a repetition is not forwarded.

use crate::ids::DeliveryId;
use crate::webhook::scheme::ToldApartBy;

/// The key under which a delivery of a webhook is remembered. It is made of authenticated bytes
/// alone: an attacker could change an unsigned id at each repetition. It holds no MAC, which would
/// be a credential in a table, and it is the same whatever secret signed the delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayKey(Box<str>);

impl ReplayKey {
    /// The key of the delivery `id`, which is made of what `told_apart_by` says: both are in the
    /// reply to a repetition.
    ///
    /// ```
    /// use shared::ids::DeliveryId;
    /// use shared::webhook::{ReplayKey, ToldApartBy};
    ///
    /// let id = DeliveryId::parse("msg_2KUaYTVoIkVTdOdJQ4BzYHUd8NM").unwrap();
    /// let key = ReplayKey::new(ToldApartBy::Id, &id);
    /// assert_eq!(key.as_str(), "id:msg_2KUaYTVoIkVTdOdJQ4BzYHUd8NM");
    /// ```
    #[must_use]
    pub fn new(told_apart_by: ToldApartBy, id: &DeliveryId) -> Self {
        let kind = match told_apart_by {
            ToldApartBy::Id => "id",
            // The id is the SHA-256 of the signed bytes.
            ToldApartBy::Time | ToldApartBy::Body => "sha256",
        };
        Self(format!("{kind}:{id}").into())
    }

    /// The key as text: `id:<id>` or `sha256:<hex>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
