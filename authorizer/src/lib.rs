//! The authorizer: an event in, an answer for API Gateway out, in five steps.

pub mod config;
pub mod io;

use serde_json::value::RawValue;
use shared::access::AccessTable;
use shared::credential::api_key::PresentedKey;
use shared::credential::{Credential, TokenParts, UnverifiedToken};
use shared::decision::{Decision, decide};
use shared::decision_log::Record;
use shared::denial::{Code, Denial};
use shared::identity::Identity;
use shared::request::Request;
use shared::response::{MAX_ANSWER_BYTES, Response};
use shared::secret::Secret;
use shared::time::Timestamp;
use shell::{Failure, Function, Invocation, Misconfigured};

use config::Config;
use io::api_keys::ApiKeys;
use io::jwks::Keys;

/// The authorizer with everything it needs to decide.
pub struct Authorizer<K, A> {
    /// The settings.
    pub config: Config,
    /// The proven access table.
    pub table: AccessTable,
    /// Who knows the issuers' keys.
    pub keys: K,
    /// Who knows the API keys, if this instance takes any.
    pub api_keys: Option<A>,
}

impl<K: Keys, A: ApiKeys> Function for Authorizer<K, A> {
    const NAME: &'static str = "authorizer";

    /// [`Failure::Unauthorized`] is the 401 of REST and WebSocket APIs. Every other failure says
    /// that nothing could be decided, which API Gateway answers with a 500 and does not cache.
    async fn answer(
        &self,
        event: &[u8],
        invocation: Invocation<'_>,
        record: &mut Record,
    ) -> Result<Box<RawValue>, Failure> {
        let answer = self.authorize(event, invocation.now, record).await;
        let counts = self.keys.take_counts();
        record.jwks_refreshes = counts.fetches;
        record.jwks_failures = counts.failures;
        answer
    }
}

impl<K: Keys, A: ApiKeys> Authorizer<K, A> {
    /// Decides on one authorizer event at `now`, in five steps.
    async fn authorize(
        &self,
        event: &[u8],
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Box<RawValue>, Failure> {
        // 1. What is asked?
        let request = Request::read(event)?;
        let route = self.table.route(request.arn.method(), request.arn.path());
        record.asked(&request, route.as_ref());
        // 2. What is presented?
        let credential = Credential::presented(&request, self.config.accepted());
        // 3. Who does it prove?
        let proven = match credential {
            Ok(Some(Credential::Token(token))) => {
                self.identify(token, now, record).await?.map(Some)
            }
            Ok(Some(Credential::ApiKey(key))) => {
                // In a box: what it takes to ask a database is not for every token's stack.
                Box::pin(self.identify_key(key, &request, now, record)).await?.map(Some)
            }
            Ok(None) => Ok(None),
            Err(denial) => Err(denial),
        };
        // 4. May they?
        let decision = match &proven {
            Ok(identity) => decide(&request, route.as_ref(), identity.as_ref(), &self.table),
            Err(denial) => Decision::refuse(denial.clone()),
        };
        let identity = proven.ok().flatten();
        // 5. What does API Gateway get?
        let response = Response::new(self.config.response, &request, &decision, identity.as_ref());
        let answer = answer(&response);
        record.decided(decision, identity);
        answer
    }

    /// `Ok(Err(_))` is a "no", `Err(_)` is "could not ask".
    async fn identify(
        &self,
        token: Secret<&str>,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Result<Identity, Denial>, Failure> {
        let rules = &self.config.tokens;
        let parts = match TokenParts::decode(token) {
            Ok(parts) => parts,
            Err(denial) => return Ok(Err(denial)),
        };
        let (token, issuer) = match UnverifiedToken::read(&parts, rules) {
            Ok(read) => read,
            Err(denial) => return Ok(Err(denial)),
        };
        let found = self.keys.key(issuer.name(), token.kid(), now).await?;
        record.cache = Some(found.cache.as_str());
        let Some(key) = found.key else {
            let reason = "the issuer has no key with the token's `kid`";
            return Ok(Err(Denial::new(Code::TokenInvalid, reason)));
        };
        record.key_id = Some(token.kid().into());
        Ok(token.verify(&key, now, rules, &self.table))
    }

    /// `Ok(Err(_))` is a "no", `Err(_)` is "could not ask".
    async fn identify_key(
        &self,
        key: Secret<&str>,
        request: &Request<'_>,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Result<Identity, Denial>, Failure> {
        let (Some(config), Some(store)) = (&self.config.api_keys, &self.api_keys) else {
            return Err(Misconfigured::new("this function has no store of API keys").into());
        };
        let key = match PresentedKey::read(key, &config.rules) {
            Ok(key) => key,
            Err(denial) => return Ok(Err(denial)),
        };
        let found = store.find(key.question(), now).await?;
        record.key_id = found.as_ref().map(|row| row.id.as_str().into());
        let proven = key.verify(found.as_ref(), request.source(), now);
        if let (Some(row), Ok(_)) = (&found, &proven) {
            store.touch(row, now);
        }
        Ok(proven)
    }
}

fn answer(response: &Response<'_>) -> Result<Box<RawValue>, Failure> {
    let answer = response.to_json().map_err(|_| Failure::TooLarge)?;
    let answer = answer.ok_or(Failure::Unauthorized)?;
    if answer.get().len() > MAX_ANSWER_BYTES { Err(Failure::TooLarge) } else { Ok(answer) }
}
