//! The API keys in the database.

mod table;

use runtime::Failure;
use runtime::settings::Reader;
use shared::authn::{ApiKeyEnvironment, ApiKeyLookup, ApiKeyRecord};
use shared::time::Timestamp;
pub use table::ApiKeyTable;

/// Looks up API keys.
pub trait ApiKeyStore {
    /// The key's record, with its owner's, as they are now: nothing is cached. `None` if there is
    /// no such key.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be looked up. [`Failure::Misconfigured`]: the record
    /// cannot be used.
    fn find(
        &self,
        lookup: &ApiKeyLookup,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, Failure>>;

    /// Records that the key was used, unless that was recorded a moment ago. No caller waits for
    /// it, and no decision depends on it.
    fn touch(&self, key: &ApiKeyRecord, now: Timestamp);
}

/// Reads `API_KEY_ENVIRONMENT`; `None` if it is missing or wrong, which is a mistake then.
pub fn api_key_environment(settings: &mut Reader<'_>) -> Option<ApiKeyEnvironment> {
    let environment =
        settings.required("API_KEY_ENVIRONMENT", "the `<env>` of the keys, as `prod`");
    let parsed = ApiKeyEnvironment::parse(&environment);
    if parsed.is_none() && !environment.is_empty() {
        settings.mistake(format!(
            "`API_KEY_ENVIRONMENT` is `{environment}`: it must be 1 to 16 of `a-z` and `0-9`"
        ));
    }
    parsed
}
