//! From the routes that a caller may use with one verb to the globs that allow exactly these.
//!
//! IAM has two wildcards, `*` and `?`, and both also match `/`, so no glob means "one segment"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
//!
//! *Allow* globs are given: each permitted pattern with `?*` for its parameters. A parameter has
//! endlessly many values and a policy finitely many globs, so one glob has a wildcard there, and
//! `?*`, one character or more, is the narrowest: `*` would also match an empty segment.
//!
//! *Deny* globs take back what these match beyond the table. Find the shortest such path, deny the
//! narrowest glob that matches it, and go on until no such path is left. That glob keeps the path's
//! literals and has `?*` for every other segment, for the same reason: every glob that denies the
//! path, whatever the other segments are called, contains it. So if it matches a permitted path,
//! no policy can express the table.
//!
//! Each Deny is widened to `*` where it can be, so that fewer globs are needed: an answer has 8 KB.
//! This is sound because a wider glob is kept only if `met`, which searches all paths, finds no
//! permitted path that it matches.

use crate::authz::policy::segments::{Piece, Token, TooLarge, matching, shortest};
use crate::authz::policy::statements::{Glob, TENANT, VerbStatements};
use crate::authz::table::path::{CONNECT, Segment};
use crate::authz::table::route::{Method, Route};

/// The most Deny globs of one verb; far more than an answer can hold.
const MOST_GLOBS: usize = 512;

/// Why statements cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum CompileError {
    /// The globs of the route `allowed` match `path`, and to deny it a policy would have to deny a
    /// path of the route `blocked`. Both are indices.
    Inexpressible { allowed: usize, blocked: usize, path: String },
    /// More states or globs than the bounds.
    TooLarge,
}

/// What the compiler knows of a table's paths.
#[derive(Debug)]
pub(in crate::authz) struct Compiler<'t> {
    closed: bool,
    literals: Vec<&'t str>,
    /// Each route's pattern.
    patterns: Vec<Vec<Piece>>,
    /// The same with the caller's tenant in place of the tenant parameter, if it has one.
    owned: Vec<Vec<Piece>>,
}

impl<'t> Compiler<'t> {
    /// `routes` are ordered by specificity.
    pub(in crate::authz) fn new(routes: &'t [Route], closed: bool) -> Self {
        let mut compiler =
            Self { closed, literals: Vec::new(), patterns: Vec::new(), owned: Vec::new() };
        for route in routes {
            let pattern = compiler.pieces(route, None);
            let owned = compiler.pieces(route, route.tenant_parameter());
            compiler.patterns.push(pattern);
            compiler.owned.push(owned);
        }
        compiler
    }

    /// The globs for `method` that allow exactly the paths of the `permitted` routes, of which
    /// there is one flag for each route.
    ///
    /// # Errors
    ///
    /// When no globs can, or when it takes too many.
    pub(in crate::authz) fn statements(
        &self,
        method: Method,
        permitted: &[bool],
    ) -> Result<VerbStatements, CompileError> {
        if method == Method::Connect {
            let glob = permitted.contains(&true).then(|| Glob(CONNECT.into()));
            return Ok(VerbStatements { allow: glob.into_iter().collect(), deny: Vec::new() });
        }
        let task = Task { compiler: self, permitted };
        let allow = task.allow()?;
        let mut deny = task.deny(&allow, false)?;
        let wider = task.deny(&allow, true)?;
        if wider.len() < deny.len() {
            deny = wider;
        }
        let written = |globs: &[Vec<Piece>]| {
            let mut globs: Vec<_> = globs.iter().map(|g| self.glob(method, g)).collect();
            globs.sort();
            globs
        };
        Ok(VerbStatements { allow: written(&allow), deny: written(&deny) })
    }

    fn pieces(&mut self, route: &'t Route, tenant: Option<&str>) -> Vec<Piece> {
        if route.pattern.as_str() == CONNECT {
            return Vec::new();
        }
        let piece = |segment| match segment {
            Segment::Literal("") => Piece::Empty,
            Segment::Literal(text) => Piece::Literal(self.literal(text)),
            Segment::One(name) if tenant == Some(name) => Piece::Tenant,
            Segment::One(_) => Piece::One,
            Segment::Rest(_) => Piece::Some,
        };
        route.pattern.segments().map(piece).collect()
    }

