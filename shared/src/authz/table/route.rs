//! A route: which requests it matches, what it requires, and where it finds the tenant.

use std::fmt;

use crate::authz::table::path::{CONNECT, Pattern};
use crate::authz::table::permission::Bit;

/// The method of a route. `Connect` is the opening of a WebSocket, which has no verb in its ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::authz) enum Method {
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
    pub(in crate::authz) const ALL: [Self; 8] = [
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
    pub(in crate::authz) const fn key(self) -> &'static str {
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

    /// What precedes the path in an ARN: the verb, or nothing for `$connect`.
    pub(in crate::authz) const fn verb(self) -> &'static str {
        match self {
            Self::Connect => "",
            _ => self.key(),
        }
    }

    pub(in crate::authz) fn parse(key: &str) -> Option<Self> {
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

/// What a method of a route requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) enum Need {
    Nothing,
    Permission(Bit),
}

/// Where a request names the resource's tenant, as the table says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum TenantRule {
    None,
    Path(Box<str>),
    Header(Box<str>),
    Query(Box<str>),
    Host { prefix: Box<str>, suffix: Box<str> },
}

impl TenantRule {
    /// Reads what [`fmt::Display`] writes.
    pub(in crate::authz) fn parse(text: &str) -> Option<Self> {
        let (location, name) = text.split_once(':')?;
        let named = |more: &str| {
            let odd = |c: char| !c.is_ascii_alphanumeric() && !more.contains(c);
            (1..=128).contains(&name.len()) && !name.contains(odd)
        };
        match location {
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

    /// The location in a request on `path`, which `pattern` matches.
    pub(in crate::authz) fn source<'a>(
        &'a self,
        pattern: &Pattern,
        path: &'a str,
    ) -> TenantLocation<'a> {
        match self {
            Self::None => TenantLocation::None,
            Self::Path(name) => {
                pattern.value(name, path).map_or(TenantLocation::None, TenantLocation::Path)
            }
            _ => self.outside().unwrap_or(TenantLocation::None),
        }
    }

    /// The location, if it is outside the path.
    pub(in crate::authz) fn outside(&self) -> Option<TenantLocation<'_>> {
        match self {
            Self::None | Self::Path(_) => None,
            Self::Header(name) => Some(TenantLocation::Header(name)),
            Self::Query(name) => Some(TenantLocation::Query(name)),
            Self::Host { prefix, suffix } => Some(TenantLocation::Host { prefix, suffix }),
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
pub(in crate::authz) struct Route {
    pub(in crate::authz) pattern: Pattern,
    /// In the order of [`Method::ALL`].
    pub(in crate::authz) methods: Vec<(Method, Need)>,
    pub(in crate::authz) tenant: TenantRule,
}

impl Route {
    pub(in crate::authz) fn need(&self, method: Method) -> Option<Need> {
        self.methods.iter().find(|(m, _)| *m == method).map(|(_, need)| *need)
    }

    /// The path parameter that is the tenant.
    pub(in crate::authz) fn tenant_parameter(&self) -> Option<&str> {
        match &self.tenant {
            TenantRule::Path(name) => Some(name),
            _ => None,
        }
    }

    /// The name of the route in messages and the log: `GET /api/incidents/{id}`, or `$connect`.
    pub(in crate::authz) fn rule(&self, method: Method) -> String {
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
pub(in crate::authz) fn resolve<'t>(
    routes: &'t [Route],
    verb: Option<&str>,
    path: &str,
) -> Option<(&'t Route, Method, Need)> {
    let method = Method::of_request(verb)?;
    let route = routes.iter().find(|route| route.pattern.matches(path))?;
    Some((route, method, route.need(method)?))
}

/// Where the request names the tenant of the resource, and for a path also its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantLocation<'a> {
    /// Nowhere: the resource belongs to no tenant, or always to the caller's own.
    None,
    /// In the path, with the value found there. The policy's ARNs have the caller's own tenant in
    /// this segment, so a cached policy is right for every path.
    Path(&'a str),
    /// In the header of this name, lower case.
    Header(&'a str),
    /// In the query parameter of this name.
    Query(&'a str),
    /// In the host name, between these two.
    Host {
        /// What precedes the tenant; lower case.
        prefix: &'a str,
        /// What follows it; lower case.
        suffix: &'a str,
    },
}
