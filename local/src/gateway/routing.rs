//! Which route of an API a request has.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use super::api::{ApiError, ApiKind, PayloadFormat, Route};
use super::path::decoded;
use super::trace::Note;

/// A route, read.
#[derive(Debug)]
pub(super) struct RouteRule {
    pub(super) key: String,
    target: Target,
    /// The place of its authorizer in the API's list.
    pub(super) authorizer: Option<usize>,
    pub(super) payload: PayloadFormat,
}

#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A method, `None` for `ANY`, and the segments of a path.
    Path(Option<String>, Vec<Segment>),
    /// `$default` of an HTTP API.
    Default,
    /// `$connect` of a WebSocket API.
    Connect,
}

/// A segment of a route. The order is AWS's: the first is the most specific.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

/// The route of a request, with its path parameters, decoded.
#[derive(Debug)]
pub(super) struct Matched<'r> {
    pub(super) route: &'r RouteRule,
    pub(super) parameters: Vec<(String, String)>,
}

impl RouteRule {
    /// Reads `route` of an API of this kind; `authorizer` is the place of its authorizer.
    ///
    /// # Errors
    /// Its key is none.
    pub(super) fn read(
        kind: ApiKind,
        route: &Route,
        authorizer: Option<usize>,
    ) -> Result<Self, ApiError> {
        let target = match (kind, route.key.as_str()) {
            (ApiKind::Http, "$default") => Some(Target::Default),
            (ApiKind::WebSocket, "$connect") => Some(Target::Connect),
            (ApiKind::WebSocket, _) => None,
            (_, key) => target(key),
        };
        let key = route.key.clone();
        match target {
            Some(target) => Ok(Self { key, target, authorizer, payload: route.payload }),
            None => Err(ApiError(format!("`{key}` is not the key of a route of such an API"))),
        }
    }

    /// The path of the route, such as `/users/{id}`; the key where there is none.
    pub(super) fn resource(&self) -> &str {
        self.key.split_once(' ').map_or(self.key.as_str(), |(_, path)| path)
    }

    /// Whether both have the same method and paths.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Target::Path(method, path), Target::Path(other_method, other_path)) => {
                method == other_method && shape(path) == shape(other_path)
            }
            (target, other) => target == other,
        }
    }
}

/// The route of `method` and `path`, which is a path within the stage without an oddity. Where AWS's rules
/// have two readings that end at different authorizers, there is none.
pub(super) fn resolve<'r>(
    kind: ApiKind,
    routes: &'r [RouteRule],
    method: &str,
    path: &str,
    notes: &mut Vec<Note>,
) -> Option<Matched<'r>> {
    let raw: Vec<String> = segments(path).map(str::to_owned).collect();
    let plain: Vec<String> = segments(path).map(|segment| decoded(segment).into_owned()).collect();
    let spellings = [&raw, &plain];
    let readings = spellings.map(|path| readings(kind, routes, method, path)).concat();
    let first = readings.first().copied().flatten();
    let same = |other: &Option<&RouteRule>| match (first, other) {
        (Some(first), Some(other)) => std::ptr::eq(first, *other),
        (first, other) => first.is_none() && other.is_none(),
    };
    if !readings.iter().all(same) {
        let authorizer = |route: &Option<&RouteRule>| route.map(|route| route.authorizer);
        if !readings.iter().all(|other| authorizer(other) == authorizer(&first)) {
            notes.push(Note::refused("which of two routes the request has"));
            return None;
        }
        notes.push(Note::assumed(
            "which of two routes the request has; both have the same authorizer",
        ));
    }
    let route = first?;
    Some(Matched { route, parameters: parameters(route, &plain) })
}

/// The readings of AWS's rules. Of a REST API: the most specific of all paths that match, and the one that
/// is found without ever turning back. Of an HTTP API: the path before the method, and the other way.
fn readings<'r>(
    kind: ApiKind,
    routes: &'r [RouteRule],
    method: &str,
    path: &[String],
) -> [Option<&'r RouteRule>; 2] {
    match kind {
        ApiKind::WebSocket => [connect(routes, method, path); 2],
        ApiKind::Rest => {
            let of = |found: Option<Vec<u8>>| of_resource(routes, &found?, method, path);
            [of(most_specific(routes, path)), of(straight(routes, path))]
        }
        ApiKind::Http => {
            let by_path = http(routes, method, path, |any, greedy, rank| (greedy, rank, any));
            let by_method = http(routes, method, path, |any, greedy, rank| (any, greedy, rank));
            [by_path, by_method]
        }
    }
}

/// A WebSocket is opened by a `GET` (RFC 6455 §4.1).
fn connect<'r>(routes: &'r [RouteRule], method: &str, path: &[String]) -> Option<&'r RouteRule> {
    let opens = method == "GET" && path.is_empty();
    routes.iter().find(|route| route.target == Target::Connect).filter(|_| opens)
}