    fn literal(&mut self, text: &'t str) -> u16 {
        let known = self.literals.iter().position(|literal| *literal == text);
        let index = known.unwrap_or_else(|| {
            self.literals.push(text);
            self.literals.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    fn glob(&self, method: Method, pieces: &[Piece]) -> Glob {
        let mut text = method.verb().to_owned();
        for piece in pieces {
            text.push('/');
            text.push_str(match piece {
                Piece::Literal(index) => self.text(*index),
                Piece::Empty => "",
                Piece::Tenant => TENANT,
                Piece::One | Piece::Some => "?*",
                Piece::Any => "*",
            });
        }
        Glob(text.into())
    }

    fn text(&self, literal: u16) -> &'t str {
        self.literals.get(usize::from(literal)).copied().unwrap_or_default()
    }

    /// `path` as text, for a message.
    fn example(&self, path: &[Token]) -> String {
        let free = |name: &&str| !self.literals.contains(name);
        let other = ["x", "y", "z", "other"].into_iter().find(free).unwrap_or("something-else");
        let mut text = String::new();
        for token in path {
            text.push('/');
            text.push_str(match token {
                Token::Other => other,
                Token::Empty => "",
                Token::Tenant => "<tenant>",
                Token::Literal(index) => self.text(*index),
            });
        }
        text
    }
}

/// One verb and what is permitted with it.
#[derive(Clone, Copy, Debug)]
struct Task<'c> {
    compiler: &'c Compiler<'c>,
    permitted: &'c [bool],
}

impl Task<'_> {
    /// A glob for each permitted route, without those whose paths other globs match anyway.
    fn allow(&self) -> Result<Vec<Vec<Piece>>, CompileError> {
        let flags = self.compiler.owned.iter().zip(self.permitted);
        let permitted = flags.filter(|(_, permitted)| **permitted);
        let mut allow: Vec<_> = permitted.map(|(pieces, _)| glob_of(pieces)).collect();
        allow.retain(|glob| !glob.is_empty());
        allow.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        allow.dedup();
        without_needless(allow, |rest| Ok(self.missed(rest)?.is_none()))
    }

    /// Globs that together match every path that `allow` matches and the table does not permit, and
    /// no path that it permits.
    fn deny(&self, allow: &[Vec<Piece>], widest: bool) -> Result<Vec<Vec<Piece>>, CompileError> {
        let mut deny = Vec::new();
        while let Some(path) = self.leaked(allow, &deny)? {
            if deny.len() == MOST_GLOBS {
                return Err(CompileError::TooLarge);
            }
            let narrowest = path.iter().map(|token| match token {
                Token::Other => Piece::Some,
                Token::Empty => Piece::Empty,
                Token::Tenant => Piece::Tenant,
                Token::Literal(index) => Piece::Literal(*index),
            });
            let narrowest: Vec<_> = narrowest.collect();
            if let Some(met) = self.met(&narrowest)? {
                return Err(self.inexpressible(&path, &met));
            }
            deny.push(self.widened(narrowest, widest)?);
        }
        without_needless(deny, |rest| Ok(self.leaked(allow, rest)?.is_none()))
    }

    /// `glob` with `*` for as many segments as possible while it matches no permitted path: first
    /// for those that are no literals, then, if `widest`, for the literals too, the last one first.
    fn widened(&self, mut glob: Vec<Piece>, widest: bool) -> Result<Vec<Piece>, CompileError> {
        let is_literal = |at: &usize| matches!(glob.get(*at), Some(Piece::Literal(_)));
        let (literals, others): (Vec<_>, Vec<_>) = (0..glob.len()).partition(is_literal);
        let literals = literals.into_iter().rev().filter(|_| widest);
        for at in others.into_iter().chain(literals) {
            let mut wider = glob.clone();
            if let Some(piece) = wider.get_mut(at) {
                *piece = Piece::Any;
            }
            if self.met(&wider)?.is_none() {
                glob = wider;
            }
        }
        Ok(glob)
    }

