//! What `create` takes, says and writes, and how webhooks are shown.

use serde_json::json;

use super::setup::{ALICE, Place};

#[test]
fn what_is_printed_and_written() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let create = ["create", "Build server", "--scheme", "github", "--replay-window", "10m"];
    let done = alice.webhook(&[&create[..], &["--cidr", "192.0.2.0/24"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let rows = place.rows();
    let id = rows[0]["webhook_id"].as_str().unwrap();
    assert!(id.starts_with("wh_") && id.len() == 23, "{id}");
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines[0], format!("webhook        {id}"));
    assert_eq!(lines[1], format!("address        https://api.example.com/prod/v1/webhooks/{id}"));
    assert!(lines[2].starts_with("secret         ") && lines.len() == 3, "{done:?}");
    let said = format!(
        "A repetition within 10m is told by its body alone.\n\
         The secret is shown this once.\n\
         next: `portcullis webhook show {id} --sender github`\n"
    );
    assert_eq!(done.err, said);
    let whoami = alice.does(&["whoami", "--json"]).json();
    assert_eq!(rows[0]["user_id"], whoami["user_id"]);
    assert_eq!(rows[0]["tenant_id"], "acme");
    assert_eq!(rows[0]["replay_window_seconds"], 600);

    let shown = alice.webhook(&["show", id, "--json"]).json();
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["told_apart_by"], "body");
    assert_eq!(shown["allowed_cidrs"], json!(["192.0.2.0/24"]));
    assert_eq!(shown["secret_id"], place.secret_name(id));
    assert_eq!(shown["problem"], json!(null));
    let done = alice.webhook(&["show", id]);
    assert!(done.out.contains("\nremembered     600 s\n"), "{done:?}");

    let listed = alice.webhook(&["list"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> =
        listed.out.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
    assert_eq!(lines[1][..4], [id, "Build server", "github", "active"], "{listed:?}");
    assert_eq!(alice.webhook(&["list", "--json"]).json()[0]["webhook_id"], id);
    assert_eq!(alice.webhook(&["revoke", id, "--yes"]).code, 0);
    let listed = alice.webhook(&["list", "--json"]);
    listed.is(0, "[]\n", "");
    let listed = alice.webhook(&["list"]);
    let said = "There is 1 more that cannot be used: `--all` lists them too.\n\
                next: `portcullis webhook create NAME --scheme SCHEME`\n";
    assert_eq!(listed.err, said);
    assert_eq!(alice.webhook(&["list", "--all", "--json"]).json()[0]["state"], "revoked");
}

#[test]
fn what_to_enter_at_the_sender() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "github", "--replay-window", "0"]);
    let done = alice.webhook(&[
        "show",
        &id,
        "--sender",
        "github",
        "--url",
        "https://hooks.example.com/webhooks/",
    ]);
    let out = format!(
        "Payload URL    https://hooks.example.com/webhooks/{id}\n\
         Secret         what `create` showed; if it is lost: `portcullis webhook rotate {id}`\n\
         besides        Content type: application/json\n"
    );
    done.is(0, &out, &format!("next: `portcullis webhook test {id}`\n"));
    let done = alice.webhook(&["show", &id, "--sender", "stripe"]);
    let sentence = format!(
        "portcullis: the webhook `{id}` signs by `github`, and Stripe by `stripe`: create another for it\n"
    );
    done.is(3, "", &sentence);
    let (id, _) = alice.creates(&["--scheme", "stripe"]);
    let done = alice.webhook(&["show", &id, "--sender", "stripe", "--json"]).json();
    assert_eq!(done["secret_is_theirs"], true);
    // Theirs is kept when they have shown it.
    let theirs = "whsec_theirs_theirs_theirs";
    let done = alice.says(&["webhook", "rotate", &id, "--secret-given", "--json"], theirs);
    assert_eq!((done.code, &done.json()["secret"]), (0, &json!(null)), "{done:?}");
    assert!(!done.err.contains("theirs_theirs"), "{done:?}");
    let done = alice.says(&["webhook", "rotate", &id, "--secret-given", "--yes"], "short\n");
    done.is(3, "", "portcullis: the secret is shorter than 16 bytes\n");
}

