//! The settings: what each takes, and every mistake in its own sentence.

mod tokens;

use adapters::postgres::Auth;
use authorizer::config::{Config, REPLACED, SETTINGS};
use shared::authn::CredentialKind;
use tests::lookup;

const GOOD: [(&str, &str); 3] = [
    ("CREDENTIALS", "id-token,service-token"),
    ("USER_POOL_IDS", "eu-central-1_Portcull1"),
    ("APP_CLIENT_IDS", "app"),
];

/// Those of a function that takes keys alone.
const KEYS: [(&str, &str); 8] = [
    ("CREDENTIALS", "api-key"),
    ("USER_POOL_IDS", ""),
    ("APP_CLIENT_IDS", ""),
    ("API_KEY_ENVIRONMENT", "prod"),
    ("AURORA_HOST", "keys.cluster-abc123.eu-central-1.rds.amazonaws.com"),
    ("AURORA_DATABASE", "portcullis"),
    ("AURORA_USER", "portcullis_authorizer"),
    ("AURORA_AUTH", "iam"),
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

/// The same for a function that takes keys alone.
#[track_caller]
fn check_of_keys(name: &str, value: &str, mistake: &str) {
    let mistakes = read(&[&KEYS[..], &[(name, value)]].concat()).err().unwrap_or_default();
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
        "`CREDENTIALS` is not set: it must hold any of `id-token`, `user-token`, `service-token`, `api-key`, separated by commas",
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
        "`APP_CLIENT_IDS` is set, but `CREDENTIALS` takes neither `id-token` nor `user-token`",
    );
    check("CREDENTIALS", "id-token , service-token", "");
    check("CREDENTIALS", "id-token,id-token", "`CREDENTIALS` names `id-token` twice");
    check("CREDENTIALS", "id-token,", "`CREDENTIALS` has an empty item between its commas");
    check(
        "CREDENTIALS",
        "id-token,cookie",
        "`CREDENTIALS` names `cookie`, which is none of `id-token`, `user-token`, `service-token`, `api-key`",
    );
    let missing = "`APP_CLIENT_IDS` is not set: it must hold the app clients whose users' tokens are \
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
    check("METRICS_NAMESPACE", "Portcullis/staging-2_a.b#c:d", "");
    let wrong = "`METRICS_NAMESPACE` is no namespace of metrics: it must be 1 to 255 of `A-Z a-z 0-9 . - _ / # :` and \
                 not begin with `AWS/`";
    for value in ["AWS/Lambda", "a b", "é", "a\"b", &"a".repeat(256)] {
        check("METRICS_NAMESPACE", value, wrong);
    }
    check("CONTEXT_CLAIMS", "email,name,custom:team", "");
    check(
        "CONTEXT_CLAIMS",
        "role",
        "`CONTEXT_CLAIMS` names `role`, which the context already uses",
    );
    for name in ["claims", "principalId", "integrationLatency", "error"] {
        let mistake =
            format!("`CONTEXT_CLAIMS` names `{name}`, which is API Gateway's own in the context");
        check("CONTEXT_CLAIMS", name, &mistake);
    }
}

#[test]
fn api_keys() {
    let config = read(&KEYS).unwrap();
    let keys = config.api_keys.unwrap();
    assert_eq!(keys.rules.environment.to_string(), "prod");
    assert!(!keys.rules.imported);
    let database = keys.database;
    assert_eq!((database.host.as_str(), database.port), (KEYS[4].1, 5432));
    assert_eq!((database.name.as_str(), database.user.as_str()), (KEYS[5].1, KEYS[6].1));
    assert_eq!((database.auth, database.ca_file), (Auth::Iam, None));
    assert!(config.tokens.kinds.is_empty() && config.tokens.issuers.is_empty());

    let environment = |text: &str| {
        format!("`API_KEY_ENVIRONMENT` is `{text}`: it must be 1 to 16 of `a-z` and `0-9`")
    };
    check_of_keys("API_KEY_ENVIRONMENT", " dev2 ", "");
    for wrong in ["Prod", "pro_d", "pro-d", "0123456789abcdefg", "é", "a b"] {
        check_of_keys("API_KEY_ENVIRONMENT", wrong, &environment(wrong));
    }
    check_of_keys(
        "API_KEY_ENVIRONMENT",
        "",
        "`API_KEY_ENVIRONMENT` is not set: it must hold the `<env>` of the keys, as `prod`",
    );
    check_of_keys("API_KEY_IMPORTED", "on", "");
    check_of_keys("API_KEY_IMPORTED", "off", "");
    check_of_keys(
        "API_KEY_IMPORTED",
        "yes",
        "`API_KEY_IMPORTED` is `yes`: it must be `off` or `on`",
    );
}