    /// The shortest path that `allow` matches, `deny` does not, and the table does not permit. In a
    /// closed API only paths that some route matches count.
    fn leaked(
        &self,
        allow: &[Vec<Piece>],
        deny: &[Vec<Piece>],
    ) -> Result<Option<Vec<Token>>, TooLarge> {
        let mut machines = self.routes();
        let allowed = machines.len()..machines.len() + allow.len();
        machines.extend(allow.iter().chain(deny).map(Vec::as_slice));
        shortest(&machines, &allowed, |matched| {
            matched.iter().any(|m| allowed.contains(m))
                && !matched.iter().any(|m| *m >= allowed.end)
                && !self.permits(matched)
                && (!self.compiler.closed || self.winner(matched).is_some())
        })
    }

    /// The shortest path that the table permits and `allow` does not match.
    fn missed(&self, allow: &[Vec<Piece>]) -> Result<Option<Vec<Token>>, TooLarge> {
        let mut machines = self.routes();
        let routes = machines.len();
        machines.extend(allow.iter().map(Vec::as_slice));
        shortest(&machines, &(0..routes), |matched| {
            self.permits(matched) && !matched.iter().any(|m| *m >= routes)
        })
    }

    /// The shortest path that `glob` matches and the table permits.
    fn met(&self, glob: &[Piece]) -> Result<Option<Vec<Token>>, TooLarge> {
        let mut machines = self.routes();
        let last = machines.len();
        machines.push(glob);
        shortest(&machines, &(last..last + 1), |matched| {
            matched.last() == Some(&last) && self.permits(matched)
        })
    }

    /// The patterns, then the same with the caller's tenant in place of the tenant parameter.
    fn routes(&self) -> Vec<&[Piece]> {
        let Compiler { patterns, owned, .. } = self.compiler;
        patterns.iter().chain(owned).map(Vec::as_slice).collect()
    }

    fn winner(&self, matched: &[usize]) -> Option<usize> {
        matched.first().copied().filter(|first| *first < self.permitted.len())
    }

    fn permits(&self, matched: &[usize]) -> bool {
        self.winner(matched).is_some_and(|winner| {
            self.permitted.get(winner) == Some(&true)
                && matched.contains(&(self.permitted.len() + winner))
        })
    }

    fn inexpressible(&self, path: &[Token], met: &[Token]) -> CompileError {
        let pieces = |(pieces, permitted): (&Vec<Piece>, &bool)| match permitted {
            true => glob_of(pieces),
            false => Vec::new(),
        };
        let allow: Vec<_> = self.compiler.owned.iter().zip(self.permitted).map(pieces).collect();
        let allow: Vec<_> = allow.iter().map(Vec::as_slice).collect();
        let allowed = matching(&allow, path).first().copied().unwrap_or_default();
        let blocked = self.winner(&matching(&self.routes(), met)).unwrap_or_default();
        CompileError::Inexpressible { allowed, blocked, path: self.compiler.example(path) }
    }
}

/// The narrowest glob that matches every path of `pattern`.
fn glob_of(pattern: &[Piece]) -> Vec<Piece> {
    let glob = |piece: &Piece| {
        if *piece == Piece::One { Piece::Some } else { *piece }
    };
    pattern.iter().map(glob).collect()
}

/// `globs` without each one for which the rest is `enough`, tried in order.
fn without_needless(
    mut globs: Vec<Vec<Piece>>,
    enough: impl Fn(&[Vec<Piece>]) -> Result<bool, CompileError>,
) -> Result<Vec<Vec<Piece>>, CompileError> {
    let mut at = 0;
    while at < globs.len() {
        let glob = globs.remove(at);
        if !enough(&globs)? {
            globs.insert(at, glob);
            at += 1;
        }
    }
    Ok(globs)
}

impl From<TooLarge> for CompileError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}
