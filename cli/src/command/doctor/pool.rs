//! The settings of the user pool.

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, PasswordPolicyType, UserPoolType, UsernameAttributeType,
};

use super::check::{Check, Group};
use super::claims;
use crate::aws;
use crate::cognito::administrator;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

const GROUP: Group = Group::Pool;
/// The shortest password that may be allowed.
const MIN_PASSWORD: i32 = 12;

/// Looks at the pool of `profile`.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html>
pub(super) async fn look(profile: &Profile, config: &SdkConfig, env: &mut Env<'_>) -> Vec<Check> {
    let claims = claims(env);
    match describe(profile, config, env).await {
        Ok(pool) => {
            let mut checks = vec![sign_up(&pool), password(&pool), email(&pool)];
            checks.extend(claims.iter().filter_map(|claim| attribute(&pool, claim)));
            checks
        }
        Err(error) => vec![Check::unasked(GROUP, &error)],
    }
}

async fn describe(
    profile: &Profile,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Result<UserPoolType, CommandError> {
    let id = &profile.config.user_pool_id;
    let answer =
        administrator(profile, config, env)?.describe_user_pool().user_pool_id(id).send().await;
    let answer = answer
        .map_err(|error| aws::failed("Cognito", &format!("for the user pool `{id}`"), &error))?;
    answer
        .user_pool
        .ok_or_else(|| CommandError::failed("Cognito did not say what the pool is like"))
}

fn sign_up(pool: &UserPoolType) -> Check {
    let config = pool.admin_create_user_config();
    if config.is_some_and(|config| config.allow_admin_create_user_only()) {
        return Check::ok(GROUP, "only administrators create users");
    }
    Check::wrong(
        GROUP,
        "anybody can sign up",
        "set `AdminCreateUserConfig.AllowAdminCreateUserOnly` to true",
    )
}

fn password(pool: &UserPoolType) -> Check {
    let policy = pool.policies().and_then(|policies| policies.password_policy());
    let lacking = policy.map_or_else(|| vec!["a policy"], lacking);
    if lacking.is_empty() {
        return Check::ok(GROUP, "passwords have 12 characters at least, of all four classes");
    }
    Check::wrong(
        GROUP,
        format!("the password policy lacks {}", lacking.join(", ")),
        "set `Policies.PasswordPolicy`: `MinimumLength` 12, and all four `Require…`",
    )
}

fn lacking(policy: &PasswordPolicyType) -> Vec<&'static str> {
    let has_length = policy.minimum_length().is_some_and(|length| length >= MIN_PASSWORD);
    let wanted = [
        (has_length, "12 characters"),
        (policy.require_lowercase(), "lower case"),
        (policy.require_uppercase(), "upper case"),
        (policy.require_numbers(), "digits"),
        (policy.require_symbols(), "symbols"),
    ];
    wanted.into_iter().filter(|(is_there, _)| !is_there).map(|(_, what)| what).collect()
}

fn email(pool: &UserPoolType) -> Check {
    let by_email = pool.username_attributes().contains(&UsernameAttributeType::Email)
        || pool.alias_attributes().contains(&AliasAttributeType::Email);
    if by_email {
        return Check::ok(GROUP, "people log in with their email address");
    }
    Check::wrong(
        GROUP,
        "people cannot log in with their email address",
        "a pool keeps this for ever: make another with `UsernameAttributes: [email]`",
    )
}

/// A claim that is an attribute of one's own must be one of the pool's.
fn attribute(pool: &UserPoolType, claim: &str) -> Option<Check> {
    claim.strip_prefix("custom:")?;
    let has = pool.schema_attributes().iter().any(|own| own.name() == Some(claim));
    Some(match has {
        true => Check::ok(GROUP, format!("users have the attribute `{claim}`")),
        false => Check::wrong(
            GROUP,
            format!("users have no attribute `{claim}`"),
            "add it to the pool's `Schema`, or set ROLE_CLAIM and TENANT_CLAIM",
        ),
    })
}