#[test]
fn database() {
    for (name, what) in [
        ("AURORA_HOST", "the cluster's or the proxy's host"),
        ("AURORA_DATABASE", "the name of the database"),
        ("AURORA_USER", "the database role to log in as"),
        ("AURORA_AUTH", "`iam` or `secret:<id>`"),
    ] {
        for unset in ["", " "] {
            check_of_keys(name, unset, &format!("`{name}` is not set: it must hold {what}"));
        }
    }
    for host in ["localhost", "127.0.0.1:5433", "[::1]:5433", "proxy.example:6432"] {
        check_of_keys("AURORA_HOST", host, "");
    }
    for host in ["a:b", "a,b", "/var/run/postgresql", "postgres://a", "user@a", "::1"] {
        let mistake = format!("`AURORA_HOST` is `{host}`: it must be `host` or `host:port`");
        check_of_keys("AURORA_HOST", host, &mistake);
    }
    check_of_keys("AURORA_AUTH", "secret:portcullis/aurora", "");
    // Who mistakes it for the password itself does not find that in the log.
    for auth in ["hunter2", "IAM", "secret:", "secret", "password:x"] {
        check_of_keys("AURORA_AUTH", auth, "`AURORA_AUTH` is neither `iam` nor `secret:<id>`");
    }
    check_of_keys("AURORA_CA_FILE", "ca.pem", "");
}

/// Nothing is set that the function has no use for: it would say something that does not hold.
/// What a role is made of: each right with the setting that says to what.
#[test]
fn rights() {
    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: &[(&str, &[&str])]) {
        assert_eq!(read(settings).unwrap().iam_actions(), expected, "{settings:?}");
    }
    check(&[], &[]);
    check(&KEYS, &[("AURORA_USER", &["rds-db:connect"])]);
    let secret = [&KEYS[..], &[("AURORA_AUTH", "secret:portcullis/database")]].concat();
    check(&secret, &[("AURORA_AUTH", &["secretsmanager:GetSecretValue"])]);
    let both = [("CREDENTIALS", "id-token,api-key"), GOOD[1], GOOD[2]];
    check(&[&KEYS[..], &both].concat(), &[("AURORA_USER", &["rds-db:connect"])]);
}

#[test]
fn what_nobody_needs() {
    for name in ["USER_POOL_IDS", "JWKS_FILE"] {
        let mistake = format!("`{name}` is set, but `CREDENTIALS` takes no token");
        check_of_keys(name, "eu-central-1_A", &mistake);
    }
    let mistake = "`JWKS_URL` is set, but `CREDENTIALS` takes no token";
    check_of_keys("JWKS_URL", "https://keys.example", mistake);
    let mistake =
        "`APP_CLIENT_IDS` is set, but `CREDENTIALS` takes neither `id-token` nor `user-token`";
    check_of_keys("APP_CLIENT_IDS", "app", mistake);
    check("APP_CLIENT_IDS", "app", "");
    for name in ["ROLE_CLAIM", "TENANT_CLAIM"] {
        let mistake =
            format!("`{name}` is set, but `CREDENTIALS` takes neither `id-token` nor `user-token`");
        check_of_keys(name, "custom:own", &mistake);
    }
    let no_pool = "`POOL_TENANTS` is set, but `CREDENTIALS` takes no token";
    check_of_keys("POOL_TENANTS", "eu-central-1_A=acme", no_pool);
    let no_service = "`SERVICE_CLIENTS` is set, but `CREDENTIALS` takes no `service-token`";
    check_of_keys("SERVICE_CLIENTS", "a=acme", no_service);
    let no_access_token = "`TOKEN_AUDIENCES` is set, but `CREDENTIALS` takes neither `user-token` nor `service-token`";
    check_of_keys("TOKEN_AUDIENCES", "api", no_access_token);
    let ids =
        [("CREDENTIALS", "id-token"), ("TOKEN_AUDIENCES", "api"), ("SERVICE_CLIENTS", "a=acme")];
    assert_eq!(read(&ids).unwrap_err(), [no_access_token, no_service]);
    let users = [("CREDENTIALS", "user-token"), ("ROLE_CLAIM", "a"), ("TOKEN_AUDIENCES", "api")];
    assert!(read(&users).is_ok());
    check_of_keys("TOKEN_SOURCES", "header:access-key", "");
    for name in [
        "API_KEY_ENVIRONMENT",
        "API_KEY_IMPORTED",
        "AURORA_HOST",
        "AURORA_DATABASE",
        "AURORA_USER",
        "AURORA_AUTH",
        "AURORA_CA_FILE",
    ] {
        check(name, "on", &format!("`{name}` is set, but `CREDENTIALS` takes no `api-key`"));
    }
}

#[test]
fn both_tokens_and_keys() {
    let own = [("CREDENTIALS", "service-token,api-key"), ("USER_POOL_IDS", "eu-central-1_A")];
    let config = read(&[&KEYS[..], &own].concat()).unwrap();
    assert_eq!(config.tokens.kinds, [CredentialKind::ServiceToken]);
    assert!(config.accepted().tokens && config.accepted().api_keys.is_some());
    let mistakes = Config::read(|name| (name == "CREDENTIALS").then(|| "api-key".to_owned()));
    let expected = [
        "`API_KEY_ENVIRONMENT` is not set: it must hold the `<env>` of the keys, as `prod`",
        "`AURORA_HOST` is not set: it must hold the cluster's or the proxy's host",
        "`AURORA_DATABASE` is not set: it must hold the name of the database",
        "`AURORA_USER` is not set: it must hold the database role to log in as",
        "`AURORA_AUTH` is not set: it must hold `iam` or `secret:<id>`",
    ];
    assert_eq!(mistakes.unwrap_err().0, expected);
}

/// What is looked up is what is documented, and nothing else.
#[test]
fn every_setting_is_named() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let _ = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        lookup(&GOOD, name)
    });
    let named = SETTINGS.into_iter().chain([REPLACED]).map(str::to_owned).collect();
    assert_eq!(asked.into_inner(), named);
}
