//! `portcullis doctor` as its users meet it: the real binary; Cognito, DynamoDB and CloudFormation on MiniStack; an API
//! that answers as a test says, and the gate of `portcullis dev`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod setup;

use serde_json::{Value, json};
use tests::aws::Aws;
use tests::faults::ProofError;
use tests::tool::File;

use self::setup::{Operator, api, checks, seed, with_keys};
use crate::dev::running::Running;

const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\ndate: {now}\r\naccess-control-allow-origin: *\r\n\
                       content-type: application/json\r\ncontent-length: 24\r\n\r\n{\"code\":\"TOKEN_MISSING\"}";
const TABLE: &str = "tests/templates/access.toml";

#[test]
fn nothing_is_wrong() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_strict_user_pool();
    let (webhooks, replays) = (aws.create_webhook_table(), aws.create_replay_table());
    let url = api(REFUSED);
    let front = with_keys(&aws);
    let operator =
        Operator::of(&aws, &url, &pool, &client).with("AWS_ENDPOINT_URL", &front.endpoint());
    let seed = File::new(&seed(Some(0)));
    let everything = [
        "--jwks",
        seed.path(),
        "--access",
        TABLE,
        "--template",
        "tests/templates/rest.yaml",
        "--webhook-table",
        &webhooks,
        "--replay-table",
        &replays,
        "--route",
        "/incidents",
    ];
    let done = operator.asks(&everything);
    let host = url.trim_start_matches("http://");
    let expected = format!(
        "ok       api       `{host}` answers 403\n\
         ok       clock     it is less than 30 s from that of the API\n\
         ok       keys      the user pool shows 2 keys\n\
         ok       seed      {} is fresh, and has the user pool's keys\n\
         ok       pool      only administrators create users\n\
         ok       pool      passwords have 12 characters at least, of all four classes\n\
         ok       pool      people log in with their email address\n\
         ok       pool      users have the attribute `custom:role`\n\
         ok       pool      users have the attribute `custom:tenant_id`\n\
         ok       clients   users of `{client}` may not write role and tenant\n\
         ok       clients   tokens of `{client}` are good for an hour at most\n\
         ok       template  tests/templates/rest.yaml fits the access table\n\
         ok       answers   a 403 says a code\n\
         ok       answers   a 403 has CORS headers\n\
         ok       tables    the table of webhooks, `{webhooks}`, has the key `webhook_id`\n\
         ok       tables    the table of webhooks, `{webhooks}`, has the index `by_user`\n\
         ok       tables    the table of deliveries, `{replays}`, has the key `webhook_id` and `replay_key`\n\
         ok       tables    the table of deliveries, `{replays}`, has the time to live `ttl`\n",
        seed.path()
    );
    done.is(0, &expected, "0 wrong, 0 unknown, 0 to look at.\n");
    let json = operator.asks(&[&everything[..], &["--json"]].concat());
    assert_eq!(json.err, "");
    let json = json.json();
    assert_eq!(
        (&json["wrong"], &json["unknown"], &json["warnings"]),
        (&json!(0), &json!(0), &json!(0))
    );
    let first = json!({
        "check": "api", "outcome": "ok", "sentence": format!("`{host}` answers 403"), "remedy": null,
    });
    assert_eq!(json["checks"][0], first);
}

#[test]
fn a_pool_as_nobody_wants_it() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let lax = aws.create_lax_client(&pool);
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client);
    let (code, found) = checks(&operator.asks_for(&["pool", "clients"], &[]));
    assert_eq!(code, 3);
    let unsaid = format!(
        "wrong clients: `{client}` does not say its `WriteAttributes`, so nothing keeps its users from writing \
         `custom:role` and `custom:tenant_id`"
    );
    let writes = format!(
        "wrong clients: users of `{lax}` may write `custom:role`, and with it their own rights"
    );
    let long = format!("wrong clients: tokens of `{lax}` are good for 1day");
    for expected in [
        "wrong pool: anybody can sign up",
        "wrong pool: people cannot log in with their email address",
        "wrong pool: users have no attribute `custom:role`",
        "wrong pool: users have no attribute `custom:tenant_id`",
        &unsaid,
        &writes,
        &long,
    ] {
        assert!(found.iter().any(|own| own == expected), "{expected}: {found:#?}");
    }
    assert!(
        found.iter().any(|own| own.starts_with("wrong pool: the password policy lacks ")),
        "{found:#?}"
    );
    // Claims that are no attributes cannot be written.
    let groups =
        operator.with("ROLE_CLAIM", "cognito:groups").with("TENANT_CLAIM", "cognito:groups");
    let (_, found) = checks(&groups.asks_for(&["clients"], &[]));
    assert!(
        found.contains(&format!("ok clients: users of `{client}` may not write role and tenant")),
        "{found:#?}"
    );
    let other = Operator::of(&aws, &api(REFUSED), &pool, "anotherclient");
    let (_, found) = checks(&other.asks_for(&["clients"], &[]));
    assert_eq!(found[0], "wrong clients: the pool has no app client `anotherclient`");
}