/// Full matches before greedy ones before `$default`.
fn http<'r, K: Ord>(
    routes: &'r [RouteRule],
    method: &str,
    path: &[String],
    key: impl Fn(bool, bool, Vec<u8>) -> K,
) -> Option<&'r RouteRule> {
    let candidates = routes.iter().filter_map(|route| {
        let Target::Path(own, segments) = &route.target else { return None };
        let fits = own.as_deref().is_none_or(|own| own == method) && fits(segments, path);
        let greedy = matches!(segments.last(), Some(Segment::Greedy(_)));
        fits.then(|| (key(own.is_none(), greedy, rank(segments)), route))
    });
    let best = candidates.min_by(|(key, _), (other, _)| key.cmp(other)).map(|(_, route)| route);
    best.or_else(|| routes.iter().find(|route| route.target == Target::Default))
}

/// The rank of the most specific resource that matches the whole path.
fn most_specific(routes: &[RouteRule], path: &[String]) -> Option<Vec<u8>> {
    let all = paths(routes).filter(|segments| fits(segments, path));
    all.map(rank).min()
}

/// The rank of the resource that is found one segment after the other: a literal if any route has it
/// there, else a parameter, else the rest.
fn straight(routes: &[RouteRule], path: &[String]) -> Option<Vec<u8>> {
    let mut left: Vec<&[Segment]> = paths(routes).collect();
    for (at, text) in path.iter().enumerate() {
        let of = |wanted: u8| -> Vec<&[Segment]> {
            let fits = |segments: &&&[Segment]| {
                segments.get(at).is_some_and(|own| own.rank() == wanted && own.takes(text))
            };
            left.iter().filter(fits).copied().collect()
        };
        let next = [0, 1, 2].map(of).into_iter().find(|left| !left.is_empty())?;
        if let Some(greedy) = next.iter().find(|s| matches!(s.get(at), Some(Segment::Greedy(_)))) {
            return Some(rank(greedy));
        }
        left = next;
    }
    left.into_iter().find(|segments| segments.len() == path.len()).map(rank)
}

/// The method of the resource with this rank.
fn of_resource<'r>(
    routes: &'r [RouteRule],
    of: &[u8],
    method: &str,
    path: &[String],
) -> Option<&'r RouteRule> {
    let has = |wanted: Option<&str>| {
        routes.iter().find(|route| match &route.target {
            Target::Path(own, segments) => {
                own.as_deref() == wanted && rank(segments) == of && fits(segments, path)
            }
            Target::Default | Target::Connect => false,
        })
    };
    has(Some(method)).or_else(|| has(None))
}

impl Segment {
    const fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Literal(own) => own == text,
            Self::Parameter(_) | Self::Greedy(_) => !text.is_empty(),
        }
    }
}

fn paths(routes: &[RouteRule]) -> impl Iterator<Item = &[Segment]> {
    routes.iter().filter_map(|route| match &route.target {
        Target::Path(_, segments) => Some(segments.as_slice()),
        Target::Default | Target::Connect => None,
    })
}

fn fits(segments: &[Segment], path: &[String]) -> bool {
    let greedy = matches!(segments.last(), Some(Segment::Greedy(_)));
    let long_enough =
        if greedy { path.len() >= segments.len() } else { path.len() == segments.len() };
    long_enough && segments.iter().zip(path).all(|(segment, text)| segment.takes(text))
}

fn rank(segments: &[Segment]) -> Vec<u8> {
    segments.iter().map(Segment::rank).collect()
}

/// The segments without the names of parameters.
fn shape<'s>(segments: &'s [Segment]) -> Vec<(u8, &'s str)> {
    let literal = |segment: &'s Segment| match segment {
        Segment::Literal(text) => text.as_str(),
        Segment::Parameter(_) | Segment::Greedy(_) => "",
    };
    segments.iter().map(|segment| (segment.rank(), literal(segment))).collect()
}

fn parameters(route: &RouteRule, path: &[String]) -> Vec<(String, String)> {
    let Target::Path(_, segments) = &route.target else { return Vec::new() };
    let of = |(at, segment): (usize, &Segment)| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) => Some((name.clone(), path.get(at)?.clone())),
        Segment::Greedy(name) => Some((name.clone(), path.get(at..)?.join("/"))),
    };
    segments.iter().enumerate().filter_map(of).collect()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    inner.split('/').filter(move |_| !inner.is_empty())
}

fn target(key: &str) -> Option<Target> {
    let (method, path) = key.split_once(' ')?;
    let method = match method {
        "ANY" => None,
        _ if !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()) => {
            Some(method.to_owned())
        }
        _ => return None,
    };
    path.starts_with('/').then_some(())?;
    let segments: Vec<Segment> = segments(path).map(segment).collect::<Option<_>>()?;
    let (_, before) = segments.split_last().unwrap_or((&Segment::Literal(String::new()), &[]));
    let greedy_last = before.iter().all(|segment| !matches!(segment, Segment::Greedy(_)));
    greedy_last.then_some(Target::Path(method, segments))
}

fn segment(text: &str) -> Option<Segment> {
    let name = |name: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        (!name.is_empty() && name.bytes().all(plain)).then(|| name.to_owned())
    };
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(inner) => match inner.strip_suffix('+') {
            Some(inner) => name(inner).map(Segment::Greedy),
            None => name(inner).map(Segment::Parameter),
        },
        None => {
            let literal = !text.is_empty() && !text.contains(['{', '}', '%', '?', '#']);
            literal.then(|| Segment::Literal(text.to_owned()))
        }
    }
}
