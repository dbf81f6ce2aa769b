//! The cache of HMAC keys.
//!
//! Keys are held for a few minutes, so that not every delivery takes a call of Secrets Manager. A
//! signature that does not fit may come from a sender that has already rotated its secret, so it
//! causes a lookup before that time is over. But anybody who knows a webhook's id can send bad
//! signatures: one lookup a minute for each webhook bounds what they cost.

use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use runtime::{Failure, MisconfiguredError};
use shared::time::Timestamp;
use shared::webhook::{HmacKey, HmacKeys, SecretReference, SecretVersion};

use super::store::{SecretStore, StoredSecret};

/// How long keys are used without a lookup.
const MAX_AGE: Duration = Duration::from_secs(300);
/// The shortest time between two lookups that bad signatures of one webhook may cause.
const REFETCH_INTERVAL: Duration = Duration::from_secs(60);
/// The most secrets whose keys are held.
const MAX_SECRETS: usize = 256;

/// The HMAC keys that were requested lately, bounded in number and in age.
pub struct HmacKeyCache<V> {
    store: V,
    held: RefCell<HashMap<SecretReference, Held>>,
}

/// What is known of one secret.
struct Held {
    keys: Option<Loaded>,
    /// The last lookup.
    requested: Timestamp,
    /// The last lookup because of a signature that did not fit.
    refetch: Option<Refetch>,
}

#[derive(Clone)]
struct Refetch {
    at: Timestamp,
    /// Why it failed, if it did. This is returned until the next lookup is allowed: "could not ask"
    /// must not become a "no" by repetition.
    failure: Option<Failure>,
}

#[derive(Clone)]
struct Loaded {
    keys: Rc<HmacKeys>,
    at: Timestamp,
}

impl<V: SecretStore> HmacKeyCache<V> {
    /// Keys from `store`.
    pub fn new(store: V) -> Self {
        Self { store, held: RefCell::default() }
    }

    /// The store of the secrets.
    pub const fn store(&self) -> &V {
        &self.store
    }

