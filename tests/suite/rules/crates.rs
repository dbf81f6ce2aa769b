//! What a crate may lean on, and which of its files may reach out of the process.

use super::source::{Crate, crate_named, crates, text};

/// Which crates of ours each one leans on. What only a laptop has is `local`: no function can have it.
const LEANS_ON: [(&str, &[&str]); 8] = [
    ("shared", &[]),
    ("runtime", &["shared"]),
    ("adapters", &["runtime", "shared"]),
    ("authorizer", &["adapters", "runtime", "shared"]),
    ("webhook-authorizer", &["adapters", "runtime", "shared"]),
    ("local", &["adapters", "authorizer", "runtime", "shared", "webhook-authorizer"]),
    ("portcullis", &["adapters", "authorizer", "local", "runtime", "shared", "webhook-authorizer"]),
    ("tests", &["adapters", "authorizer", "local", "runtime", "shared", "webhook-authorizer"]),
];

/// Words that only some files may have.
struct Reserved {
    what: &'static str,
    words: &'static [&'static str],
    /// Files, and folders with everything in them.
    only_in: &'static [&'static str],
}

const RESERVED: [Reserved; 7] = [
    Reserved {
        what: "reads claims that nothing proves",
        words: &["suppose_unverified", "unverified_payload"],
        only_in: &[
            "cli/src/claims.rs",
            "cli/src/command/explain/token.rs",
            "shared/src/authn/jws.rs",
            "shared/src/authn/token.rs",
        ],
    },
    Reserved {
        what: "reads the clock",
        words: &["SystemTime", "Instant::now"],
        only_in: &["runtime/src/clock.rs"],
    },
    Reserved {
        what: "reads the environment",
        words: &["std::env"],
        only_in: &["cli/src/main.rs", "runtime/src/process.rs"],
    },
    Reserved {
        what: "reads or writes files",
        words: &["std::fs", "File::"],
        only_in: &["cli/src/main.rs", "cli/src/system", "runtime/src/process.rs"],
    },
    Reserved {
        what: "reaches a network",
        words: &["TcpStream", "hyper", "aws_sdk", "tokio_postgres"],
        only_in: &[
            "adapters/src",
            "cli/src/cognito",
            "cli/src/command/client/function.rs",
            "cli/src/command/client/secret.rs",
            "cli/src/command/dev/front.rs",
            "cli/src/command/dev/inspect",
            "cli/src/command/dev/pool.rs",
            "cli/src/command/dev/server.rs",
            "cli/src/command/dev/upstream.rs",
            "cli/src/command/doctor",
            "cli/src/command/key/store.rs",
            "cli/src/command/key/store/row.rs",
            "cli/src/command/login",
            "cli/src/command/token/secret.rs",
            "cli/src/command/webhook/secret.rs",
            "cli/src/registry",
            "cli/src/stack.rs",
            "cli/src/user_pool",
        ],
    },
    Reserved {
        what: "writes to the terminal or the log",
        words: &["println!", "eprintln!", "stdout()", "stderr()"],
        only_in: &[
            "cli/src/command/dev/front.rs",
            "cli/src/main.rs",
            "cli/src/system/terminal.rs",
            "runtime/src/lib.rs",
            "runtime/src/warnings.rs",
        ],
    },
    Reserved {
        what: "reads or writes JSON",
        words: &["serde"],
        only_in: &[
            "adapters/src",
            "authorizer/src/lib.rs",
            "cli/src/claims.rs",
            "cli/src/command",
            "cli/src/oauth",
            "cli/src/profile",
            "cli/src/text.rs",
            "local/src",
            "runtime/src",
            "shared/src/authn/json.rs",
            "shared/src/authz/access_table/compiled.rs",
            "shared/src/record.rs",
            "shared/src/request",
            "shared/src/response",
            "shared/src/text.rs",
            "shared/src/webhook/event",
            "shared/src/webhook/forward.rs",
            "shared/src/webhook/gate_response.rs",
            "shared/src/webhook/handshake.rs",
            "shared/src/webhook/hmac_key.rs",
            "shared/src/webhook/reply.rs",
            "webhook-authorizer/src/lib.rs",
        ],
    },
];

