//! The authorizer: an event in, an answer for API Gateway out, in five steps.

mod build;
pub mod config;

use adapters::jwks::JwksLookup;
use adapters::postgres::ApiKeyStore;
pub use build::{NoApiKeys, build, no_api_keys, open_api_keys};
use config::Config;
use runtime::decision_log::{Known, MetricsNamespace, Outcome, Record};
use runtime::{Answered, Failure, Function, Invocation, MisconfiguredError, Stop};
use serde_json::value::RawValue;
use shared::authn::{
    Credential, Identity, Jws, PresentedApiKey, Registered, ServiceClient, UnverifiedToken,
};
use shared::authz::{AccessTable, Decision, Matched, decide};
use shared::denial::{Code, Denial};
use shared::request::Request;
use shared::response::{Response, ResponseError};
use shared::secret::Secret;
use shared::time::Timestamp;

/// The authorizer with everything it needs to decide.
pub struct Authorizer<J, A> {
    /// The settings.
    pub config: Config,
    /// The access table.
    pub table: AccessTable,
    /// The services that may present tokens: those of the table and of the settings.
    pub service_clients: Vec<ServiceClient>,
    /// Where the issuers' keys are looked up.
    pub jwks: J,
    /// Where API keys are looked up, if this instance takes any.
    pub api_keys: Option<A>,
}

impl<J: JwksLookup, A: ApiKeyStore> Function for Authorizer<J, A> {
    const NAME: &'static str = "authorizer";

    fn metrics_namespace(&self) -> &MetricsNamespace {
        &self.config.metrics_namespace
    }

    /// [`Failure::Unauthorized`] is the 401 of REST and WebSocket APIs. Every other failure says
    /// that nothing could be decided, which API Gateway answers with a 500 and does not cache.
    async fn answer(&self, event: &[u8], invocation: Invocation<'_>) -> Answered {
        let mut answered = self.authorize(event, invocation.now).await;
        let counts = self.jwks.take_counts();
        answered.record.jwks_refreshes = counts.fetches;
        answered.record.jwks_failures = counts.failures;
        answered
    }
}

const CACHED_FOR_ALL: &str = "the credential stands in none of the authorizer's identity sources: one \
                              caller's answer would be cached for every other";

/// The identity that was proven, if any, and what is known by then.
type Proven = (Option<Identity>, Known);

impl<J: JwksLookup, A: ApiKeyStore> Authorizer<J, A> {
    /// Decides on one authorizer event at `now`, in five steps.
    async fn authorize(&self, event: &[u8], now: Timestamp) -> Answered {
        // 1. Request: what is requested?
        let request = match Request::read(event) {
            Ok(request) => request,
            Err(error) => return Answered::unread(event, error.into()),
        };
        let route = self.table.route(request.arn.method(), request.arn.path());
        // 2 to 4.
        let decided = self.decide(&request, route.as_ref(), now).await;
        // 5. Response: what does API Gateway get?
        self.respond(&request, route.as_ref(), decided)
    }

    async fn decide(
        &self,
        request: &Request<'_>,
        route: Option<&Matched<'_>>,
        now: Timestamp,
    ) -> Result<(Decision<'_>, Known), Stop> {
        // 2. Credential: what is presented?
        let credential = Credential::presented(request, self.config.accepted())?;
        if credential.as_ref().is_some_and(|credential| !credential.is_identity_source(request)) {
            return Err(MisconfiguredError::new(CACHED_FOR_ALL).into());
        }
        // 3. Identity: who does it prove?
        let (identity, known) = self.identify(credential, request, now).await?;
        // 4. Decision: may they?
        let decision = decide(request, route, identity.as_ref(), &self.table)
            .map_err(|error| MisconfiguredError::new(error.to_string()))?;
        Ok((decision, Known { identity, ..known }))
    }

