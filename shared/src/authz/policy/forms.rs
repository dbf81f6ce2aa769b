//! Paths as the compiler sees them.
//!
//! Every wildcard of a glob here is all that stands between two slashes, or after the last. Paths are
//! canonical, so they have no empty segment, and a wildcard matches one segment or more. To all
//! patterns and globs two segments are alike that are no literal of the table and not the caller's
//! tenant. So a pattern stands for one path as well: the one whose parameters are segments that occur
//! nowhere else. Whatever matches this path matches every path of the pattern.

use std::collections::HashMap;

use crate::authz::policy::statements::TENANT;
use crate::authz::policy::trie::Trie;
use crate::authz::table::path::{CONNECT, Segment};
use crate::authz::table::route::{Method, Need, Route};

/// One segment of a pattern or of a glob. The root path has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::authz) enum Piece {
    Literal(u16),
    Tenant,
    /// One segment, whatever it is. Patterns only.
    One,
    /// One segment or more. Globs only.
    Wild,
}

/// A route's path as a pattern of fixed length. A route with a tenant in its path has two: with the
/// caller's own, and with any. A route that ends in `{name+}` has one for each length up to the horizon.
#[derive(Clone, Debug)]
pub(in crate::authz) struct Form {
    /// Its index by specificity.
    pub(in crate::authz) route: usize,
    pub(in crate::authz) pieces: Vec<Piece>,
    /// Whether it stands for any tenant of a route that names one.
    pub(in crate::authz) foreign: bool,
}

/// The table's routes as forms, the more specific first, and the literals in them.
#[derive(Debug, Default)]
pub(in crate::authz) struct Forms<'t> {
    pub(in crate::authz) all: Vec<Form>,
    /// The length from which paths no longer differ: what is denied is looked for up to here.
    pub(in crate::authz) longest: usize,
    /// The longest form. A Deny of the longest paths has a literal for each of their segments at most, so
    /// a path that it shares with a greedy route is longer by no more than that route's own segments.
    horizon: usize,
    literals: Vec<&'t str>,
    known: HashMap<&'t str, u16>,
    winners: Trie,
}

impl<'t> Forms<'t> {
    /// `routes` are ordered by specificity.
    pub(in crate::authz) fn new(routes: &'t [Route]) -> Self {
        let mut forms = Self::default();
        let depth = |route: &Route| route.pattern.segments().count();
        let is_greedy = |route: &Route| route.pattern.segments().any(|s| is_rest(&s));
        let deepest = routes.iter().map(depth).max().unwrap_or_default();
        let greedy = routes.iter().filter(|route| is_greedy(route)).map(depth).max();
        let greedy = greedy.unwrap_or_default();
        forms.longest = deepest + greedy + 1;
        forms.horizon = forms.longest + greedy;
        for (index, route) in routes.iter().enumerate() {
            if route.pattern.as_str() == CONNECT {
                continue;
            }
            if route.tenant_parameter().is_some() {
                forms.add(index, route, route.tenant_parameter());
            }
            forms.add(index, route, None);
        }
        for (id, form) in forms.all.iter().enumerate() {
            forms.winners.insert(&form.pieces, id);
        }
        forms
    }

    fn add(&mut self, index: usize, route: &'t Route, tenant: Option<&str>) {
        let mut pieces = Vec::new();
        let mut greedy = false;
        for segment in route.pattern.segments() {
            pieces.push(match segment {
                Segment::Literal("") => continue,
                Segment::Literal(text) => Piece::Literal(self.literal(text)),
                Segment::One(name) if tenant == Some(name) => Piece::Tenant,
                Segment::One(_) => Piece::One,
                Segment::Rest(_) => {
                    greedy = true;
                    Piece::One
                }
            });
        }
        let foreign = tenant.is_none() && route.tenant_parameter().is_some();
        let longer = if greedy { self.horizon.saturating_sub(pieces.len()) } else { 0 };
        for _ in 0..=longer {
            self.all.push(Form { route: index, pieces: pieces.clone(), foreign });
            pieces.push(Piece::One);
        }
    }

    fn literal(&mut self, text: &'t str) -> u16 {
        *self.known.entry(text).or_insert_with(|| {
            self.literals.push(text);
            u16::try_from(self.literals.len() - 1).unwrap_or(u16::MAX)
        })
    }

    pub(in crate::authz) fn text(&self, literal: u16) -> &'t str {
        self.literals.get(usize::from(literal)).copied().unwrap_or_default()
    }

    /// The form that decides about the paths of `pattern` that have no literal in a parameter's place.
    pub(in crate::authz) fn winner(&self, pattern: &[Piece]) -> Option<usize> {
        self.winners.winner(pattern)
    }

    /// `glob` as a policy has it.
    pub(in crate::authz) fn write(&self, method: Method, glob: &[Piece], wild: &str) -> String {
        let mut text = method.verb().to_owned();
        for piece in glob {
            text.push('/');
            text.push_str(match piece {
                Piece::Literal(index) => self.text(*index),
                Piece::Tenant => TENANT,
                Piece::One | Piece::Wild => wild,
            });
        }
        if glob.is_empty() {
            text.push('/');
        }
        text
    }

    /// A path of `pattern`, for a message.
    pub(in crate::authz) fn example(&self, pattern: &[Piece]) -> String {
        let free = |name: &&str| !self.known.contains_key(name);
        let other = ["x", "y", "z", "other"].into_iter().find(free).unwrap_or("something-else");
        self.write(Method::Connect, pattern, other).replace(TENANT, "<tenant>")
    }
}

fn is_rest(segment: &Segment<'_>) -> bool {
    matches!(segment, Segment::Rest(_))
}

/// Which forms a method has, and which of them the caller may use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::authz) struct Flags {
    listed: Vec<bool>,
    permitted: Vec<bool>,
}

impl Flags {
    /// From one flag for each route: whether the caller may use it.
    pub(in crate::authz) fn new(
        forms: &Forms<'_>,
        routes: &[Route],
        method: Method,
        permitted: &[bool],
    ) -> Self {
        let need = |form: &Form| routes.get(form.route).and_then(|route| route.need(method));
        let may = |form: &Form| {
            permitted.get(form.route) == Some(&true)
                && (!form.foreign || need(form) == Some(Need::Nothing))
        };
        Self {
            listed: forms.all.iter().map(|form| need(form).is_some()).collect(),
            permitted: forms.all.iter().map(may).collect(),
        }
    }

    pub(in crate::authz) fn lists(&self, form: usize) -> bool {
        self.listed.get(form) == Some(&true)
    }

    pub(in crate::authz) fn permits(&self, form: usize) -> bool {
        self.permitted.get(form) == Some(&true)
    }
}
