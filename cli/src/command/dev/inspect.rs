//! `--inspect`: a page on which decisions appear as they are made, with the reason for each.
//!
//! | file | what is in it |
//! |---|---|
//! | `page.html` | the page, whole: markup, style and script |
//! | `page.rs` | the page's headers |
//! | `guard.rs` | which requests are the page's own |
//! | `decision.rs`, `steps.rs` | what is shown of a decision |
//! | `feed.rs` | the decisions, as server-sent events |
//! | `about.rs` | what the gateway is, and the access table |
//! | `attempt.rs` | the request of the form, as a client would send it |

mod about;
mod attempt;
mod decision;
mod feed;
mod guard;
mod page;
mod steps;

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use about::About;
use attempt::Attempts;
pub(super) use attempt::TRIED;
pub(super) use decision::Seen;
use feed::Feed;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use page::Page;
use runtime::Clock;
use shared::authz::AccessTable;

use super::Serve;
use super::plan::{Plan, Table};
use super::pool::SharedPool;
use super::server::Handler;
use super::upstream::{Body, message, response};
use crate::command::explain;
use crate::exit::CommandError;

/// What the page is served from, and what it is told.
pub(super) struct Inspector {
    feed: Rc<Feed>,
    table: explain::Table,
    about: String,
    picture: String,
    page: Page,
    attempts: Attempts,
    /// Its own port.
    port: u16,
}

/// What the gateway is made of.
pub(super) struct Of<'o> {
    pub(super) plan: &'o Plan,
    pub(super) table: &'o Table,
    /// The table with its policies, if an authorizer has them.
    pub(super) proven: Option<&'o AccessTable>,
}

/// Where things are.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    pub(super) gateway: SocketAddr,
    pub(super) inspector: SocketAddr,
}

impl Inspector {
    /// For a gateway that is `of` this.
    ///
    /// # Errors
    /// The table cannot be read a second time.
    pub(super) fn new(
        serve: &Serve,
        addresses: Addresses,
        of: &Of<'_>,
        pool: &SharedPool,
        clock: Clock,
    ) -> Result<Self, CommandError> {
        let Of { plan, table, proven } = of;
        let about = About::of(serve, addresses.gateway, plan, table);
        Ok(Self {
            feed: Rc::new(Feed::new((clock.now)())),
            about: crate::text::json(&about)?,
            picture: crate::command::access::picture(&table.access)?,
            table: explain::Table::of(&table.file, &table.source, *proven)?,
            page: Page::new()?,
            attempts: Attempts::new(addresses.gateway, pool.clone(), clock),
            port: addresses.inspector.port(),
        })
    }

    /// Shows a decision.
    pub(super) fn show(&self, seen: &Seen<'_>) {
        self.feed.push(|id| decision::json(id, seen, &self.table));
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/") => self.page.response(),
            (&Method::GET, "/about") => json(200, &self.about),
            (&Method::GET, "/table") => json(200, &self.picture),
            (&Method::GET, "/events") => self.feed.stream(request.headers()),
            (&Method::POST, "/try") => match self.attempts.make(request).await {
                Ok(answer) => json(200, &answer),
                Err((status, sentence)) => refused(status, &sentence),
            },
            _ => refused(404, "there is nothing at this address"),
        }
    }
}

impl Handler for Inspector {
    async fn handle(&self, request: Request<Incoming>, _: IpAddr) -> Response<Body> {
        let mut response = match guard::check(self.port, &request) {
            Ok(()) => self.answer(request).await,
            Err((status, sentence)) => refused(status, sentence),
        };
        page::protect(response.headers_mut());
        response
    }
}

fn json(status: u16, text: &str) -> Response<Body> {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    response(status, &headers, text.as_bytes())
}

fn refused(status: u16, sentence: &str) -> Response<Body> {
    message(status, &serde_json::json!({ "message": sentence }).to_string())
}
