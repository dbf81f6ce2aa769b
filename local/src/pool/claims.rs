//! The claims of tokens, as Cognito writes them.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html>

use serde_json::{Map, Value, json};
use shared::time::Timestamp;

use super::config::API_SCOPE;
use super::users::User;

/// How long ID and access tokens are valid, in seconds.
pub const TOKEN_SECONDS: u64 = 60 * 60;

pub(super) type Claims = Map<String, Value>;

/// What the tokens of one sign-in share.
pub(super) struct Grant<'g> {
    pub(super) issuer: &'g str,
    pub(super) client_id: &'g str,
    /// Separated by blanks.
    pub(super) scope: &'g str,
    /// When the user signed in, in seconds since 1970.
    pub(super) auth_time: u64,
    /// The name of the session, which every token of it carries.
    pub(super) origin_jti: &'g str,
}

/// When a token is made, in seconds since 1970, and its own name.
pub(super) struct Issued {
    pub(super) iat: u64,
    pub(super) jti: String,
}

pub(super) const fn seconds(at: Timestamp) -> u64 {
    at.unix_millis() / 1000
}

/// Whether `scope`, names separated by blanks, has `name`.
pub(super) fn has_scope(scope: &str, name: &str) -> bool {
    scope.split(' ').any(|own| own == name)
}

pub(super) fn id_token(
    user: &User,
    grant: &Grant<'_>,
    issued: &Issued,
    nonce: Option<&str>,
) -> Claims {
    let mut claims = common(grant.issuer, "id", grant.auth_time, issued);
    claims.insert("sub".to_owned(), json!(user.sub));
    claims.insert("aud".to_owned(), json!(grant.client_id));
    claims.insert("cognito:username".to_owned(), json!(user.sub));
    claims.insert("origin_jti".to_owned(), json!(grant.origin_jti));
    insert_groups(&mut claims, user);
    if let Some(nonce) = nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    for (name, value) in readable(user, grant.scope) {
        claims.insert(name.to_owned(), claim_value(name, value));
    }
    claims
}

pub(super) fn user_access_token(user: &User, grant: &Grant<'_>, issued: &Issued) -> Claims {
    let mut claims = common(grant.issuer, "access", grant.auth_time, issued);
    claims.insert("sub".to_owned(), json!(user.sub));
    claims.insert("client_id".to_owned(), json!(grant.client_id));
    claims.insert("username".to_owned(), json!(user.sub));
    claims.insert("origin_jti".to_owned(), json!(grant.origin_jti));
    claims.insert("scope".to_owned(), json!(grant.scope));
    claims.insert("version".to_owned(), json!(2));
    insert_groups(&mut claims, user);
    claims
}

/// A token of the client-credentials grant: the service is its own subject.
pub(super) fn service_token(issuer: &str, client_id: &str, scope: &str, issued: &Issued) -> Claims {
    let mut claims = common(issuer, "access", issued.iat, issued);
    claims.insert("sub".to_owned(), json!(client_id));
    claims.insert("client_id".to_owned(), json!(client_id));
    claims.insert("scope".to_owned(), json!(scope));
    claims.insert("version".to_owned(), json!(2));
    claims
}

fn common(issuer: &str, token_use: &str, auth_time: u64, issued: &Issued) -> Claims {
    let claims = [
        ("iss", json!(issuer)),
        ("token_use", json!(token_use)),
        ("auth_time", json!(auth_time)),
        ("iat", json!(issued.iat)),
        ("exp", json!(issued.iat.saturating_add(TOKEN_SECONDS))),
        ("jti", json!(issued.jti)),
    ];
    claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn insert_groups(claims: &mut Claims, user: &User) {
    if !user.groups.is_empty() {
        claims.insert("cognito:groups".to_owned(), json!(user.groups));
    }
}

/// The attributes that `scope` lets a client see. `openid` alone shows all of them, and so do
/// `profile` and Cognito's own API; `openid email` does not, so that a token of these two has no
/// role.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html>
pub(super) fn readable<'u>(
    user: &'u User,
    scope: &str,
) -> impl Iterator<Item = (&'u str, &'u str)> {
    let [profile, email, phone, api] =
        ["profile", "email", "phone", API_SCOPE].map(|name| has_scope(scope, name));
    let all = profile || api || !(email || phone);
    let may_see = move |name: &str| match name {
        "email" | "email_verified" => all || email,
        "phone_number" | "phone_number_verified" => all || phone,
        _ => all,
    };
    let attributes = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    attributes.filter(move |(name, _)| may_see(name))
}

/// An attribute is text; as a claim of an ID token, what is verified is a boolean.
fn claim_value(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => json!(value == "true"),
        _ => json!(value),
    }
}
