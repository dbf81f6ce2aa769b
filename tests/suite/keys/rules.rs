//! When the store answers, asks and believes. Time is in seconds since the store began.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use adapters::http::HttpError;
use adapters::jwks::{
    Counts, Fetch, FetchError, FoundKey, Http, JwksLookup, JwksSource, JwksStore, Limits, Refresh,
};
use adapters::url::Url;
use serde_json::{Value, json};
use shared::authn::{Jwks, JwksSeed, jwk};
use shared::time::Timestamp;
use tokio::sync::oneshot;

use super::{base64url, jwk_set};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// An issuer that says what a test tells it to, and counts how often it is lookups.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    says: Says,
    lookups: usize,
    waiting: Vec<oneshot::Sender<Vec<u8>>>,
}

#[derive(Clone, Default)]
enum Says {
    Set(Vec<u8>),
    #[default]
    Nothing,
    Later,
    Panic,
}

impl Fetch for Issuer {
    async fn fetch(&self, _: &Url) -> Result<Vec<u8>, FetchError> {
        let (says, later) = {
            let mut script = self.0.lock().unwrap();
            script.lookups += 1;
            let (sender, later) = oneshot::channel();
            script.waiting.push(sender);
            (script.says.clone(), later)
        };
        match says {
            Says::Set(set) => Ok(set),
            Says::Nothing => Err(FetchError::Status(500)),
            Says::Later => later.await.map_err(|_| FetchError::Http(HttpError::Timeout)),
            Says::Panic => panic!("as the test wants"),
        }
    }
}

/// A store with one issuer.
struct Setup {
    store: Arc<JwksStore<Issuer>>,
    issuer: Issuer,
}

impl Setup {
    fn new(seed: &[&str], refresh: Refresh) -> Self {
        Self::with((!seed.is_empty()).then(|| jwk::parse(&set(seed)).unwrap()), refresh)
    }

    fn with(seed: Option<Jwks>, refresh: Refresh) -> Self {
        let issuer = Issuer::default();
        let source = JwksSource {
            issuers: vec!["https://issuer".into(), "https://issuer-2".into()],
            url: Url::parse("https://issuer/.well-known/jwks.json").unwrap(),
            seed,
        };
        let limits = Limits::default();
        let store = JwksStore::new([source], issuer.clone(), refresh, &limits, at(0));
        Self { store: Arc::new(store), issuer }
    }

    fn seeded() -> Self {
        Self::new(&["a"], Refresh::On)
    }

    /// A store whose issuer has just given it the key `a`.
    async fn fetched() -> Self {
        let setup = Self::new(&[], Refresh::On);
        setup.publishes(&["a"]);
        setup.check("a", 0, "fetched").await;
        setup
    }

    fn says(&self, says: Says) {
        self.issuer.0.lock().unwrap().says = says;
    }

    fn publishes(&self, kids: &[&str]) {
        self.says(Says::Set(set(kids)));
    }

    /// Lets the request numbered `index` from 0 be answered, if somebody still wants it.
    fn answers(&self, index: usize, kids: &[&str]) {
        let mut script = self.issuer.0.lock().unwrap();
        let (unused, _) = oneshot::channel();
        drop(std::mem::replace(&mut script.waiting[index], unused).send(set(kids)));
    }

    fn lookups(&self) -> usize {
        self.issuer.0.lock().unwrap().lookups
    }

    async fn key(&self, kid: &str, now: Timestamp) -> Result<FoundKey, String> {
        let answer = self.store.key("https://issuer", kid, now).await;
        answer.map_err(|unavailable| unavailable.to_string())
    }

    /// The answer at `now`, in one word or in the sentence of the error. Then whatever runs in the
    /// background gets as far as it can.
    async fn lookup(&self, kid: &str, now: Timestamp) -> String {
        let answer = self.key(kid, now).await;
        settle().await;
        match answer {
            Ok(lookup) => {
                assert_eq!(lookup.key.is_none(), lookup.cache.as_str() == "unknown");
                lookup.cache.as_str().to_owned()
            }
            Err(sentence) => sentence,
        }
    }

    async fn check(&self, kid: &str, seconds: u64, expected: &str) {
        assert_eq!(self.lookup(kid, at(seconds)).await, expected, "`{kid}` after {seconds} s");
    }

    /// Asks in a task of its own.
    fn lookup_aside(&self, kid: &'static str, seconds: u64) -> tokio::task::JoinHandle<String> {
        let setup = Self { store: Arc::clone(&self.store), issuer: self.issuer.clone() };
        tokio::spawn(async move { setup.lookup(kid, at(seconds)).await })
    }
}

