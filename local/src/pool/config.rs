//! What a pool is made of: its name, its address, its clients and its first users.

use std::time::Duration;

use shared::authn::Issuer;
use shared::secret::Secret;

use super::error::PoolError;

/// The pool id of the development pool, as `USER_POOL_IDS` takes it.
pub const POOL_ID: &str = "local-1_PortcullisDev";
/// The app client of the development pool, which has no secret.
pub const APP_CLIENT: &str = "portcullisdevapp0000000001";
/// The service client of the development pool.
pub const SERVICE_CLIENT: &str = "portcullisdevservice000001";
/// Its secret, worth nothing: everybody can read it here.
pub const SERVICE_CLIENT_SECRET: &str = "portcullis-development-secret-worth-nothing";
/// The password of every first user, worth as much.
pub const PASSWORD: &str = "Portcullis1!";
/// The roles of the first users: those of the default access table that a person can have.
pub const ROLES: [&str; 5] = ["viewer", "itsm_agent", "itsm_manager", "cloud_admin", "super_admin"];
/// The tenants of the first users.
pub const TENANTS: [&str; 2] = ["acme", "globex"];
/// The ports at which a command-line tool waits for the code (RFC 8252 §7.3).
pub const LOOPBACK_PORTS: [u16; 3] = [8976, 8977, 8978];

/// The scope of Cognito's own API: every token of `InitiateAuth` has it, and no other.
pub(super) const API_SCOPE: &str = "aws.cognito.signin.user.admin";

/// What a pool is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the pool in Cognito's API and in the path of its keys.
    pub pool_id: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Where the pool is reached, without a `/` at the end: `http://127.0.0.1:9229`.
    pub endpoint: String,
    /// Applications through which users sign in. They have no secret.
    pub app_clients: Vec<AppClient>,
    /// Services with a secret of their own.
    pub service_clients: Vec<ServiceClient>,
    /// The users of a new pool. A restored one has those that it had.
    pub users: Vec<FirstUser>,
}

/// An application through which users sign in: with their password, or with a code and PKCE.
#[derive(Clone, Debug)]
pub struct AppClient {
    /// Its id, the `aud` of ID tokens and the `client_id` of access tokens.
    pub id: String,
    /// Where a code may be sent, compared letter by letter (RFC 9700 §2.1).
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after `/logout`.
    pub logout_uris: Vec<String>,
    /// What it may ask for at `/oauth2/authorize`.
    pub scopes: Vec<String>,
    /// What becomes of a refresh token that is used.
    pub rotation: Rotation,
}

/// What becomes of a refresh token that is used.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RefreshTokenRotationType.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It stays.
    Disabled,
    /// Another takes its place, and after `grace` its use ends the session.
    Enabled {
        /// How long it may be used again, for a client that lost the answer: up to 60 seconds.
        grace: Duration,
    },
}

/// A service that gets tokens of its own with a secret.
#[derive(Clone, Debug)]
pub struct ServiceClient {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
}

/// A user of a new pool, who may sign in at once.
#[derive(Clone, Debug)]
pub struct FirstUser {
    /// Its `sub`, and its name in the pool.
    pub sub: String,
    /// What it signs in with.
    pub email: String,
    /// Its password.
    pub password: Secret<String>,
    /// `custom:role`.
    pub role: String,
    /// `custom:tenant_id`.
    pub tenant: String,
    /// `cognito:groups`; without any the claim is left out.
    pub groups: Vec<String>,
}

impl Config {
    /// The development pool at `endpoint` under the name `pool_id`, such as [`POOL_ID`]: one app
    /// client, one service client, and a user of every role in either tenant, called
    /// `viewer@acme.example` and so on.
    ///
    /// # Errors
    /// [`PoolError::Config`]: `pool_id` does not look like Cognito's, or `endpoint` is no address.
    pub fn development(pool_id: &str, endpoint: &str) -> Result<Self, PoolError> {
        let issuer = Issuer::of_pool(pool_id).ok_or_else(|| {
            PoolError::Config(format!("`{pool_id}` is no pool id, such as `{POOL_ID}`"))
        })?;
        let config = Self {
            pool_id: pool_id.to_owned(),
            issuer: issuer.name().to_owned(),
            endpoint: endpoint.to_owned(),
            app_clients: vec![app_client()],
            service_clients: vec![service_client()],
            users: first_users(),
        };
        config.authority().ok_or_else(|| {
            let example = "`http://127.0.0.1:9229`";
            PoolError::Config(format!("`{endpoint}` is no address such as {example}"))
        })?;
        Ok(config)
    }

    /// Host and port of the endpoint.
    pub(super) fn authority(&self) -> Option<&str> {
        let rest = self.endpoint.split_once("://")?;
        let is_authority = |text: &&str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        };
        matches!(rest.0, "http" | "https").then_some(rest.1).filter(is_authority)
    }

    pub(super) fn app_client(&self, id: &str) -> Option<&AppClient> {
        self.app_clients.iter().find(|client| client.id == id)
    }

    pub(super) fn service_client(&self, id: &str) -> Option<&ServiceClient> {
        self.service_clients.iter().find(|client| client.id == id)
    }
}

fn app_client() -> AppClient {
    let at = |path: &str| {
        let ports = LOOPBACK_PORTS.into_iter();
        ports
            .flat_map(|port| {
                ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}{path}"))
            })
            .collect()
    };
    AppClient {
        id: APP_CLIENT.to_owned(),
        redirect_uris: at("/callback"),
        logout_uris: at("/logout"),
        scopes: ["openid", "email", "profile", API_SCOPE].map(str::to_owned).to_vec(),
        rotation: Rotation::Enabled { grace: Duration::from_secs(10) },
    }
}

fn service_client() -> ServiceClient {
    ServiceClient {
        id: SERVICE_CLIENT.to_owned(),
        secret: Secret::new(SERVICE_CLIENT_SECRET.to_owned()),
        scopes: ["stackflow/api.read", "stackflow/api.write"].map(str::to_owned).to_vec(),
    }
}

fn first_users() -> Vec<FirstUser> {
    let everyone = TENANTS.into_iter().flat_map(|tenant| ROLES.map(|role| (role, tenant)));
    let user = |(number, (role, tenant)): (usize, (&str, &str))| FirstUser {
        // The same in every pool, so that API keys and records of samples can name them.
        sub: format!("00000000-0000-4000-8000-{:012}", number + 1),
        email: format!("{role}@{tenant}.example"),
        password: Secret::new(PASSWORD.to_owned()),
        role: role.to_owned(),
        tenant: tenant.to_owned(),
        groups: Vec::new(),
    };
    everyone.enumerate().map(user).collect()
}
