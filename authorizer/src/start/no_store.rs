//! A build without API keys has no store of them, and does not start where it would need one.

use authorizer::config::ApiKeyConfig;
use authorizer::io::api_keys::ApiKeys;
use shared::credential::api_key::{KeyQuestion, KeyRow};
use shared::time::Timestamp;
use shell::Failure;

pub(crate) enum Store {}

pub(super) fn open(_: &ApiKeyConfig) -> Result<Store, Vec<String>> {
    let problem = "`CREDENTIALS` names `api-key`, which this build does not take: deploy \
                   `authorizer-api-keys.zip`";
    Err(vec![problem.to_owned()])
}

impl ApiKeys for Store {
    async fn find(&self, _: &KeyQuestion, _: Timestamp) -> Result<Option<KeyRow>, Failure> {
        match *self {}
    }

    fn touch(&self, _: &KeyRow, _: Timestamp) {
        match *self {}
    }
}