const UNAVAILABLE: &str = "the keys are out of reach: answered with status 500";

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(1_800_000_000_000 + seconds * 1000)
}

fn set(kids: &[&str]) -> Vec<u8> {
    let key = |kid: &&str| -> Value {
        json!({ "kty": "RSA", "kid": kid, "e": "AQAB", "n": base64url(&[0xff; 256]) })
    };
    jwk_set(&kids.iter().map(key).collect::<Vec<_>>())
}

/// Lets every task run until it waits for something that only the test can do.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_seed_answers_at_once_and_is_soon_refreshed() {
    let setup = Setup::seeded();
    setup.publishes(&["a", "b"]);
    setup.check("a", 0, "hit").await;
    setup.check("a", 60, "hit").await;
    assert_eq!(setup.lookups(), 0);
    setup.check("a", 61, "refreshing").await;
    setup.check("b", 62, "hit").await;
    assert_eq!(setup.lookups(), 1);
}

#[tokio::test]
async fn without_refresh_the_seed_is_all_there_is() {
    let setup = Setup::new(&["a"], Refresh::Off);
    for seconds in [0, 61, DAY + 1, 10_000 * DAY] {
        setup.check("a", seconds, "hit").await;
        setup.check("b", seconds, "unknown").await;
    }
    let setup = Setup::new(&[], Refresh::Off);
    setup.check("a", 0, "there is no seed of keys, and refreshing is off").await;
    assert_eq!(setup.lookups(), 0);
}

#[tokio::test]
async fn without_a_seed_the_first_caller_waits() {
    let setup = Setup::fetched().await;
    setup.check("a", 1, "hit").await;
    let second_name = setup.store.key("https://issuer-2", "a", at(1)).await;
    assert!(second_name.unwrap().key.is_some());
    let stranger = setup.store.key("https://stranger", "a", at(1)).await;
    assert!(stranger.unwrap().key.is_none());
    assert_eq!(setup.lookups(), 1);
}

#[tokio::test]
async fn preparing_fetches_what_is_not_there() {
    let setup = Setup::new(&[], Refresh::On);
    setup.publishes(&["a"]);
    for _ in 0..2 {
        setup.store.prepare(at(0)).await;
        assert_eq!(setup.lookups(), 1);
    }
    setup.check("a", 0, "hit").await;
    let setup = Setup::seeded();
    setup.store.prepare(at(0)).await;
    assert_eq!(setup.lookups(), 0);
}

#[tokio::test]
async fn keys_are_refreshed_ahead_of_age() {
    let setup = Setup::fetched().await;
    setup.says(Says::Later);
    setup.check("a", HOUR, "hit").await;
    assert_eq!(setup.lookups(), 1);
    setup.check("a", HOUR + 1, "refreshing").await;
    // That was frozen: the next event waits for it.
    let next = setup.lookup_aside("a", HOUR + 2);
    settle().await;
    assert_eq!(setup.lookups(), 2);
    setup.answers(1, &["a"]);
    assert_eq!(next.await.unwrap(), "fetched");
    setup.check("a", HOUR + 3, "hit").await;
    setup.check("a", 2 * HOUR + 1, "hit").await;
    setup.check("a", 2 * HOUR + 2, "refreshing").await;
}

#[tokio::test]
async fn beyond_the_maximum_age_the_issuer_is_asked_first() {
    let setup = Setup::fetched().await;
    setup.publishes(&["b"]);
    setup.check("a", 6 * HOUR + 1, "unknown").await;
    setup.check("b", 6 * HOUR + 1, "hit").await;
    assert_eq!(setup.lookups(), 2);
}

#[tokio::test]
async fn an_outage_is_bridged_for_a_while_for_keys_that_are_held() {
    let setup = Setup::fetched().await;
    setup.says(Says::Nothing);
    for seconds in [6 * HOUR + 1, 7 * HOUR, DAY] {
        let before = setup.lookups();
        setup.check("a", seconds, "grace").await;
        assert_eq!(setup.lookups(), before + 1);
        setup.check("a", seconds, "grace").await;
        setup.check("b", seconds, UNAVAILABLE).await;
        assert_eq!(setup.lookups(), before + 1, "nobody asks while resting");
    }
    setup.check("a", DAY + 1, UNAVAILABLE).await;
    setup.publishes(&["a"]);
    setup.check("a", DAY + 1, UNAVAILABLE).await;
    setup.check("a", DAY + 60, "fetched").await;
}

#[tokio::test]
async fn a_seed_is_bridged_alike() {
    let setup = Setup::seeded();
    setup.check("a", 61, "refreshing").await;
    setup.check("a", 6 * HOUR + 1, "grace").await;
    setup.check("a", DAY + 1, UNAVAILABLE).await;
}

