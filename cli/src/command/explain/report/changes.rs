//! What would have to change, in words.

use runtime::printable;
use serde::Serialize;
use shared::authz::{Remedy, TenantLocation};
use shared::denial::{Code, Denial};

use super::super::table::Table;
use super::parts::location;

/// One thing that would have to change.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    pub(super) kind: &'static str,
    pub(super) sentence: String,
    /// The roles, scopes or methods that the sentence is about.
    pub(super) names: Vec<String>,
}

/// What spells a path canonically.
const SPELLING: &str = "spell the path canonically: no empty, `.` or `..` segment, no slash at the end, and \
                        nothing encoded that needs no encoding";

impl Change {
    pub(super) fn of(remedy: &Remedy<'_>, table: &Table) -> Self {
        match remedy {
            Remedy::Credential => Self::new("credential", "present a credential that holds it"),
            Remedy::Spelling(None) => Self::spelling(),
            Remedy::Spelling(Some(path)) => {
                let path = printable(path);
                Self {
                    names: vec![path.clone()],
                    ..Self::new("spelling", format!("{SPELLING}: `{path}`"))
                }
            }
            Remedy::SameRoute { matched, decides } => {
                let decides = decides.map_or("none".to_owned(), |path| format!("`{path}`"));
                let matched = printable(matched);
                let sentence = format!(
                    "API Gateway matched `{matched}`, and by the path it is {decides}: have API and table \
                     agree on the routes"
                );
                Self::new("route", sentence)
            }
            Remedy::Nameable => Self::new(
                "request",
                "request a shorter path, of printable ASCII without `*`, `?` and `${`",
            ),
            Remedy::KnownRoles(roles) => Self::named("roles", "have a role of the table", roles),
            Remedy::AnotherTenantId => Self::new("tenant", "give the tenant another id"),
            Remedy::Methods { path, methods } => {
                Self::named("methods", &format!("use a method that `{path}` has"), methods)
            }
            Remedy::List => Self::new(
                "table",
                format!("list the method and path in {}, if the API has them", table.file),
            ),
            Remedy::Roles { permission, roles } => {
                let what = format!("have a role that holds {permission}");
                Self::named_or("roles", &what, roles, "no role does")
            }
            Remedy::Scopes { permission, presented_by, scopes } => {
                let what = format!("have a scope of `{presented_by}` that holds {permission}");
                Self::named_or("scopes", &what, scopes, "none does")
            }
            Remedy::Tenant { location, own, named } => {
                Self::tenant(*location, own.as_ref().map(|id| id.as_str()), named.is_some())
            }
        }
    }

    /// What helps against the denial of a credential, by its code and its reason.
    pub(in super::super) fn of_denial(denial: &Denial, table: &Table) -> Vec<Self> {
        vec![Self::new("credential", of_credential(denial, table))]
    }

    /// Of a path that is not known.
    pub(in super::super) fn spelling() -> Self {
        Self::new("spelling", SPELLING)
    }

    fn new(kind: &'static str, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), names: Vec::new() }
    }

    fn named(kind: &'static str, what: &str, names: &[&str]) -> Self {
        Self::named_or(kind, what, names, "there is none")
    }

    fn named_or(kind: &'static str, what: &str, names: &[&str], none: &str) -> Self {
        let listed = if names.is_empty() { none.to_owned() } else { names.join(", ") };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { names, ..Self::new(kind, format!("{what}: {listed}")) }
    }

    fn tenant(at: TenantLocation<'_>, own: Option<&str>, is_named: bool) -> Self {
        let at = location(at).unwrap_or_default();
        let own = own.map_or("the caller's tenant".to_owned(), |own| format!("`{own}`"));
        let other = if is_named { ", or have a caller of the tenant that it names" } else { "" };
        Self::new("tenant", format!("name {own} in {at}{other}"))
    }
}

fn of_credential(denial: &Denial, table: &Table) -> String {
    let reason = &*denial.reason;
    let begins = |start: &str| reason.starts_with(start);
    let fixed = match denial.code {
        Code::TokenExpired => "sign in again: the token's time is over",
        Code::ApiKeyInvalid => "present one key of the environment, whole, as it was issued",
        Code::WrongTokenType if reason.contains("no service client") => {
            "list the client under `service_clients` in the table, or in SERVICE_CLIENTS"
        }
        Code::WrongTokenType => "present a kind of token that CREDENTIALS takes",
        Code::TenantMismatch if reason.contains("does not speak for") => {
            "present a token of the tenant's own pool, or let this pool speak for the tenant in POOL_TENANTS"
        }
        Code::TenantMismatch => "give the user a tenant, in the claim that TENANT_CLAIM names",
        Code::InsufficientRole => {
            return format!(
                "give the user exactly one role of {}, in the claim that ROLE_CLAIM names",
                table.file
            );
        }
        _ if begins("claim `iss`") => {
            "present a token of a user pool that USER_POOL_IDS lists, or list its pool"
        }
        _ if begins("claim `aud`") || begins("claim `client_id`") => {
            "present a token of an app client that APP_CLIENT_IDS lists, or list its client; TOKEN_AUDIENCES \
             lists further audiences of access tokens"
        }
        _ if begins("claim `nbf`") || begins("claim `iat`") => {
            "present it when its time has come, or set the clock right: LEEWAY_SECONDS is what clocks may \
             differ by"
        }
        _ if begins("the issuer has no key") => {
            "fetch the pool's keys anew, if the file with them is older than the key; else the token is not the \
             pool's"
        }
        _ if reason.contains("at once") || reason.contains("two different") => {
            "present one credential, in one place"
        }
        _ if reason.contains("takes none") => "present a kind of credential that CREDENTIALS takes",
        _ => "present a token of the user pool exactly as it was issued",
    };
    fixed.to_owned()
}
