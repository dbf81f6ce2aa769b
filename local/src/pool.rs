//! A development user pool: what Cognito is to the authorizer, on a laptop.
//!
//! It speaks Cognito's own protocols, so that what works with it works with Cognito: the JSON API
//! (`POST /`), the hosted endpoints of OAuth 2.0 and OpenID Connect, the keys. It is a function of a
//! request, a time and its own state: it has no sockets, reads no clock and no files, and its
//! randomness comes from outside.
//!
//! Its passwords and its service client's secret are published, its admin operations are open to
//! whoever reaches it, and it answers only under the name of the machine itself. So it must listen on
//! the loopback interface alone.
//!
//! | path | what it is |
//! |---|---|
//! | `POST /` | Cognito's API, by `X-Amz-Target` |
//! | `GET /.well-known/jwks.json`, `/{pool id}/.well-known/jwks.json` | the keys |
//! | `GET …/.well-known/openid-configuration` | where everything is |
//! | `GET /oauth2/authorize`, `POST /login` | sign-in with a browser, with PKCE |
//! | `POST /oauth2/token` | codes, refresh tokens, client credentials |
//! | `GET /oauth2/userInfo`, `POST /oauth2/revoke`, `GET /logout` | the rest of the hosted endpoints |

mod access;
mod claims;
mod cognito;
mod config;
mod discovery;
mod error;
mod hosted;
mod http;
mod issue;
mod keys;
mod mint;
mod one_time;
mod params;
mod password;
mod random;
mod sessions;
mod state;
mod users;

use std::fmt;
use std::time::Duration;

pub use claims::TOKEN_SECONDS;
pub use config::{
    APP_CLIENT, AppClient, Config, FirstUser, LOOPBACK_PORTS, PASSWORD, POOL_ID, ROLES, Rotation,
    SERVICE_CLIENT, SERVICE_CLIENT_SECRET, ServiceClient, TENANTS,
};
pub use error::PoolError;
pub use http::{MAX_BODY_BYTES, MAX_TARGET_BYTES, Request, Response};
pub use mint::{Mint, TokenKind};
pub use password::MIN_PASSWORD_CHARS;
pub use random::Fill;
use shared::time::Timestamp;

use self::cognito::Challenge;
use self::hosted::{Code, SignIn};
use self::keys::SigningKeys;
use self::one_time::OneTime;
use self::password::PasswordHash;
use self::random::Random;
use self::sessions::Sessions;
use self::users::{User, Users};

/// How long a code may be redeemed, as at Cognito.
const CODE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long a sign-in page may stay open.
const PAGE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a challenge may be answered: Cognito's default.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(3 * 60);

/// A user pool.
///
/// ```
/// use local::pool::{Config, POOL_ID, Pool, PoolError, Request};
/// use shared::time::Timestamp;
///
/// let config = Config::development(POOL_ID, "http://127.0.0.1:9229")?;
/// let random = |bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(|_| PoolError::Random);
/// let now = Timestamp::from_unix_millis(1_800_000_000_000);
/// let mut pool = Pool::new(config, Box::new(random), now)?;
///
/// let headers = [("host", "127.0.0.1:9229")];
/// let path = "/.well-known/jwks.json";
/// let request = Request { method: "GET", path, query: "", headers: &headers, body: b"" };
/// let response = pool.handle(&request, now);
/// assert_eq!(response.status, 200);
/// assert_eq!(response.body, pool.jwks().into_bytes());
/// # Ok::<(), PoolError>(())
/// ```
pub struct Pool {
    config: Config,
    random: Random,
    keys: SigningKeys,
    users: Users,
    sessions: Sessions,
    /// A password that nobody has, for names that nobody has.
    nobody: PasswordHash,
    challenges: OneTime<Challenge>,
    pages: OneTime<SignIn>,
    codes: OneTime<Code>,
    /// The names of the sessions that came of codes: a code that comes again ends its session.
    redeemed: OneTime<String>,
}

impl Pool {
    /// A new pool with keys of its own, which aws-lc makes of its own randomness, and the users of
    /// `config`.
    ///
    /// # Errors
    /// [`PoolError`]: the random source failed, or a key could not be made.
    pub fn new(config: Config, random: Fill, now: Timestamp) -> Result<Self, PoolError> {
        let mut random = Random::new(random);
        let nobody = random.secret()?;
        let nobody = PasswordHash::new(&nobody, &mut random)?;
        let mut users = Users::new();
        for first in &config.users {
            users.put(User::first(first, &mut random, now)?);
        }
        let keys = SigningKeys::generate()?;
        Ok(Self::with(config, random, keys, users, Sessions::new(), nobody))
    }

    fn with(
        config: Config,
        random: Random,
        keys: SigningKeys,
        users: Users,
        sessions: Sessions,
        nobody: PasswordHash,
    ) -> Self {
        Self {
            config,
            random,
            keys,
            users,
            sessions,
            nobody,
            challenges: OneTime::new(CHALLENGE_LIFETIME),
            pages: OneTime::new(PAGE_LIFETIME),
            codes: OneTime::new(CODE_LIFETIME),
            redeemed: OneTime::new(CODE_LIFETIME),
        }
    }

    /// What the pool is made of.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Answers `request`. Whatever it is, there is an answer.
    pub fn handle(&mut self, request: &Request<'_>, now: Timestamp) -> Response {
        if request.body.len() > MAX_BODY_BYTES {
            return Response::text(413, "the body is longer than 64 KiB");
        }
        if request.path.len().max(request.query.len()) > MAX_TARGET_BYTES {
            return Response::text(414, "the path or the query is longer than 8 KiB");
        }
        if !self.is_addressed_by(request) {
            return Response::text(421, "this is not the host of the development pool");
        }
        let own = format!("/{}/", self.config.pool_id);
        let path = request.path.strip_prefix(&own).map(|rest| format!("/{rest}"));
        match path.as_deref().unwrap_or(request.path) {
            "/.well-known/jwks.json" => only("GET", request, || self.answer_jwks()),
            "/.well-known/openid-configuration" => only("GET", request, || self.answer_discovery()),
            _ if path.is_some() => Response::text(404, "there is nothing here"),
            "/" => only("POST", request, || self.answer_api(request, now)),
            path => self.answer_hosted(path, request, now),
        }
    }

    /// Whether the request is for the pool's own address or for this machine. A page of another
    /// name whose address was changed to ours (DNS rebinding) would reach us under that name.
    fn is_addressed_by(&self, request: &Request<'_>) -> bool {
        let Some(host) = request.header("host") else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        ["localhost", "127.0.0.1", "[::1]"].contains(&name)
            || self.config.authority().is_some_and(|own| own.eq_ignore_ascii_case(host))
    }
}

/// Shows the name of the pool and how many users it has.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("pool_id", &self.config.pool_id)
            .field("users", &self.users.count())
            .finish_non_exhaustive()
    }
}

/// `answer`, if the method is `method`. HEAD is a GET whose body the caller leaves out.
fn only(method: &str, request: &Request<'_>, answer: impl FnOnce() -> Response) -> Response {
    if request.method == method || (request.method == "HEAD" && method == "GET") {
        return answer();
    }
    Response::text(405, "this takes another method").with("allow", method)
}