#[tokio::test]
async fn an_unknown_name_is_asked_for_and_then_remembered_as_absent() {
    let setup = Setup::seeded();
    setup.publishes(&["a", "b"]);
    setup.check("b", 0, "fetched").await;
    setup.check("c", 1, "unknown").await;
    setup.check("c", 61, "unknown").await;
    assert_eq!(setup.lookups(), 2);
    setup.publishes(&["a", "b", "c"]);
    setup.check("c", 62, "fetched").await;
}

#[tokio::test]
async fn a_name_that_no_key_can_have_is_not_asked_for() {
    let setup = Setup::new(&[], Refresh::On);
    setup.check("", 0, "unknown").await;
    setup.check(&"x".repeat(257), 0, "unknown").await;
    assert_eq!(setup.lookups(), 0);
}

#[tokio::test]
async fn a_flood_of_unknown_names_neither_asks_much_nor_hides_a_rotation() {
    let setup = Setup::fetched().await;
    for index in 0..10_000 {
        let now = Timestamp::from_unix_millis(at(100).unix_millis() + index);
        assert_eq!(setup.lookup(&format!("flood {index}"), now).await, "unknown");
    }
    setup.check("a", 111, "hit").await;
    assert_eq!(setup.lookups(), 1 + 4);
    setup.publishes(&["a", "b"]);
    setup.check("b", 111, "unknown").await;
    setup.check("b", 161, "fetched").await;
    setup.check("flood", 162, "unknown").await;
    assert_eq!(setup.lookups(), 1 + 4 + 1);
    setup.check("flood", 401, "unknown").await;
    assert_eq!(setup.lookups(), 1 + 4 + 1 + 1);
}

#[tokio::test]
async fn a_flood_during_an_outage_leaves_known_keys_alone() {
    let setup = Setup::seeded();
    for index in 0..1_000 {
        let now = Timestamp::from_unix_millis(at(0).unix_millis() + index * 30);
        assert_eq!(setup.lookup(&format!("flood {index}"), now).await, UNAVAILABLE);
        assert_eq!(setup.lookup("a", now).await, "hit");
    }
    assert_eq!(setup.lookups(), 4, "after 0, 2, 6 and 14 seconds");
}

#[tokio::test]
async fn no_is_said_in_an_outage_only_if_the_issuer_has_lately_said_it() {
    let setup = Setup::fetched().await;
    setup.says(Says::Nothing);
    setup.check("b", 10, UNAVAILABLE).await;
    setup.check("b", 11, "unknown").await;
    setup.check("b", 299, UNAVAILABLE).await;
    setup.check("b", 300, "unknown").await;
    setup.check("b", 301, UNAVAILABLE).await;
    setup.check("b", 302, UNAVAILABLE).await;
    setup.check("a", 302, "hit").await;
}

#[tokio::test]
async fn failures_are_followed_by_longer_and_longer_rests() {
    let setup = Setup::new(&[], Refresh::On);
    let mut began = Vec::new();
    for seconds in 0..200 {
        let before = setup.lookups();
        setup.check("a", seconds, UNAVAILABLE).await;
        if setup.lookups() > before {
            began.push(seconds);
        }
    }
    assert_eq!(began, [0, 2, 6, 14, 30, 62, 122, 182]);
    assert_eq!(setup.store.take_counts(), Counts { fetches: 8, failures: 8 });
    setup.publishes(&["a"]);
    setup.check("a", 242, "fetched").await;
    assert_eq!(setup.store.take_counts(), Counts { fetches: 1, failures: 0 });
}

#[tokio::test]
async fn a_refresh_ahead_rests_too() {
    let setup = Setup::fetched().await;
    setup.says(Says::Nothing);
    setup.check("a", HOUR + 1, "refreshing").await;
    setup.check("a", HOUR + 2, "hit").await;
    assert_eq!(setup.lookups(), 2);
    // It waited, in vain.
    setup.check("a", HOUR + 3, "hit").await;
    assert_eq!(setup.lookups(), 3);
}