#[test]
fn answers_that_tell_a_caller_nothing() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let asks = |response: &'static str, more: &[&str]| {
        let operator = Operator::of(&aws, &api(response), &pool, &client);
        checks(&operator.asks_for(&["api", "answers"], more))
    };
    let cors =
        "a 403 has no `Access-Control-Allow-Origin`: a script does not see why it is refused";
    let bare = "HTTP/1.1 403 Forbidden\r\ncontent-length: 23\r\n\r\n{\"message\":\"Forbidden\"}";
    let (code, found) = asks(bare, &[]);
    assert_eq!(
        (code, &found[1..]),
        (
            3,
            &["wrong answers: a 403 says no code".to_owned(), format!("wrong answers: {cors}")][..]
        )
    );
    let http = "HTTP/1.1 403 Forbidden\r\napigw-requestid: a\r\naccess-control-allow-origin: *\r\n\
                content-length: 23\r\n\r\n{\"message\":\"Forbidden\"}";
    let (code, found) = asks(http, &[]);
    assert_eq!(code, 0);
    assert_eq!(
        found[1],
        "warning answers: a 403 says no code: an HTTP API has no gateway responses"
    );
    let open = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (code, found) = asks(open, &[]);
    assert_eq!(
        (code, found[1].as_str()),
        (1, "unknown answers: the root of the API refuses nothing")
    );
    let (code, found) = asks(open, &["--route", "/public"]);
    assert_eq!(
        (code, found[1].as_str()),
        (1, "unknown answers: `/public` answers 200 and refuses nothing")
    );
    let no_route = "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: MissingAuthenticationTokenException\r\n\
                    content-length: 0\r\n\r\n";
    assert_eq!(asks(no_route, &[]).0, 1);
    let broken = "HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n";
    let (code, found) = asks(broken, &[]);
    assert!(code == 3 && found[0].starts_with("wrong api: `127.0.0.1:"), "{found:?}");
    // Nobody is there.
    let operator = Operator::of(&aws, "http://127.0.0.1:9", &pool, &client);
    let (code, found) = checks(&operator.asks_for(&["api", "answers"], &[]));
    let gone = "wrong api: `127.0.0.1:9` did not answer: it cannot be reached: look at the network, and at HTTPS_PROXY";
    assert_eq!((code, found[0].as_str()), (3, gone));
    assert_eq!(found[1], "unknown answers: the API did not answer");
}

#[test]
fn the_clock() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let asks = |response: &'static str| {
        let operator = Operator::of(&aws, &api(response), &pool, &client);
        checks(&operator.asks_for(&["clock"], &[]))
    };
    let old = "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n";
    let (code, found) = asks(old);
    assert!(code == 3 && found[0].ends_with(" s ahead of that of the API"), "{found:?}");
    let future =
        "HTTP/1.1 200 OK\r\ndate: Fri, 01 Jan 2100 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n";
    let (code, found) = asks(future);
    assert!(code == 3 && found[0].ends_with(" s behind that of the API"), "{found:?}");
}

