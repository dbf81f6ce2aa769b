//! What only a laptop has: stores in files and memory, development keys, a clock that stands still.
//!
//! The functions are the same as on AWS, on other stores. No Lambda package depends on this crate:
//! it trusts keys and secrets that everybody can read in `events/`.

mod api_keys;
mod clock;
pub mod gateway;
pub mod pool;
mod replays;
mod samples;
mod secrets;
mod target;
mod webhooks;

pub use api_keys::FileApiKeys;
pub use clock::clock;
pub use replays::MemoryReplays;
pub use samples::{
    authorizer_setting, open_api_keys, open_stores, sample_api_key, sample_api_key_names,
    sample_file, sample_webhook_secret, webhook_authorizer_setting,
};
pub use secrets::FileSecrets;
pub use target::LocalTarget;
pub use webhooks::FileWebhooks;
