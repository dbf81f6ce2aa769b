//! The keys of the user pool, and the seed file.

use std::path::Path;
use std::time::Duration;

use oauth2::HttpResponse;
use runtime::printable;
use serde::Deserialize;
use shared::authn::jwk::parse_seed;
use shared::authn::{Issuer, Jwks, JwksSeed};
use shared::time::Timestamp;

use super::check::{Check, Group};
use crate::env::Env;
use crate::exit::CommandError;
use crate::oauth::keys;
use crate::profile::Profile;

/// From this age on the authorizer fetches before the first event; a day later it does not use a seed at all.
const FETCHED_ANEW: Duration = Duration::from_hours(6);
const UNUSED: Duration = Duration::from_hours(24);
const FETCH: &str = "fetch it again when you deploy, as docs/issuer-keys.md shows";

/// Whether the pool shows keys that can be used.
pub(super) fn look(profile: &Profile, answer: Result<&HttpResponse, &CommandError>) -> Check {
    let read = answer.map_err(Clone::clone).and_then(|answer| keys::read(profile, answer));
    match read {
        Ok(keys) => {
            let count = keys.count();
            let plural = if count == 1 { "" } else { "s" };
            Check::ok(Group::Keys, format!("the user pool shows {count} key{plural}"))
        }
        Err(error) => Check::wrong(
            Group::Keys,
            error.sentences.join("; "),
            "look at the network and at the user pool's id: without keys no token is verified",
        ),
    }
}

/// How old the seed file is, and whether it has the pool's keys.
pub(super) fn seed(
    profile: &Profile,
    file: Option<&Path>,
    answer: Option<&HttpResponse>,
    env: &Env<'_>,
) -> Check {
    const GROUP: Group = Group::Seed;
    let Some(path) = file else {
        let remedy = "give `--jwks FILE`, or leave it out with `--skip seed`";
        return Check::unknown(GROUP, "no seed file was named", remedy);
    };
    let file = printable(&path.to_string_lossy());
    let set = match read(&file, path, profile, env) {
        Ok(set) => set,
        Err(check) => return check,
    };
    let Some(shown) = answer.and_then(names) else {
        return Check::unknown(GROUP, "the user pool's keys are not known", "see `keys`");
    };
    let known = shown.iter().filter(|name| set.get(name).is_some()).count();
    if known == 0 {
        let sentence =
            format!("{file} has no key of the user pool `{}`", profile.config.user_pool_id);
        return Check::wrong(GROUP, sentence, FETCH);
    }
    if known < shown.len() {
        return Check::warning(
            GROUP,
            format!("{file} lacks a key that the user pool shows"),
            FETCH,
        );
    }
    aged(&file, set.fetched_at(), (env.clock.now)())
}

fn aged(file: &str, fetched_at: Option<Timestamp>, now: Timestamp) -> Check {
    const GROUP: Group = Group::Seed;
    let Some(fetched_at) = fetched_at else {
        let sentence = format!("{file} does not say when it was fetched (`fetched_at`)");
        return Check::warning(GROUP, sentence, FETCH);
    };
    if fetched_at > now {
        return Check::wrong(GROUP, format!("{file} was fetched in the future"), FETCH);
    }
    let age = now.since(fetched_at);
    let hours = age.as_secs() / 3600;
    if age > UNUSED {
        let sentence =
            format!("{file} is {hours} hours old: a function that starts does not use it");
        return Check::warning(GROUP, sentence, FETCH);
    }
    if age > FETCHED_ANEW {
        let sentence = format!("{file} is {hours} hours old: a function that starts fetches first");
        return Check::warning(GROUP, sentence, FETCH);
    }
    Check::ok(GROUP, format!("{file} is fresh, and has the user pool's keys"))
}

/// The set of the pool of `profile` in the seed file.
fn read(file: &str, path: &Path, profile: &Profile, env: &Env<'_>) -> Result<Jwks, Check> {
    const GROUP: Group = Group::Seed;
    let bytes = env.contents(path).map_err(|error| {
        Check::unknown(GROUP, format!("{file} cannot be read: {error}"), "look at `--jwks`")
    })?;
    let seed = parse_seed(&bytes)
        .map_err(|error| Check::wrong(GROUP, format!("{file}: {error}"), FETCH))?;
    match seed {
        JwksSeed::One(set) => Ok(set),
        JwksSeed::ByIssuer(sets) => {
            let issuer = Issuer::of_pool(&profile.config.user_pool_id);
            let is_of_pool =
                |name: &str| issuer.as_ref().is_some_and(|issuer| issuer.is_called(name));
            let own = sets.into_iter().find(|(name, _)| is_of_pool(name)).map(|(_, set)| set);
            own.ok_or_else(|| {
                let pool = &profile.config.user_pool_id;
                Check::wrong(GROUP, format!("{file} has no set of the user pool `{pool}`"), FETCH)
            })
        }
    }
}

/// The names of the keys in `answer`.
fn names(answer: &HttpResponse) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Key {
        kid: String,
    }
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Key>,
    }
    let set: Set = serde_json::from_slice(answer.body()).ok()?;
    Some(set.keys.into_iter().map(|key| key.kid).collect())
}