#[test]
fn seed_files() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let front = with_keys(&aws);
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client)
        .with("AWS_ENDPOINT_URL", &front.endpoint());
    let check = |text: &str, code: i32, expected: &str| {
        let file = File::new(text);
        let done = operator.asks_for(&["seed"], &["--jwks", file.path()]);
        let (own, found) = checks(&done);
        let expected = expected.replace('@', file.path());
        assert_eq!((own, &found[..]), (code, &[expected][..]));
    };
    let of = seed;
    check(&of(None), 0, "warning seed: @ does not say when it was fetched (`fetched_at`)");
    check(
        &of(Some(7 * 3600)),
        0,
        "warning seed: @ is 7 hours old: a function that starts fetches first",
    );
    check(
        &of(Some(50 * 3600)),
        0,
        "warning seed: @ is 50 hours old: a function that starts does not use it",
    );
    let issuer = format!("https://cognito-idp.eu-central-1.amazonaws.com/{pool}");
    let by_issuer = |name: &str| format!("{{\"{name}\": {}}}", of(Some(0)));
    check(&by_issuer(&issuer), 0, "ok seed: @ is fresh, and has the user pool's keys");
    let no_set = format!("wrong seed: @ has no set of the user pool `{pool}`");
    check(&by_issuer("https://a.example"), 3, &no_set);
    let set: Value = serde_json::from_str(&of(Some(0))).unwrap();
    let kid = |index: usize| set["keys"][index]["kid"].as_str().unwrap().to_owned();
    let renamed = of(Some(0)).replace(&kid(0), "another");
    check(&renamed, 0, "warning seed: @ lacks a key that the user pool shows");
    let no_key = format!("wrong seed: @ has no key of the user pool `{pool}`");
    check(&renamed.replace(&kid(1), "one-more"), 3, &no_key);
    let (code, found) = checks(&operator.asks_for(&["seed"], &["--jwks", "none.json"]));
    assert!(
        code == 1 && found[0].starts_with("unknown seed: none.json cannot be read: "),
        "{found:?}"
    );
    let (code, found) = checks(&operator.asks_for(&["seed"], &[]));
    assert_eq!((code, found[0].as_str()), (1, "unknown seed: no seed file was named"));
}

#[test]
fn templates_and_stacks() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client);
    let asks = |more: &[&str]| {
        checks(&operator.asks_for(&["template"], &[&["--access", TABLE][..], more].concat()))
    };
    let (code, found) = asks(&[]);
    assert_eq!((code, found[0].as_str()), (1, "unknown template: no template was named"));
    // Caching that does not fit the table.
    let template =
        std::fs::read_to_string(tests::root().join("tests/templates/rest.yaml")).unwrap();
    let changed = template.replace("Type: TOKEN", "Type: REQUEST");
    let cached = File::new(&changed.replace("header.X-Token", "header.Authorization"));
    let (code, found) = asks(&["--template", cached.path()]);
    assert!(
        code == 3 && found.iter().any(|own| own.ends_with("is no identity source (PL401)")),
        "{found:#?}"
    );
    let (code, found) = asks(&["--template", "none.yaml"]);
    assert!(
        code == 1 && found[0].starts_with("unknown template: none.yaml cannot be read"),
        "{found:?}"
    );
    // As CloudFormation has deployed it: a stack without an authorizer.
    let stack = aws.create_stack(&[("ApiUrl", "https://a.example")]);
    let (code, found) = asks(&["--stack-name", &stack]);
    assert!(code == 3 && found.iter().any(|own| own.contains("(PL902)")), "{found:#?}");
    let (code, found) = asks(&["--stack-name", "none"]);
    let sentence =
        "unknown template: CloudFormation could not be asked for the template of `none`: ";
    assert!(code == 1 && found[0].starts_with(sentence), "{found:?}");
}

#[test]
fn tables_that_are_not_as_they_should_be() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let (webhooks, replays) = (aws.create_webhook_table(), aws.create_replay_table());
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client);
    // Each in the place of the other.
    let swapped = ["--webhook-table", &replays, "--replay-table", &webhooks];
    let (code, found) = checks(&operator.asks_for(&["tables"], &swapped));
    let expected = [
        format!(
            "wrong tables: the table of webhooks, `{replays}`, has another key than `webhook_id`"
        ),
        format!("wrong tables: the table of webhooks, `{replays}`, has no index `by_user`"),
        format!(
            "wrong tables: the table of deliveries, `{webhooks}`, has another key than `webhook_id` and `replay_key`"
        ),
        format!(
            "wrong tables: the table of deliveries, `{webhooks}`, has no time to live `ttl`, and grows for ever"
        ),
    ];
    assert_eq!((code, &found[..]), (3, &expected[..]));
    let (code, found) = checks(&operator.asks_for(&["tables"], &["--webhook-table", "none"]));
    let expected = [
        "wrong tables: the table of webhooks, `none`, is not there",
        "unknown tables: the table of deliveries was not named",
    ];
    assert_eq!((code, &found[..]), (3, &expected.map(str::to_owned)[..]));
}