    /// The keys of `secret`, held or looked up. The previous version is looked up while it verifies:
    /// while the current one is younger than `overlap`.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: they are not held and could not be looked up.
    /// [`Failure::Misconfigured`]: there is no such secret, or it cannot be a key.
    pub async fn keys(
        &self,
        secret: &SecretReference,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<Rc<HmacKeys>, Failure> {
        let loaded = self.held(secret).and_then(|held| held.keys.clone());
        match loaded.filter(|loaded| is_within(MAX_AGE, loaded.at, now)) {
            Some(loaded) => Ok(loaded.keys),
            None => self.look_up(secret, overlap, now).await,
        }
    }

    /// The keys of `secret`, looked up again because a signature did not fit those that are held;
    /// `None` if they were looked up for this very event, or for another bad signature less than a
    /// minute ago: the signature is then refused.
    ///
    /// # Errors
    /// Those of [`HmacKeyCache::keys`].
    pub async fn fresh_keys(
        &self,
        secret: &SecretReference,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<Option<Rc<HmacKeys>>, Failure> {
        let held = self.held(secret).map(|held| (held.keys.clone(), held.refetch.clone()));
        let (loaded, last) = held.unwrap_or_default();
        if loaded.is_some_and(|loaded| loaded.at == now) {
            return Ok(None);
        }
        // Only such lookups count here, not the age of the keys: the secret may have been changed
        // right after they were looked up.
        if let Some(last) = last.filter(|last| is_within(REFETCH_INTERVAL, last.at, now)) {
            return last.failure.map_or(Ok(None), Err);
        }
        let answer = self.look_up(secret, overlap, now).await;
        if let Some(held) = self.held.borrow_mut().get_mut(secret) {
            held.refetch = Some(Refetch { at: now, failure: answer.as_ref().err().cloned() });
        }
        answer.map(Some)
    }

    fn held(&self, secret: &SecretReference) -> Option<Ref<'_, Held>> {
        Ref::filter_map(self.held.borrow(), |held| held.get(secret)).ok()
    }

    async fn look_up(
        &self,
        secret: &SecretReference,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<Rc<HmacKeys>, Failure> {
        let answer = self.load(secret, overlap, now).await.map(Rc::new);
        let before = self.held(secret).map(|held| (held.keys.clone(), held.refetch.clone()));
        let (before, refetch) = before.unwrap_or_default();
        let keys = match &answer {
            Ok(keys) => Some(Loaded { keys: Rc::clone(keys), at: now }),
            // Bad signatures during an outage must not cost the sender the keys that are held.
            Err(_) => before,
        };
        self.hold(secret, Held { keys, requested: now, refetch });
        answer
    }

    /// When full, evicts the least recently requested entry.
    fn hold(&self, secret: &SecretReference, held: Held) {
        let mut all = self.held.borrow_mut();
        if all.len() >= MAX_SECRETS && !all.contains_key(secret) {
            let oldest =
                all.iter().min_by_key(|(_, held)| held.requested).map(|(name, _)| name.clone());
            oldest.map(|oldest| all.remove(&oldest));
        }
        all.insert(secret.clone(), held);
    }

    async fn load(
        &self,
        secret: &SecretReference,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<HmacKeys, Failure> {
        let name = &secret.name;
        let Some(current) = self.store.secret(name, SecretVersion::Current).await? else {
            return Err(MisconfiguredError::new(format!("the secret `{name}` is not there")).into());
        };
        let created = current.created;
        let unusable = |reason| MisconfiguredError::new(format!("the secret `{name}`: {reason}"));
        let current = key(secret, &current).map_err(unusable)?;
        let overlaps = now.since(created) < overlap;
        let previous = if overlaps { self.previous(secret).await? } else { None };
        Ok(HmacKeys { current, created, previous })
    }

    /// The key of `AWSPREVIOUS`. One that cannot be a key is ignored: it may be why the secret was
    /// changed.
    async fn previous(&self, secret: &SecretReference) -> Result<Option<HmacKey>, Failure> {
        let name = secret.name.as_str();
        let previous = match self.store.secret(name, SecretVersion::Previous).await {
            Ok(previous) => previous,
            Err(Failure::Misconfigured(reason)) => {
                tracing::warn!(%reason, "AWSPREVIOUS is not used");
                None
            }
            Err(failure) => return Err(failure),
        };
        let Some(previous) = previous else { return Ok(None) };
        let key = key(secret, &previous);
        if let Err(reason) = &key {
            tracing::warn!(name, reason, "AWSPREVIOUS is not used");
        }
        Ok(key.ok())
    }
}

/// Whether `since` is less than `limit` before `now`. A moment after `now` is not, because after a
/// clock was set back a revoked secret would verify for that much longer.
fn is_within(limit: Duration, since: Timestamp, now: Timestamp) -> bool {
    since <= now && now.since(since) < limit
}

fn key(reference: &SecretReference, secret: &StoredSecret) -> Result<HmacKey, String> {
    reference.key(&secret.text).map_err(|unusable| unusable.to_string())
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use runtime::{Failure, MisconfiguredError, UnavailableError};
    use shared::ids::WebhookId;
    use shared::record::Field;
    use shared::time::Timestamp;
    use shared::webhook::{KnownWebhook, SecretReference, SecretVersion, WebhookRecord};

    use super::{HmacKeyCache, SecretStore, StoredSecret};

    const CREATED: u64 = 1_000_000;

    /// Returns what a test sets, and counts the lookups.
    #[derive(Default)]
    struct Script {
        current: RefCell<HashMap<String, Answer>>,
        previous: RefCell<Option<Answer>>,
        asked: Cell<usize>,
        asked_for_previous: Cell<usize>,
    }

    type Answer = Result<&'static str, Failure>;

    impl SecretStore for Script {
        async fn secret(
            &self,
            name: &str,
            of: SecretVersion,
        ) -> Result<Option<StoredSecret>, Failure> {
            let answer = match of {
                SecretVersion::Current => {
                    self.asked.set(self.asked.get() + 1);
                    self.current.borrow().get(name).cloned()
                }
                SecretVersion::Previous => {
                    self.asked_for_previous.set(self.asked_for_previous.get() + 1);
                    self.previous.borrow().clone()
                }
            };
            let created = at(CREATED);
            let secret = |text: &str| StoredSecret { text: text.to_owned().into(), created };
            answer.transpose().map(|text| text.map(secret))
        }
    }

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    /// The secret of the webhook `id`, whose record has `attributes`, and how long two versions of it
    /// verify.
    type Secret = (SecretReference, Duration);

    fn webhook(id: &str, attributes: &[(&str, Field)]) -> Secret {
        let text = |text: &str| Field::Text(text.to_owned());
        let required = [
            ("webhook_id", text(id)),
            ("user_id", text("acme")),
            ("tenant_id", text("acme")),
            ("name", text("acme")),
            ("status", text("active")),
            ("scheme", text("portcullis")),
            ("created_at", Field::Number("0".to_owned())),
        ];
        let all = required.iter().chain(attributes);
        let record = all.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let record = WebhookRecord::read(&WebhookId::parse(id).unwrap(), &record).unwrap();
        let webhook = KnownWebhook::admit(record, None, at(0)).unwrap();
        (webhook.secret("hooks/"), webhook.secret_overlap())
    }

    fn secrets(answer: Answer) -> HmacKeyCache<Script> {
        let secrets = HmacKeyCache::new(Script::default());
        say(&secrets, "hooks/wh_1", answer);
        secrets
    }

    fn say(secrets: &HmacKeyCache<Script>, name: &str, answer: Answer) {
        secrets.store.current.borrow_mut().insert(name.to_owned(), answer);
    }

    fn outage() -> Failure {
        UnavailableError::new("scripted").into()
    }

    /// Runs a future that never waits.
    fn now<F: Future>(future: F) -> F::Output {
        let Poll::Ready(output) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits");
        };
        output
    }

    /// What `keys` returns `seconds` after the secret was created: `held`, `asked` or the failure.
    fn keys(secrets: &HmacKeyCache<Script>, webhook: &Secret, seconds: u64) -> String {
        let before = secrets.store.asked.get();
        match now(secrets.keys(&webhook.0, webhook.1, at(CREATED + seconds))) {
            Ok(_) if secrets.store.asked.get() == before => "held".to_owned(),
            Ok(_) => "asked".to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    /// The same of `fresh_keys`, which may also return `no`.
    fn fresh(secrets: &HmacKeyCache<Script>, webhook: &Secret, seconds: u64) -> String {
        match now(secrets.fresh_keys(&webhook.0, webhook.1, at(CREATED + seconds))) {
            Ok(Some(_)) => "asked".to_owned(),
            Ok(None) => "no".to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn keys_are_held_for_five_minutes() {
        let (secrets, webhook) = (secrets(Ok("sixteen bytes...")), webhook("wh_1", &[]));
        assert_eq!(keys(&secrets, &webhook, 0), "asked");
        assert_eq!(keys(&secrets, &webhook, 299), "held");
        assert_eq!(keys(&secrets, &webhook, 300), "asked");
        assert_eq!(keys(&secrets, &webhook, 599), "held");
        say(&secrets, "hooks/wh_1", Err(outage()));
        assert_eq!(keys(&secrets, &webhook, 600), "scripted");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_keys_young() {
        let (secrets, webhook) = (secrets(Ok("sixteen bytes...")), webhook("wh_1", &[]));
        assert_eq!(keys(&secrets, &webhook, 10), "asked");
        assert_eq!(keys(&secrets, &webhook, 9), "asked");
        assert_eq!(fresh(&secrets, &webhook, 8), "asked");
        assert_eq!(keys(&secrets, &webhook, 9), "held");
    }

    #[test]
    fn a_bad_signature_asks_once_a_minute() {
        let (secrets, webhook) = (secrets(Ok("sixteen bytes...")), webhook("wh_1", &[]));
        assert_eq!(keys(&secrets, &webhook, 0), "asked");
        assert_eq!(fresh(&secrets, &webhook, 0), "no", "it was asked for this very event");
        assert_eq!(fresh(&secrets, &webhook, 1), "asked", "it may have been changed since");
        assert_eq!(fresh(&secrets, &webhook, 60), "no");
        assert_eq!(fresh(&secrets, &webhook, 61), "asked");
        assert_eq!(fresh(&secrets, &webhook, 120), "no");
        assert_eq!(fresh(&secrets, &webhook, 121), "asked");
        assert_eq!(keys(&secrets, &webhook, 420), "held");
        assert_eq!(keys(&secrets, &webhook, 421), "asked");
        assert_eq!(fresh(&secrets, &webhook, 422), "asked");
    }

    #[test]
    fn an_outage_stays_one_until_it_may_be_asked_again() {
        let (secrets, webhook) = (secrets(Ok("sixteen bytes...")), webhook("wh_1", &[]));
        assert_eq!(keys(&secrets, &webhook, 0), "asked");
        say(&secrets, "hooks/wh_1", Err(outage()));
        assert_eq!(fresh(&secrets, &webhook, 60), "scripted");
        assert_eq!(fresh(&secrets, &webhook, 60), "scripted");
        assert_eq!(fresh(&secrets, &webhook, 61), "scripted");
        assert_eq!(secrets.store.asked.get(), 2);
        assert_eq!(keys(&secrets, &webhook, 62), "held", "others keep what was loaded");
        say(&secrets, "hooks/wh_1", Ok("sixteen bytes..."));
        assert_eq!(fresh(&secrets, &webhook, 119), "scripted");
        assert_eq!(fresh(&secrets, &webhook, 120), "asked");
    }

    #[test]
    fn what_is_not_there_or_cannot_be_a_key_is_an_error() {
        let check = |answer: Answer, sentence: &str| {
            let secrets = secrets(answer);
            assert_eq!(keys(&secrets, &webhook("wh_1", &[]), 0), sentence);
        };
        check(Ok(""), "the secret `hooks/wh_1`: the secret is empty");
        check(Ok(" \n"), "the secret `hooks/wh_1`: the secret is empty");
        check(
            Ok("fifteen bytes.."),
            "the secret `hooks/wh_1`: the secret is shorter than 16 bytes",
        );
        check(Err(MisconfiguredError::new("binary").into()), "binary");
        let other = webhook("wh_2", &[]);
        let missing = "the secret `hooks/wh_2` is not there";
        assert_eq!(keys(&secrets(Ok("sixteen bytes...")), &other, 0), missing);
    }

    #[test]
    fn the_row_names_the_secret() {
        let secrets = secrets(Ok("sixteen bytes..."));
        say(&secrets, "theirs", Ok("another sixteen."));
        let text = |text: &str| Field::Text(text.to_owned());
        let by_name = webhook("wh_1", &[("secret_id", text("theirs"))]);
        assert_eq!(keys(&secrets, &webhook("wh_1", &[]), 0), "asked");
        assert_eq!(keys(&secrets, &by_name, 1), "asked", "the row says something else by now");
        assert_eq!(keys(&secrets, &by_name, 2), "held");
        let with = |name, value| webhook("wh_1", &[("secret_id", text("theirs")), (name, value)]);
        let same_form = with("scheme", text("github"));
        assert_eq!(keys(&secrets, &same_form, 3), "held", "the key is the same text");
        let other_form = with("scheme", text("rfc9421"));
        assert_eq!(keys(&secrets, &other_form, 4), "asked");
        let member = "the secret `theirs`: the secret is no JSON object, but the record has a \
                      `secret_field`";
        assert_eq!(keys(&secrets, &with("secret_field", text("a")), 5), member);
    }

    #[test]
    fn the_previous_version_is_asked_for_while_it_counts() {
        let overlap = |seconds: &str| {
            webhook("wh_1", &[("secret_overlap_seconds", Field::Number(seconds.to_owned()))])
        };
        let check = |seconds: u64, answer: Option<Answer>, asked: usize, result: &str| {
            let secrets = secrets(Ok("sixteen bytes..."));
            *secrets.store.previous.borrow_mut() = answer;
            assert_eq!(keys(&secrets, &overlap("100"), seconds), result);
            assert_eq!(secrets.store.asked_for_previous.get(), asked, "{seconds}");
        };
        check(99, None, 1, "asked");
        check(99, Some(Ok("the previous one")), 1, "asked");
        check(100, Some(Ok("the previous one")), 0, "asked");
        // It may be why the secret was changed.
        check(0, Some(Ok("short")), 1, "asked");
        check(0, Some(Err(MisconfiguredError::new("binary").into())), 1, "asked");
        check(0, Some(Err(outage())), 1, "scripted");
    }

    #[test]
    fn as_many_webhooks_are_held_as_fit() {
        let secrets = secrets(Ok("sixteen bytes..."));
        let id = |number: usize| format!("many_{number}");
        for number in 0..256 {
            say(&secrets, &format!("hooks/{}", id(number)), Ok("sixteen bytes..."));
            let seconds = u64::try_from(number).unwrap();
            assert_eq!(keys(&secrets, &webhook(&id(number), &[]), seconds), "asked");
        }
        assert_eq!(keys(&secrets, &webhook(&id(0), &[]), 256), "held");
        assert_eq!(keys(&secrets, &webhook("wh_1", &[]), 256), "asked");
        assert_eq!(secrets.held.borrow().len(), 256);
        assert_eq!(keys(&secrets, &webhook(&id(1), &[]), 256), "held");
        assert_eq!(keys(&secrets, &webhook(&id(0), &[]), 256), "asked", "it made room");
    }
}
