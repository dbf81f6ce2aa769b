//! The development user pool behind HTTP, and where it is kept.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use local::pool::{Config, MAX_BODY_BYTES, POOL_ID, Pool, PoolError};
use runtime::{Clock, printable};

use super::server::Handler;
use super::upstream::{Body, message, response};
use crate::env::Env;
use crate::exit::CommandError;

/// The pool, which the gateway's start and the pool's own server share.
pub(super) type SharedPool = Rc<RefCell<Pool>>;

/// The name of the file in `--state`.
const FILE: &str = "pool.json";

/// The pool at `address`: the one that `state` holds, or a new one.
///
/// # Errors
/// It cannot be read or made.
pub(super) fn open(
    state: Option<&Path>,
    address: SocketAddr,
    env: &Env<'_>,
) -> Result<SharedPool, CommandError> {
    let config = Config::development(POOL_ID, &format!("http://{address}")).map_err(failed)?;
    let file = state.map(file_in);
    let kept = match &file {
        Some(file) => match env.contents(file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(file, &error.to_string())),
        },
        None => None,
    };
    let pool = match (kept, &file) {
        (Some(bytes), Some(file)) => {
            let state = serde_json::from_slice(&bytes)
                .map_err(|_| unusable(file, "it is not JSON: delete it for a new pool"))?;
            Pool::restore(config, Box::new(fill), state)
                .map_err(|error| unusable(file, &error.to_string()))?
        }
        _ => Pool::new(config, Box::new(fill), env.now).map_err(failed)?,
    };
    Ok(Rc::new(RefCell::new(pool)))
}

/// Keeps the pool in `state`, if there is one: as it is now.
///
/// # Errors
/// It cannot be written.
pub(super) fn keep(
    state: Option<&Path>,
    pool: &SharedPool,
    env: &Env<'_>,
) -> Result<(), CommandError> {
    let Some(state) = state else { return Ok(()) };
    let file = file_in(state);
    let kept = pool.borrow().export().map_err(failed)?;
    (env.save_private)(&file, kept.to_string().as_bytes())
        .map_err(|error| unusable(&file, &error.to_string()))
}

fn file_in(state: &Path) -> PathBuf {
    state.join(FILE)
}

fn unusable(file: &Path, problem: &str) -> CommandError {
    let file = printable(&file.to_string_lossy());
    CommandError::failed(format!("{file} cannot be used: {problem}"))
}

pub(super) fn failed(error: PoolError) -> CommandError {
    CommandError::failed(format!("the development pool: {error}"))
}

pub(super) fn fill(bytes: &mut [u8]) -> Result<(), PoolError> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| PoolError::Random)
}

/// The pool's server.
pub(super) struct Server {
    pool: SharedPool,
    clock: Clock,
}

impl Server {
    pub(super) const fn new(pool: SharedPool, clock: Clock) -> Self {
        Self { pool, clock }
    }
}

impl Handler for Server {
    async fn handle(&self, request: Request<Incoming>, _: IpAddr) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else {
            return message(413, r#"{"message": "the body is longer than 64 KiB"}"#);
        };
        let body = body.to_bytes();
        let headers: Vec<(&str, &str)> = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let request = local::pool::Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &headers,
            body: &body,
        };
        let answer = self.pool.borrow_mut().handle(&request, (self.clock.now)());
        let headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        response(answer.status, &headers, &answer.body)
    }
}