#[test]
fn a_crate_leans_on_what_it_may() {
    let ours: Vec<String> = crates().into_iter().map(|own| own.name).collect();
    assert_eq!(ours.len(), LEANS_ON.len(), "a crate without a rule, or a rule without a crate");
    for (name, expected) in LEANS_ON {
        let own = crate_named(name);
        let of_ours = own.dependencies("dependencies").into_iter();
        let of_ours: Vec<&str> =
            of_ours.filter(|name| ours.iter().any(|own| own == name)).collect();
        assert_eq!(of_ours, expected, "{name}");
        assert!(own.takes_the_lints(), "{name}: `[lints] workspace = true` is missing");
    }
}

/// Whatever could reach a network, a clock or a file would have to stand here first.
#[test]
fn the_policy_crate_cannot_do_io() {
    let shared = crate_named("shared");
    assert_eq!(
        shared.dependencies("dependencies"),
        [
            "aws-lc-rs",
            "base64",
            "crc32fast",
            "ipnet",
            "serde",
            "serde_json",
            "sfv",
            "toml",
            "zeroize"
        ]
    );
    for (file, text) in shared.sources() {
        for word in ["std::net::Tcp", "std::process", "async ", ".await"] {
            assert!(!text.contains(word), "{file} has `{word}`");
        }
    }
}

#[test]
fn what_reaches_out_of_the_process_stands_where_it_may() {
    let crates = crates();
    let shipped: Vec<&Crate> = crates.iter().filter(|own| own.name != "tests").collect();
    let sources: Vec<(String, String)> = shipped.iter().flat_map(|own| own.sources()).collect();
    for Reserved { what, words, only_in } in RESERVED {
        let has = |text: &str| words.iter().copied().find(|word| has_word(text, word));
        let mut unused: Vec<&str> = only_in.to_vec();
        for (file, text) in &sources {
            let Some(word) = has(text) else { continue };
            let at = only_in.iter().find(|own| is_within(file, own));
            let Some(at) = at else { panic!("{file} {what}: it has `{word}`") };
            unused.retain(|own| own != at);
        }
        assert_eq!(unused, [""; 0], "nothing there {what} any more");
    }
}

/// Whether `word` stands in `text` without a letter, a digit or `_` before it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

fn is_within(file: &str, room: &str) -> bool {
    let rest = file.strip_prefix(room);
    // `request` is the file `request.rs` as well as the folder.
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
}

/// `jsonwebtoken` signs for the development pool and is the oracle of the tests: a function reads tokens in one
/// way alone. The others are for people, who have proxies, profiles and browsers.
#[test]
fn what_is_for_people_is_in_no_function() {
    const FOR_PEOPLE: [&str; 4] = ["aws-config", "jsonwebtoken", "oauth2", "reqwest"];
    const LAPTOP: [&str; 3] = ["local", "portcullis", "tests"];
    let lock: toml::Table = text("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let needed = |name: &str| -> Vec<String> {
        let of_name = packages.iter().filter(|package| package["name"].as_str() == Some(name));
        let lists = of_name.filter_map(|package| package.get("dependencies")?.as_array());
        // A name, and its version where there are several.
        let words = lists.flatten().filter_map(|one| one.as_str()?.split(' ').next());
        words.map(str::to_owned).collect()
    };
    let reached = |from: &str| {
        let mut found = vec![from.to_owned()];
        let mut at = 0;
        while let Some(name) = found.get(at).cloned() {
            for next in needed(&name) {
                if !found.contains(&next) {
                    found.push(next);
                }
            }
            at += 1;
        }
        found
    };
    for own in crates() {
        let reached = reached(&own.name);
        let of_people = FOR_PEOPLE.into_iter().find(|name| reached.iter().any(|own| own == name));
        let is_for_people = LAPTOP.contains(&own.name.as_str());
        assert!(of_people.is_none() || is_for_people, "{}: {of_people:?}", own.name);
    }
}