#[test]
fn what_cannot_be_created() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let refuses = |arguments: &[&str], code: i32, sentence: &str| {
        alice.refuses(&[&["create", "Builds"][..], arguments].concat(), code, sentence);
    };
    let window = "`github` signs neither time nor id: say for how long the same bytes are a repetition, with \
                  `--replay-window 10m`, or `0` for not at all";
    refuses(&["--scheme", "github"], 2, window);
    let names = "there is no scheme `git`: there are `portcullis`, `github`, `stripe`, `slack`, `standard-webhooks`, \
                 `shopify`, `linear`, `zoom`, `bitbucket`, `jira`, `gitlab`, `meta`, `rfc9421`, and `hmac` with a \
                 description";
    refuses(&["--scheme", "git"], 2, names);
    let none = "`--scheme hmac` needs a description: `--description FILE`, or `--header`, `--encoding` and \
                `--template`";
    refuses(&["--scheme", "hmac"], 2, none);
    let header = ["--scheme", "hmac", "--header", "X-A", "--encoding", "hex", "--template"];
    let no_body = "the description's member `template` has no `{body}`";
    refuses(&[&header[..], &["{time}"]].concat(), 2, no_body);
    let joined = "the description's member `template` has nothing between `{id}` and what follows: two different \
                  deliveries could be the same bytes";
    refuses(&[&header[..], &["{id}{body}"]].concat(), 2, joined);
    let time = "the description's member `time_header` is missing: the template has `{time}`";
    refuses(&[&header[..], &["{time}.{body}"]].concat(), 2, time);
    refuses(
        &["--scheme", "slack", "--header", "X-A"],
        2,
        "a description is of `--scheme hmac` alone",
    );
    let file =
        tests::tool::File::new(r#"{"header": "X-A", "encoding": "hex", "templat": "{body}"}"#);
    let of_file = ["--scheme", "hmac", "--description", file.path()];
    refuses(&of_file, 2, "the description's member `templat` is not known here");
    let file = tests::tool::File::new("[]");
    let sentence = format!("{} is no JSON object of at most 16384 bytes", file.path());
    refuses(&["--scheme", "hmac", "--description", file.path()], 1, &sentence);
    let handshake = "the webhook's attribute `handshake` is true, but the scheme has none";
    refuses(&["--scheme", "stripe", "--handshake"], 2, handshake);
    let token =
        "the webhook's attribute `verify_token_secret_id` is missing: the handshake compares it";
    refuses(&["--scheme", "meta", "--handshake", "--replay-window", "0"], 2, token);
    let given = ["create", "Builds", "--scheme", "stripe", "--secret-given"];
    let given = [&["webhook"], &given[..]].concat();
    alice.says(&given, "v1,MDEyMzQ1Njc4OWFi\n").is(
        3,
        "",
        "portcullis: the secret begins with `v1,`: store what follows\n",
    );
    alice.says(&given, "").is(
        2,
        "",
        "portcullis: there is no terminal to ask for the secret on, and no further line on standard input\n",
    );
    let long = "a".repeat(101);
    for (arguments, sentence) in [
        (vec!["create", &long, "--scheme", "stripe"], "a name has 1 to 100 characters"),
        (vec!["create", "a", "--scheme", "stripe", "--replay-window", "31d"], "at most 30 days"),
        (vec!["create", "a", "--scheme", "stripe", "--cidr", "10.0.0.1/8"], "is no network"),
        (vec!["show", "wh/1"], "it is no id of a webhook: 1 to 64 letters, digits, `-` and `_`"),
        (vec!["show", "wh_1", "--sender", "acme"], "there are github, stripe, slack,"),
    ] {
        let done = alice.webhook(&arguments);
        assert!(done.code == 2 && done.err.contains(sentence), "{done:?}");
    }
    assert!(place.rows().is_empty());
}
