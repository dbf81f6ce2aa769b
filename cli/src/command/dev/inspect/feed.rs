//! The decisions, newest last, as server-sent events for any number of tabs.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::channel::{Channel, Sender};
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::json;
use shared::time::Timestamp;
use tokio::sync::watch;

use super::super::upstream::{Body, message};

/// How many bytes of decisions are kept for a tab that is opened later, or comes back.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How many decisions are kept.
const MAX_DECISIONS: usize = 500;
/// How many tabs are told at once.
const MAX_STREAMS: usize = 32;
/// How many events wait for a slow tab; after that its stream waits, and the gateway does not.
const BUFFERED: usize = 16;
/// How often something is sent where nothing happens, so that a tab which is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The decisions.
pub(super) struct Feed {
    kept: RefCell<Kept>,
    /// The number of the newest decision.
    newest: watch::Sender<u64>,
    /// Tells one run of the gateway from the next, whose decisions are numbered from 1 as well.
    run: Timestamp,
}

#[derive(Default)]
struct Kept {
    decisions: VecDeque<(u64, Bytes)>,
    bytes: usize,
}

impl Feed {
    pub(super) fn new(run: Timestamp) -> Self {
        Self { kept: RefCell::default(), newest: watch::Sender::new(0), run }
    }

    /// Adds what `make` gives for the number of the next decision: one line of JSON.
    pub(super) fn push(&self, make: impl FnOnce(u64) -> String) {
        let id = *self.newest.borrow() + 1;
        let event = format!("id: {id}\nevent: decision\ndata: {}\n\n", make(id));
        self.kept.borrow_mut().add(id, event.into());
        self.newest.send_replace(id);
    }

    /// Every decision that is kept, and then each as it is made. After a break a browser says which it has.
    pub(super) fn stream(self: &Rc<Self>, headers: &HeaderMap) -> Response<Body> {
        if self.newest.receiver_count() >= MAX_STREAMS {
            return message(503, r#"{"message": "too many tabs are open"}"#);
        }
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
        let (sender, body) = Channel::<Bytes, Infallible>::new(BUFFERED);
        let newest = self.newest.subscribe();
        tokio::task::spawn_local(tell(Rc::clone(self), newest, last.unwrap_or(0), sender));
        let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
        let media_type = HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        response
    }

    fn hello(&self) -> Bytes {
        let hello = json!({ "run": self.run.unix_millis() });
        format!("retry: 1000\nevent: hello\ndata: {hello}\n\n").into()
    }
}

impl Kept {
    fn add(&mut self, id: u64, event: Bytes) {
        self.bytes += event.len();
        self.decisions.push_back((id, event));
        while self.decisions.len() > MAX_DECISIONS || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.decisions.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    /// The oldest decision after `last`.
    fn after(&self, last: u64) -> Option<(u64, Bytes)> {
        let at = self.decisions.partition_point(|(id, _)| *id <= last);
        self.decisions.get(at).cloned()
    }
}

/// Sends until the tab is closed, which makes `sender` fail.
async fn tell(feed: Rc<Feed>, mut newest: watch::Receiver<u64>, last: u64, sender: Sender<Bytes>) {
    let mut sender = sender;
    // What a tab has of an earlier run is not of this one.
    let mut last = if last > *newest.borrow() { 0 } else { last };
    if sender.send_data(feed.hello()).await.is_err() {
        return;
    }
    loop {
        newest.mark_unchanged();
        loop {
            let next = feed.kept.borrow().after(last);
            let Some((id, event)) = next else { break };
            if sender.send_data(event).await.is_err() {
                return;
            }
            last = id;
        }
        let sent = tokio::select! {
            changed = newest.changed() => changed.map_err(drop),
            () = tokio::time::sleep(KEEP_ALIVE) => {
                sender.send_data(Bytes::from_static(b": nothing yet\n\n")).await.map_err(drop)
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::{Feed, MAX_BYTES, MAX_DECISIONS};

    #[test]
    fn it_is_bounded() {
        let feed = Feed::new(Timestamp::default());
        for _ in 0..MAX_DECISIONS + 10 {
            feed.push(|id| id.to_string());
        }
        let kept = feed.kept.borrow();
        assert_eq!(kept.decisions.len(), MAX_DECISIONS);
        assert_eq!(kept.after(0).unwrap().0, 11);
        assert_eq!(kept.after(11).unwrap().0, 12);
        assert!(kept.after(MAX_DECISIONS as u64 + 10).is_none());
    }

    #[test]
    fn large_decisions_are_fewer() {
        let feed = Feed::new(Timestamp::default());
        for _ in 0..10 {
            feed.push(|_| "x".repeat(MAX_BYTES / 4));
        }
        assert_eq!(feed.kept.borrow().decisions.len(), 3);
        assert!(feed.kept.borrow().bytes <= MAX_BYTES);
    }

    #[test]
    fn an_event_is_one_message() {
        let feed = Feed::new(Timestamp::default());
        feed.push(|id| format!("{{\"id\":{id}}}"));
        let (_, event) = feed.kept.borrow().after(0).unwrap();
        assert_eq!(event, "id: 1\nevent: decision\ndata: {\"id\":1}\n\n");
    }
}
