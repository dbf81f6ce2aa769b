//! From the routes that a caller may use with one verb to the globs that allow exactly these.
//!
//! IAM has two wildcards, `*` and `?`, and both also match `/`, so no glob means "one segment"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
//!
//! *Allow* globs are given: each permitted pattern with `?*` for its parameters. That is the narrowest
//! glob which matches all of its paths, because a parameter has endlessly many values.
//!
//! *Deny* globs say the rest: the routes of the table that the caller may not use, and, in an open
//! table, what else the Allow globs match. The narrowest glob that denies a path with a parameter in it
//! is again its pattern with wildcards. So if that one matches a permitted path, no policy can express
//! the table.
//!
//! Each Deny is then as wide as it can be: fewer globs are needed, and a route that the API has and the
//! table has not is more likely denied.

use std::ops::ControlFlow;

use crate::authz::policy::forms::{Flags, Form, Forms, Piece};
use crate::authz::policy::globs::{align, covers, glob_of};
use crate::authz::policy::needed::Needed;
use crate::authz::policy::statements::{Globs, VerbStatements};
use crate::authz::policy::trie::Trie;
use crate::authz::table::gateway::Gateway;
use crate::authz::table::route::Method;

/// A path that the table refuses and that a policy would have to allow, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) struct Inexpressible {
    /// The route whose globs match `refused`; `None` if it has to be denied explicitly in any case.
    pub(in crate::authz) allowed: Option<usize>,
    /// The path that no policy can refuse.
    pub(in crate::authz) refused: String,
    /// Whether `refused` differs from what the table permits in the tenant alone.
    pub(in crate::authz) foreign: bool,
    /// The permitted route that every Deny of `refused` would meet,
    pub(in crate::authz) blocked: usize,
    /// on this path.
    pub(in crate::authz) met: String,
}

/// Why there are no statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum CompileError {
    /// The paths on which every policy would differ from the table: the first ones.
    Inexpressible(Vec<Inexpressible>),
    /// More patterns have to be denied than an answer can hold.
    TooLarge,
}

/// How much a policy denies explicitly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::authz) enum Denies {
    /// Every route of the table that the caller may not use, as far as globs can say it.
    All,
    /// What an Allow matches, and no more.
    Needed,
}

/// What the compiler makes for one verb.
#[derive(Debug)]
pub(in crate::authz) struct Statements {
    pub(in crate::authz) statements: VerbStatements,
    /// The literals that a wildcard of an Allow matches where the caller may not use them: an encoded
    /// spelling of one must be denied, too.
    pub(in crate::authz) exposed: Vec<u16>,
}

/// The globs for `method` that allow exactly the paths of the forms that `flags` permit.
///
/// # Errors
///
/// No globs can, or it takes too many.
pub(in crate::authz) fn statements(
    forms: &Forms<'_>,
    gateway: Gateway,
    method: Method,
    flags: &Flags,
    denies: Denies,
) -> Result<Statements, CompileError> {
    let mut permitted = Trie::default();
    for (id, form) in forms.all.iter().enumerate().filter(|(id, _)| flags.permits(*id)) {
        permitted.insert(&form.pieces, id);
    }
    let task = Task { forms, gateway, method, flags, denies, permitted };
    let allow = task.allow();
    let needed = Needed::of(&task, &allow)?;
    let statements = VerbStatements {
        allow: sorted(allow.iter().map(|allow| task.write_allow(&allow.glob))),
        deny: sorted(task.widened(needed).iter().map(|glob| {
            // Only `GET/*` matches more than segments: the path `/`.
            let narrow = glob.len() == 1 && task.met(&[]).is_some();
            forms.write(method, glob, if narrow { "?*" } else { "*" })
        })),
    };
    Ok(Statements { statements, exposed: task.exposed(&allow) })
}

fn sorted(globs: impl Iterator<Item = String>) -> Globs {
    let mut globs: Vec<_> = globs.collect();
    globs.sort();
    globs.into_iter().collect()
}

/// One Allow and the route that it is of.
pub(super) struct Allow {
    pub(super) route: usize,
    pub(super) glob: Vec<Piece>,
}

/// One verb and what is permitted with it.
pub(super) struct Task<'t> {
    pub(super) forms: &'t Forms<'t>,
    pub(super) gateway: Gateway,
    method: Method,
    pub(super) flags: &'t Flags,
    pub(super) denies: Denies,
    permitted: Trie,
}