    async fn identify(
        &self,
        credential: Option<Credential<'_>>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Proven, Stop> {
        match credential {
            None => Ok((None, Known::default())),
            Some(Credential::Token(token)) => self.identify_token(token, now).await,
            // Boxed: the future of a database query is large, and would make every token's larger.
            Some(Credential::ApiKey(key)) => {
                Box::pin(self.identify_api_key(key, request, now)).await
            }
        }
    }

    async fn identify_token(&self, token: Secret<&str>, now: Timestamp) -> Result<Proven, Stop> {
        let rules = &self.config.tokens;
        let jws = Jws::decode(token)?;
        let token = UnverifiedToken::read(&jws, rules)?;
        let found = self.jwks.key(token.issuer().name(), token.kid(), now).await?;
        let mut known = Known { jwks_cache: Some(found.cache.as_str()), ..Known::default() };
        let Some(key) = found.key else {
            let reason = "the issuer has no key with the token's `kid`";
            return Err(Stop::from(Denial::new(Code::TokenInvalid, reason)).knowing(known));
        };
        known.kid = Some(token.kid().into());
        let registered = Registered {
            services: &self.service_clients,
            is_role: &|name| self.table.role(name).is_some(),
        };
        match token.verify(&key, now, rules, registered) {
            Ok(identity) => Ok((Some(identity), known)),
            Err(denial) => Err(Stop::from(denial).knowing(known)),
        }
    }

    async fn identify_api_key(
        &self,
        key: Secret<&str>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Proven, Stop> {
        let (Some(config), Some(store)) = (&self.config.api_keys, &self.api_keys) else {
            return Err(MisconfiguredError::new("this function has no store of API keys").into());
        };
        let key = PresentedApiKey::read(key, &config.rules)?;
        let found = store.find(key.lookup(), now).await?;
        let api_key_id = found.as_ref().map(|record| record.id().as_str().into());
        let known = Known { api_key_id, ..Known::default() };
        match key.verify(found.as_ref(), request.source_ip(), now) {
            Ok(identity) => {
                found.iter().for_each(|record| store.touch(record, now));
                Ok((Some(identity), known))
            }
            Err(denial) => Err(Stop::from(denial).knowing(known)),
        }
    }

    /// A request that was denied in an earlier step is answered like one that step 4 denies.
    fn respond(
        &self,
        request: &Request<'_>,
        route: Option<&Matched<'_>>,
        decided: Result<(Decision<'_>, Known), Stop>,
    ) -> Answered {
        let (decision, known) = match decided {
            Ok(decided) => decided,
            Err(Stop::Denied(denial, known)) => (denial.into(), *known),
            Err(Stop::Failed(failure, known)) => {
                let outcome = Outcome::from(&failure);
                let record = Record::of_request(request, route, *known, outcome);
                return Answered { answer: Err(failure), record };
            }
        };
        let rules = self.config.response;
        let response = Response::new(rules, request, &decision, known.identity.as_ref());
        let answer = written(&response);
        let outcome = match &answer {
            // A thrown `Unauthorized` is a decision, too.
            Ok(_) | Err(Failure::Unauthorized) => {
                decision.denial().cloned().map_or(Outcome::Allow, Outcome::Deny)
            }
            Err(failure) => failure.into(),
        };
        Answered { answer, record: Record::of_request(request, route, known, outcome) }
    }
}

fn written(response: &Response<'_>) -> Result<Box<RawValue>, Failure> {
    response.to_json().map_err(unanswered)?.ok_or(Failure::Unauthorized)
}

fn unanswered(error: ResponseError) -> Failure {
    let sentence = error.to_string();
    match error {
        ResponseError::Scopes | ResponseError::Answer(_) | ResponseError::Json => {
            Failure::TooLarge(sentence)
        }
        ResponseError::AllowsDenied(_)
        | ResponseError::Undenied(_)
        | ResponseError::DeniesAllowed => Failure::AnswerDisagrees(sentence),
        ResponseError::Resource | ResponseError::CachedForOthers | ResponseError::Unproven => {
            MisconfiguredError::new(sentence).into()
        }
    }
}
