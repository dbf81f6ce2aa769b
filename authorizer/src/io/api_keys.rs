//! The store of API keys: which key is this, and whose?

mod columns;
#[cfg(feature = "api-keys")]
mod key_table;

use shared::credential::api_key::{KeyQuestion, KeyRow};
use shared::time::Timestamp;
use shell::Failure;

pub use columns::read_row;
#[cfg(feature = "api-keys")]
pub use key_table::KeyTable;

/// "Which key is this, and whose?"
pub trait ApiKeys {
    /// The key's row and its owner's, as they are now: nothing is ever remembered. `None` if there
    /// is no such key.
    ///
    /// # Errors
    /// It could not be asked.
    fn find(
        &self,
        question: &KeyQuestion,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<KeyRow>, Failure>>;

    /// Writes down that the key was used, unless that was done a moment ago. Nobody waits for it, and
    /// nothing depends on it.
    fn touch(&self, key: &KeyRow, now: Timestamp);
}
