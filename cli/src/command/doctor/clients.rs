//! The app clients of the user pool: what their users may write, and how long their tokens are good.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{OAuthFlowType, TimeUnitsType, UserPoolClientType};
use runtime::printable_within;

use super::check::{Check, Group};
use super::claims;
use crate::aws;
use crate::cognito::administrator;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

const GROUP: Group = Group::Clients;
/// Cognito's default. For so long somebody who was locked out still gets in.
const LONGEST: Duration = Duration::from_hours(1);
const DEFAULT: Duration = LONGEST;

/// Looks at every app client of the pool of `profile`.
pub(super) async fn look(profile: &Profile, config: &SdkConfig, env: &mut Env<'_>) -> Vec<Check> {
    let claims = claims(env);
    let client = match administrator(profile, config, env) {
        Ok(client) => client,
        Err(error) => return vec![Check::unasked(GROUP, &error)],
    };
    let pool = &profile.config.user_pool_id;
    let ids = match ids(&client, pool).await {
        Ok(ids) => ids,
        Err(error) => return vec![Check::unasked(GROUP, &error)],
    };
    let mut checks = Vec::new();
    if !ids.contains(&profile.config.client_id) {
        let sentence = format!("the pool has no app client `{}`", profile.config.client_id);
        let remedy = "the bundle is old: ask for another, and configure again";
        checks.push(Check::wrong(GROUP, sentence, remedy));
    }
    for id in ids {
        match describe(&client, pool, &id).await {
            Ok(own) => checks.extend(of_client(&id, &own, &claims)),
            Err(error) => checks.push(Check::unasked(GROUP, &error)),
        }
    }
    checks
}

async fn ids(client: &Client, pool: &str) -> Result<Vec<String>, CommandError> {
    let list = client.list_user_pool_clients().user_pool_id(pool);
    let mut pages = list.into_paginator().items().send();
    let mut ids = Vec::new();
    while let Some(item) = pages.next().await {
        let item = item.map_err(|error| aws::failed("Cognito", "for the app clients", &error))?;
        ids.extend(item.client_id);
    }
    Ok(ids)
}

async fn describe(
    client: &Client,
    pool: &str,
    id: &str,
) -> Result<UserPoolClientType, CommandError> {
    let describe = client.describe_user_pool_client().user_pool_id(pool).client_id(id);
    let answer = describe.send().await;
    let answer = answer
        .map_err(|error| aws::failed("Cognito", &format!("for the app client `{id}`"), &error))?;
    answer
        .user_pool_client
        .ok_or_else(|| CommandError::failed(format!("Cognito did not say what `{id}` is like")))
}

fn of_client(id: &str, own: &UserPoolClientType, claims: &[String; 2]) -> Vec<Check> {
    let id = printable_within(id, 128);
    let lifetimes = lifetimes(&id, own);
    // A service has no attributes that it could write.
    if *own.allowed_o_auth_flows() == [OAuthFlowType::ClientCredentials] {
        return vec![lifetimes];
    }
    vec![writable(&id, own, claims), lifetimes]
}

/// Whoever may write these attributes chooses their own role and tenant.
fn writable(id: &str, own: &UserPoolClientType, claims: &[String; 2]) -> Check {
    const REMEDY: &str = "list in `WriteAttributes` what users may write, without role and tenant";
    let claims: Vec<&str> =
        claims.iter().map(String::as_str).filter(|claim| claim.starts_with("custom:")).collect();
    let written = own.write_attributes();
    if written.is_empty() && !claims.is_empty() {
        let sentence = format!(
            "`{id}` does not say its `WriteAttributes`, so nothing keeps its users from writing `{}`",
            claims.join("` and `")
        );
        return Check::wrong(GROUP, sentence, REMEDY);
    }
    match claims.iter().find(|claim| written.iter().any(|name| name == *claim)) {
        Some(claim) => Check::wrong(
            GROUP,
            format!("users of `{id}` may write `{claim}`, and with it their own rights"),
            REMEDY,
        ),
        None => Check::ok(GROUP, format!("users of `{id}` may not write role and tenant")),
    }
}

/// A token of a user who is locked out is good to its end.
fn lifetimes(id: &str, own: &UserPoolClientType) -> Check {
    let units = own.token_validity_units();
    let of = |length: Option<i32>, unit: Option<&TimeUnitsType>| {
        let length =
            length.and_then(|length| u64::try_from(length).ok()).filter(|length| *length > 0);
        length.map_or(DEFAULT, |length| Duration::from_secs(length.saturating_mul(seconds(unit))))
    };
    let id_token = of(own.id_token_validity(), units.and_then(|units| units.id_token()));
    let access = of(own.access_token_validity(), units.and_then(|units| units.access_token()));
    let longest = id_token.max(access);
    if longest <= LONGEST {
        return Check::ok(GROUP, format!("tokens of `{id}` are good for an hour at most"));
    }
    Check::wrong(
        GROUP,
        format!("tokens of `{id}` are good for {}", humantime::format_duration(longest)),
        "set `IdTokenValidity` and `AccessTokenValidity` to an hour at most",
    )
}

/// A unit in seconds; where none is said, Cognito counts hours.
const fn seconds(unit: Option<&TimeUnitsType>) -> u64 {
    match unit {
        Some(TimeUnitsType::Seconds) => 1,
        Some(TimeUnitsType::Minutes) => 60,
        Some(TimeUnitsType::Days) => 86_400,
        _ => 3600,
    }
}
