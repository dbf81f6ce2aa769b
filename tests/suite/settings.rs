//! The settings: what each takes, and every mistake in its own sentence.

use authorizer::config::{Config, SETTINGS};
use tests::lookup;

const GOOD: [(&str, &str); 3] = [
    ("CREDENTIALS", "id-token,service-token"),
    ("USER_POOL_IDS", "eu-central-1_Portcull1"),
    ("APP_CLIENT_IDS", "app"),
];

fn read(settings: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let read = Config::read(|name| lookup(settings, name).or_else(|| lookup(&GOOD, name)));
    read.map_err(|mistakes| mistakes.0)
}

/// The one mistake that `name=value` makes; none where `mistake` is empty.
#[track_caller]
fn check(name: &str, value: &str, mistake: &str) {
    let mistakes = read(&[(name, value)]).err().unwrap_or_default();
    assert_eq!(mistakes.join("\n"), mistake, "{name}={value}");
}

#[test]
fn the_least_there_can_be() {
    let config = read(&[]).unwrap();
    assert_eq!(config.tokens.leeway_seconds, 30);
    assert!(config.jwks_refresh);
    assert_eq!(read(&[("LEEWAY_SECONDS", " 0 ")]).unwrap().tokens.leeway_seconds, 0);
}

#[test]
fn every_mistake_at_once() {
    let mistakes = Config::read(|name| match name {
        "RESPONSE" => Some("xml".to_owned()),
        "LEEWAY_SECONDS" => Some("121".to_owned()),
        _ => None,
    });
    let expected = [
        "`CREDENTIALS` is not set: it must hold any of `id-token`, `service-token`, separated by commas",
        "`USER_POOL_IDS` is not set: it must hold the ids of Cognito user pools, separated by commas",
        "`RESPONSE` is `xml`: it must be `iam` or `simple`",
        "`LEEWAY_SECONDS` is `121`: it must be a whole number from 0 to 120",
    ];
    assert_eq!(mistakes.unwrap_err().0, expected);
}

#[test]
fn credentials() {
    check(
        "CREDENTIALS",
        "service-token",
        "`APP_CLIENT_IDS` is set, but `CREDENTIALS` takes no `id-token`",
    );
    check("CREDENTIALS", "id-token , service-token", "");
    check("CREDENTIALS", "id-token,id-token", "`CREDENTIALS` names `id-token` twice");
    check("CREDENTIALS", "id-token,", "`CREDENTIALS` has an empty item between its commas");
    check(
        "CREDENTIALS",
        "id-token,cookie",
        "`CREDENTIALS` names `cookie`, which is none of `id-token`, `service-token`",
    );
    let missing = "`APP_CLIENT_IDS` is not set: it must hold the app clients whose ID tokens are \
                   taken, separated by commas";
    check("APP_CLIENT_IDS", " ", missing);
}

#[test]
fn user_pools() {
    let wrong = |id: &str| {
        format!(
            "`USER_POOL_IDS` names `{id}`, which is no pool id such as `eu-central-1_AbCdEfGhI`"
        )
    };
    check("USER_POOL_IDS", "eu-central-1_A,us-gov-west-1_B,cn-north-1_C", "");
    check(
        "USER_POOL_IDS",
        "eu-central-1_A,eu-central-1_A",
        "`USER_POOL_IDS` names `eu-central-1_A` twice",
    );
    for id in ["eu-central-1", "_A", "eu-central-1_", "eu-central-1_A/b", "evil.example#_A", "eu_A"]
    {
        check("USER_POOL_IDS", id, &wrong(id));
    }
}

#[test]
fn keys() {
    let url = "not an `https` address, or an `http` one on loopback, without a user";
    check("JWKS_URL", "https://keys.example/jwks.json", "");
    check("JWKS_URL", "http://127.0.0.1:9229/jwks.json", "");
    check(
        "JWKS_URL",
        "http://keys.example",
        &format!("`JWKS_URL` is `http://keys.example`: {url}"),
    );
    assert_eq!(
        read(&[
            ("USER_POOL_IDS", "eu-central-1_A,eu-central-1_B"),
            ("JWKS_URL", "https://k.example")
        ])
        .unwrap_err(),
        ["`JWKS_URL` is one address for one pool, but `USER_POOL_IDS` names several"]
    );
    check(
        "JWKS_REFRESH",
        "off",
        "`JWKS_REFRESH` is `off` and `JWKS_FILE` is not set: there would be no keys",
    );
    check("JWKS_REFRESH", "no", "`JWKS_REFRESH` is `no`: it must be `on` or `off`");
    assert!(read(&[("JWKS_REFRESH", "off"), ("JWKS_FILE", "jwks.json")]).is_ok());
}

#[test]
fn answers() {
    check("ON_UNAUTHENTICATED", "deny", "");
    check(
        "ON_UNAUTHENTICATED",
        "allow",
        "`ON_UNAUTHENTICATED` is `allow`: it must be `throw` or `deny`",
    );
    check("RESPONSE", "simple", "");
    check("RESPONSE", "IAM", "`RESPONSE` is `IAM`: it must be `iam` or `simple`");
    for value in ["-1", "1.5", "abc", "99999999999999999999"] {
        let mistake =
            format!("`LEEWAY_SECONDS` is `{value}`: it must be a whole number from 0 to 120");
        check("LEEWAY_SECONDS", value, &mistake);
    }
    check("CONTEXT_CLAIMS", "email,name,custom:team", "");
    check(
        "CONTEXT_CLAIMS",
        "role",
        "`CONTEXT_CLAIMS` names `role`, which the context already uses",
    );
    check(
        "CONTEXT_CLAIMS",
        "claims",
        "`CONTEXT_CLAIMS` names `claims`, which the context already uses",
    );
}

/// What is looked up is what is documented, and nothing else.
#[test]
fn every_setting_is_named() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let _ = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        lookup(&GOOD, name)
    });
    let named = SETTINGS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(asked.into_inner(), named);
}