/// A stack says which its tables are; a flag outweighs it, and it outweighs a variable.
#[test]
fn tables_of_a_stack() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let webhooks = aws.create_webhook_table();
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client)
        .with("WEBHOOK_TABLE", "of-the-variable")
        .with("REPLAY_TABLE", "of-the-variable");
    let check = |outputs: &[(&str, &str)], more: &[&str], expected: [&str; 2]| {
        let stack = aws.create_stack(outputs);
        let arguments = [&["--stack-name", &stack], more].concat();
        let (_, found) = checks(&operator.asks_for(&["tables"], &arguments));
        let names: Vec<_> = found.iter().filter_map(|own| own.split('`').nth(1)).collect();
        assert_eq!(names, expected, "{found:#?}");
    };
    let both = [("WebhookTableName", "a"), ("ReplayTableName", "b")];
    check(&both, &[], ["a", "b"]);
    check(&both, &["--replay-table", "c"], ["a", "c"]);
    check(&[("WebhookTableName", "a"), ("ReplayTableName", "")], &[], ["a", "of-the-variable"]);
    let outputs = [("WebhookTableName", &*webhooks), ("ReplayTableName", "b")];
    let stack = aws.create_stack(&outputs);
    let (code, found) = checks(&operator.asks_for(&["tables"], &["--stack-name", &stack]));
    let missing = "wrong tables: the table of deliveries, `b`, is not there";
    assert_eq!((code, found.last().map(String::as_str)), (3, Some(missing)));
    let (code, found) = checks(&operator.asks_for(&["tables"], &["--stack-name", "none"]));
    let sentence = "unknown tables: there is no stack `none` in `eu-central-1`: look at its name, `--region` and \
                    `--aws-profile`";
    assert_eq!((code, &found[..]), (1, &[sentence.to_owned()][..]));
}

/// A check that could not be made is never a pass.
#[test]
fn what_could_not_be_asked() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let faults = with_keys(&aws);
    let operator = Operator::of(&aws, &api(REFUSED), &pool, &client)
        .with("AWS_ENDPOINT_URL", &faults.endpoint());
    for (operation, group, more) in [
        ("DescribeUserPool", "pool", &[][..]),
        ("ListUserPoolClients", "clients", &[]),
        ("DescribeUserPoolClient", "clients", &[]),
        ("DescribeTable", "tables", &["--webhook-table", "a", "--replay-table", "b"]),
    ] {
        faults.breaks(operation, ProofError::Denied);
        let (code, found) = checks(&operator.asks_for(&[group], more));
        let is_unknown = found.iter().all(|own| own.starts_with(&format!("unknown {group}: ")));
        assert!(code == 1 && is_unknown, "{found:#?}");
        faults.mend();
    }
    let nobody = operator.with("AWS_ACCESS_KEY_ID", "").with("AWS_EC2_METADATA_DISABLED", "true");
    let (code, found) = checks(&nobody.asks_for(&["pool", "clients", "tables"], &[]));
    assert_eq!((code, found.len()), (1, 3));
    assert!(
        found.iter().all(|own| own.contains(": there are no credentials for AWS")),
        "{found:#?}"
    );
    // Left out, it is neither a pass nor in the way.
    let done = nobody.asks_for(&[], &[]);
    done.is(0, "", "0 wrong, 0 unknown, 0 to look at.\n");
    let (code, found) = checks(&nobody.asks_for(&["keys"], &[]));
    assert_eq!((code, found[0].as_str()), (0, "ok keys: the user pool shows 2 keys"));
}

/// The gate of a laptop, which has no gateway responses of its own.
#[test]
fn the_gate_of_a_laptop() {
    let gate = Running::start(&[]);
    let operator = Operator::of_laptop(&gate);
    let (code, found) = checks(
        &operator.asks_for(&["api", "clock", "keys", "answers"], &["--route", "/api/incidents"]),
    );
    assert_eq!(code, 3, "{found:#?}");
    assert!(found[1].starts_with("ok clock: ") && found[2].starts_with("ok keys: "), "{found:#?}");
    assert!(found.contains(&"wrong answers: a 401 says no code".to_owned()), "{found:#?}");
}
