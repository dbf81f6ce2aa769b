//! Secrets Manager: the secrets of webhooks, and the password of a database.

#[cfg(feature = "aws-sdk")]
mod hmac_key_cache;
#[cfg(feature = "postgres")]
mod password;
#[cfg(feature = "aws-sdk")]
mod store;

#[cfg(feature = "aws-sdk")]
pub use hmac_key_cache::HmacKeyCache;
#[cfg(feature = "postgres")]
pub use password::PasswordStore;
#[cfg(feature = "aws-sdk")]
pub use store::{SecretStore, SecretsManager, StoredSecret};

/// The IAM actions that looking up a secret needs.
pub const IAM_ACTIONS: &[&str] = &["secretsmanager:GetSecretValue"];