#[tokio::test]
async fn fifty_callers_cause_one_request() {
    let setup = Setup::new(&[], Refresh::On);
    setup.says(Says::Later);
    let callers: Vec<_> = (0..50).map(|_| setup.lookup_aside("a", 0)).collect();
    settle().await;
    setup.answers(0, &["a"]);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "fetched");
    }
    assert_eq!(setup.lookups(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_nobody_along() {
    let setup = Setup::new(&[], Refresh::On);
    setup.says(Says::Later);
    let first = setup.lookup_aside("a", 0);
    settle().await;
    let second = setup.lookup_aside("a", 0);
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    setup.answers(0, &["a"]);
    assert_eq!(second.await.unwrap(), "fetched");
    assert_eq!(setup.lookups(), 1);
}

#[tokio::test]
async fn a_fetch_that_panics_is_one_that_failed() {
    let setup = Setup::new(&[], Refresh::On);
    setup.says(Says::Panic);
    setup.check("a", 0, "the keys are out of reach: the fetch was given up").await;
    setup.publishes(&["a"]);
    setup.check("a", 2, "fetched").await;
}

#[tokio::test]
async fn an_older_answer_does_not_replace_a_newer() {
    let setup = Setup::new(&["a"], Refresh::On);
    setup.says(Says::Later);
    setup.check("a", 61, "refreshing").await;
    setup.publishes(&["new"]);
    setup.check("a", 3 * HOUR, "unknown").await;
    setup.check("new", 3 * HOUR, "hit").await;
    setup.answers(0, &["old"]);
    settle().await;
    setup.check("new", 3 * HOUR, "hit").await;
    assert_eq!(setup.store.take_counts(), Counts { fetches: 2, failures: 0 });
}

#[tokio::test]
async fn a_late_answer_counts_from_when_it_was_asked_for() {
    let setup = Setup::seeded();
    setup.says(Says::Later);
    setup.check("a", 61, "refreshing").await;
    setup.answers(0, &["late"]);
    settle().await;
    setup.check("late", 2 * HOUR, "refreshing").await;
    setup.says(Says::Nothing);
    setup.check("late", 7 * HOUR, "grace").await;
}

#[tokio::test]
async fn a_late_failure_says_nothing_about_now() {
    let setup = Setup::seeded();
    setup.says(Says::Later);
    setup.check("a", 61, "refreshing").await;
    let second = setup.lookup_aside("a", 3 * HOUR);
    settle().await;
    setup.answers(0, &[]);
    settle().await;
    assert!(!second.is_finished(), "the second is still in the air");
    assert_eq!(setup.lookups(), 2);
    setup.answers(1, &[]);
    assert_eq!(second.await.unwrap(), "hit");
    setup.check("a", 3 * HOUR + 1, "hit").await;
    setup.publishes(&["a"]);
    setup.check("a", 3 * HOUR + 2, "fetched").await;
}

/// A process that is frozen after each event: no refresh in the background ever lands, and yet a key
/// that the issuer has withdrawn is used for one event at most.
#[tokio::test]
async fn a_refresh_that_is_frozen_each_time_is_awaited_by_the_next_event() {
    let setup = Setup::seeded();
    setup.says(Says::Later);
    setup.check("a", 61, "refreshing").await;
    setup.publishes(&["b"]);
    setup.check("a", HOUR, "unknown").await;
    setup.check("b", HOUR, "hit").await;
}

/// Its timer ran out while it was frozen, so the event that waits for it asks once more by itself; and
/// falls back to the key that it holds.
#[tokio::test]
async fn a_flight_that_was_frozen_and_fails_is_repeated_once() {
    for (then, expected) in [(Says::Set(set(&["b"])), "unknown"), (Says::Nothing, "hit")] {
        let setup = Setup::seeded();
        setup.says(Says::Later);
        setup.check("a", 61, "refreshing").await;
        setup.says(then);
        let next = setup.lookup_aside("a", 62);
        settle().await;
        setup.answers(0, &[]);
        assert_eq!(next.await.unwrap(), expected);
        assert_eq!(setup.lookups(), 2);
    }
}

/// Its connection broke when the process went on, before the next event was looked at.
#[tokio::test]
async fn a_flight_that_failed_is_followed_by_one_that_is_awaited() {
    let setup = Setup::seeded();
    setup.check("a", 61, "refreshing").await;
    setup.publishes(&["b"]);
    setup.check("a", 62, "hit").await;
    setup.check("a", 63, "unknown").await;
    assert_eq!(setup.lookups(), 2);
}

/// A seed is as old as its date says.
#[tokio::test]
async fn a_seed_ages_from_its_date() {
    let check = async |age: u64, publishes: &[&str], expected: &str| {
        let fetched = at(0).unix_millis() / 1000 - age;
        let text = String::from_utf8(set(&["a"])).unwrap();
        let text = text.replacen('{', &format!("{{\"fetched_at\":{fetched},"), 1);
        let JwksSeed::One(seed) = jwk::parse_seed(text.as_bytes()).unwrap() else { panic!() };
        let setup = Setup::with(Some(seed), Refresh::On);
        if !publishes.is_empty() {
            setup.publishes(publishes);
        }
        setup.check("a", 0, expected).await;
        setup
    };
    let fresh = check(HOUR - 60, &["b"], "hit").await;
    assert_eq!(fresh.lookups(), 0);
    fresh.check("a", 61, "refreshing").await;
    check(HOUR + 1, &["b"], "refreshing").await;
    check(6 * HOUR + 1, &["b"], "unknown").await;
    check(6 * HOUR + 1, &[], "grace").await;
    check(30 * DAY, &["a"], "fetched").await;
    check(30 * DAY, &[], UNAVAILABLE).await;
    // What is too old is fetched before the first event.
    let old = check(HOUR - 60, &["a"], "hit").await;
    old.store.prepare(at(5 * HOUR)).await;
    assert_eq!(old.lookups(), 0);
    old.store.prepare(at(6 * HOUR)).await;
    assert_eq!(old.lookups(), 1);
}

#[tokio::test]
async fn a_frozen_fetch_does_not_hold_up_the_next_caller() {
    let setup = Setup::fetched().await;
    setup.says(Says::Later);
    let waiting = setup.lookup_aside("b", 10);
    settle().await;
    setup.publishes(&["a", "c"]);
    setup.check("c", 8 * HOUR, "fetched").await;
    assert!(!waiting.is_finished());
    setup.answers(1, &["a", "b"]);
    assert_eq!(waiting.await.unwrap(), "unknown", "the newer set has no `b`");
    setup.check("c", 8 * HOUR, "hit").await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_loses_no_time() {
    let setup = Setup::fetched().await;
    setup.check("a", HOUR, "hit").await;
    setup.check("a", 0, "hit").await;
    setup.check("a", 1, "refreshing").await;
    setup.says(Says::Nothing);
    setup.check("a", 10 * DAY, UNAVAILABLE).await;
    setup.publishes(&["a"]);
    setup.check("a", 0, UNAVAILABLE).await;
    setup.check("a", 2, "fetched").await;
    setup.check("a", HOUR + 3, "refreshing").await;
}

#[tokio::test]
async fn a_set_replaces_the_whole_of_the_one_before() {
    let setup = Setup::fetched().await;
    setup.publishes(&["b"]);
    setup.check("b", 1, "fetched").await;
    setup.check("a", 2, "unknown").await;
}

#[tokio::test]
async fn a_bad_set_leaves_the_good_one() {
    let setup = Setup::fetched().await;
    let mut now = HOUR;
    let mut expected = "refreshing";
    for bad in ["{\"keys\":[]}", "", "<html>", "{\"keys\":[{\"kid\":\"a\",\"d\":\"x\"}]}"] {
        now += 61;
        setup.says(Says::Set(bad.into()));
        setup.check("a", now, expected).await;
        setup.check("a", now, "hit").await;
        expected = "hit";
    }
    setup.says(Says::Set("<html>".into()));
    setup.check("a", 6 * HOUR + 1, "grace").await;
    let sentence = "the JWK set is refused: an HTML or XML page, not a JWK set";
    setup.check("b", 6 * HOUR + 1, &format!("the keys are out of reach: {sentence}")).await;
    assert_eq!(setup.store.take_counts(), Counts { fetches: 6, failures: 5 });
}

#[tokio::test]
async fn a_key_is_parsed_once() {
    let setup = Setup::seeded();
    setup.publishes(&["a"]);
    let seed = setup.key("a", at(61)).await.unwrap().key.unwrap();
    settle().await;
    let same = setup.key("a", at(62)).await.unwrap().key.unwrap();
    assert_eq!(setup.store.take_counts(), Counts { fetches: 1, failures: 0 });
    assert!(Arc::ptr_eq(&seed, &same));
}

#[test]
fn a_held_key_needs_no_runtime() {
    let setup = Setup::seeded();
    let answer = pin!(setup.store.key("https://issuer", "a", at(0)));
    let ready = answer.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(ready, Poll::Ready(Ok(FoundKey { key: Some(_), .. }))));
}

#[test]
fn the_store_may_be_shared_and_shows_no_keys() {
    fn is_shared<T: Send + Sync + 'static>(_: &T) {}
    fn is_sent<T: Send>(_: &T) {}
    let source = JwksSource {
        issuers: vec!["https://issuer".into()],
        url: Url::parse("https://issuer").unwrap(),
        seed: None,
    };
    let limits = Limits::default();
    let store = JwksStore::new([source], Http::default(), Refresh::On, &limits, at(0));
    is_shared(&store);
    is_sent(&store.key("https://issuer", "a", at(0)));
    assert_eq!(format!("{store:?}"), "JwksStore { pools: 1, .. }");
}
