//! A route: which requests it takes, what they need, and where their tenant stands.

use super::path::{CONNECT, Pattern};
use super::permission::Bit;
use std::fmt;

/// How a route is called. `Connect` is the opening of a WebSocket, which has no HTTP verb here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Connect,
}

impl Method {
    pub(super) const ALL: [Self; 8] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Connect,
    ];

    /// The key in a `[[routes]]` entry.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Connect => "CONNECT",
        }
    }

    /// What stands before the path in an ARN: the verb, or nothing for `$connect`.
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Connect => "",
            _ => self.key(),
        }
    }

    pub(super) fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.key() == key)
    }

    /// The method of a request: `None` is the opening of a WebSocket.
    fn of_request(verb: Option<&str>) -> Option<Self> {
        let Some(verb) = verb else {
            return Some(Self::Connect);
        };
        Self::parse(verb).filter(|&method| method != Self::Connect)
    }
}

/// What a method of a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    Permission(Bit),
}

/// Where the resource's tenant stands, as the table says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TenantRule {
    None,
    Path(Box<str>),
    Header(Box<str>),
    Query(Box<str>),
    Host { prefix: Box<str>, suffix: Box<str> },
}

impl TenantRule {
    /// Reads what [`fmt::Display`] writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (place, name) = text.split_once(':')?;
        let named = |more: &str| {
            let odd = |c: char| !c.is_ascii_alphanumeric() && !more.contains(c);
            (1..=128).contains(&name.len()) && !name.contains(odd)
        };
        match place {
            "path" if named("_-.") => Some(Self::Path(name.into())),
            "header" if named("_-") => Some(Self::Header(name.to_ascii_lowercase().into())),
            "query" if named("_-.~") => Some(Self::Query(name.into())),
            "host" if named("-.{}") => {
                let (prefix, suffix) = name.split_once("{tenant}")?;
                let plain = !prefix.contains(['{', '}']) && !suffix.contains(['{', '}']);
                (plain && !(prefix.is_empty() && suffix.is_empty())).then(|| Self::Host {
                    prefix: prefix.to_ascii_lowercase().into(),
                    suffix: suffix.to_ascii_lowercase().into(),
                })
            }
            _ => None,
        }
    }

    /// As the caller sees it, for a request on `path` that `pattern` matches.
    pub(super) fn source<'a>(&'a self, pattern: &Pattern, path: &'a str) -> TenantSource<'a> {
        match self {
            Self::None => TenantSource::None,
            Self::Path(name) => {
                pattern.value(name, path).map_or(TenantSource::None, TenantSource::Path)
            }
            _ => self.outside().unwrap_or(TenantSource::None),
        }
    }

    /// The place outside the path, if it is one.
    pub(super) fn outside(&self) -> Option<TenantSource<'_>> {
        match self {
            Self::None | Self::Path(_) => None,
            Self::Header(name) => Some(TenantSource::Header(name)),
            Self::Query(name) => Some(TenantSource::Query(name)),
            Self::Host { prefix, suffix } => Some(TenantSource::Host { prefix, suffix }),
        }
    }
}

impl fmt::Display for TenantRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Path(name) => write!(f, "path:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Host { prefix, suffix } => write!(f, "host:{prefix}{{tenant}}{suffix}"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) pattern: Pattern,
    /// In the order of [`Method::ALL`].
    pub(super) methods: Vec<(Method, Need)>,
    pub(super) tenant: TenantRule,
}

impl Route {
    pub(super) fn need(&self, method: Method) -> Option<Need> {
        self.methods.iter().find(|(m, _)| *m == method).map(|(_, need)| *need)
    }

    /// The path parameter that is the tenant.
    pub(super) fn tenant_parameter(&self) -> Option<&str> {
        match &self.tenant {
            TenantRule::Path(name) => Some(name),
            _ => None,
        }
    }

    /// The line a reader looks for: `GET /api/incidents/{id}`, or `$connect`.
    pub(super) fn rule(&self, method: Method) -> String {
        match method {
            Method::Connect => CONNECT.to_owned(),
            _ => format!("{} {}", method.key(), self.pattern),
        }
    }
}

/// The route of a request. The path decides first: of all routes that match the whole path the
/// most specific wins, and if that one does not list the method there is no route.
///
/// `routes` are ordered by [`Pattern::specificity`], so the first match is the winner.
pub(super) fn resolve<'t>(
    routes: &'t [Route],
    verb: Option<&str>,
    path: &str,
) -> Option<(&'t Route, Method, Need)> {
    let method = Method::of_request(verb)?;
    let route = routes.iter().find(|route| route.pattern.matches(path))?;
    Some((route, method, route.need(method)?))
}

/// Where the tenant of the requested resource stands, and for a path also its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantSource<'a> {
    /// The resource belongs to no tenant, or to the caller's own whatever it is.
    None,
    /// In the path, with the value found there. The policy's ARNs hold the caller's own tenant at
    /// this place, so a cached policy is right for every path.
    Path(&'a str),
    /// In the header of this name, lower case.
    Header(&'a str),
    /// In the query parameter of this name.
    Query(&'a str),
    /// In the host name, between these two.
    Host {
        /// What stands before the tenant; lower case.
        prefix: &'a str,
        /// What stands after it; lower case.
        suffix: &'a str,
    },
}