impl Task<'_> {
    /// A glob for each permitted form, without those that others cover. Preflights are public: where
    /// the API has no other methods than the table's, one glob says so of all.
    fn allow(&self) -> Vec<Allow> {
        let all = (0..self.forms.all.len()).all(|id| self.flags.permits(id));
        if all
            && self.method == Method::Options
            && self.gateway.public_preflight
            && self.gateway.closed
        {
            return vec![Allow { route: 0, glob: vec![Piece::Wild] }];
        }
        let mut allow: Vec<Allow> = Vec::new();
        for (id, form) in self.of(|id| self.flags.permits(id)) {
            // A form that another decides is never requested; the longer ones of the same route are.
            if self.forms.winner(&form.pieces) != Some(id) {
                continue;
            }
            allow.push(Allow { route: form.route, glob: glob_of(&form.pieces) });
        }
        let all: Vec<_> = allow.iter().map(|allow| allow.glob.clone()).collect();
        let is_covered = |(at, glob): (usize, &Vec<Piece>)| {
            let mut others = all.iter().enumerate().filter(|(other, _)| *other != at);
            others.any(|(other, wider)| covers(wider, glob) && (other < at || !covers(glob, wider)))
        };
        let mut covered = all.iter().enumerate().map(is_covered);
        allow.retain(|_| covered.next() == Some(false));
        allow
    }

    fn write_allow(&self, glob: &[Piece]) -> String {
        // Only `OPTIONS/*` matches more than segments: the path `/`.
        let all = self.gateway.public_preflight && glob == [Piece::Wild] && self.met(&[]).is_some();
        self.forms.write(self.method, glob, if all { "*" } else { "?*" })
    }

    /// Globs that deny the `needed` patterns and nothing that is permitted, as wide as they can be.
    fn widened(&self, mut needed: Vec<Vec<Piece>>) -> Vec<Vec<Piece>> {
        needed.sort_by(|a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
        let mut deny: Vec<Vec<Piece>> = Vec::new();
        for pattern in needed {
            if deny.iter().any(|glob| denies(glob, &pattern)) {
                continue;
            }
            let narrowest = glob_of(&pattern);
            let widest = wider_than(&narrowest).find(|glob| self.met(glob).is_none());
            deny.push(widest.unwrap_or(narrowest));
        }
        let all = deny.clone();
        deny.retain(|glob| !all.iter().any(|other| other != glob && denies(other, glob)));
        deny
    }

    /// The literals of forms that are not permitted at which an Allow has a wildcard. Where the API has
    /// a resource policy that allows, that is every literal.
    fn exposed(&self, allow: &[Allow]) -> Vec<u16> {
        let mut exposed = Vec::new();
        for (id, form) in self.of(|id| !self.flags.permits(id)) {
            if self.gateway.closed && !self.flags.lists(id) {
                continue;
            }
            if self.gateway.resource_policy_allows {
                exposed.extend(form.pieces.iter().filter_map(|piece| literal(*piece)));
                continue;
            }
            for allow in allow {
                let _ = align(&allow.glob, &form.pieces, &mut |alignment| {
                    exposed.extend(&alignment.under_wild);
                    ControlFlow::Continue(())
                });
            }
        }
        exposed.sort_unstable();
        exposed.dedup();
        exposed
    }

    /// A permitted path that `glob` matches, as a pattern, with its form.
    pub(super) fn met(&self, glob: &[Piece]) -> Option<(Vec<Piece>, usize)> {
        let mut met = None;
        let _ = self.permitted.meet(glob, &mut |pattern, form| {
            if self.forms.winner(pattern) != Some(form) {
                return ControlFlow::Continue(());
            }
            met = Some((pattern.to_vec(), form));
            ControlFlow::Break(())
        });
        met
    }

    /// The forms that differ from every shorter one.
    pub(super) fn of(&self, which: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, &Form)> {
        let differs = |form: &Form| form.pieces.len() <= self.forms.longest;
        let forms = self.forms.all.iter().enumerate();
        forms.filter(move |(id, form)| which(*id) && differs(form))
    }
}

/// Globs that match what `glob` does and more, the widest first: with fewer of its literals at the
/// beginning and at the end, and one wildcard or more for what is between.
fn wider_than(glob: &[Piece]) -> impl Iterator<Item = Vec<Piece>> {
    let length = glob.len();
    let kept = (0..length).flat_map(|kept| (0..=kept).map(move |suffix| (kept - suffix, suffix)));
    kept.flat_map(move |(prefix, suffix)| {
        (1..=length - prefix - suffix).map(move |wild| {
            let first = glob.iter().take(prefix);
            let wild = std::iter::repeat_n(&Piece::Wild, wild);
            first.chain(wild).chain(glob.iter().skip(length - suffix)).copied().collect()
        })
    })
}

/// Whether `glob` denies every path of `pattern`. A wildcard alone is written so that it denies the
/// path `/` too, unless that is permitted.
fn denies(glob: &[Piece], pattern: &[Piece]) -> bool {
    covers(glob, pattern) || (pattern.is_empty() && glob == [Piece::Wild])
}

const fn literal(piece: Piece) -> Option<u16> {
    if let Piece::Literal(literal) = piece { Some(literal) } else { None }
}
