//! What a policy must deny: the paths of the table's routes that the caller may not use, and in an open
//! table whatever else the Allow globs match.

use std::ops::ControlFlow;

use crate::authz::policy::compiler::{Allow, CompileError, Denies, Inexpressible, Task};
use crate::authz::policy::forms::{Form, Piece};
use crate::authz::policy::globs::{align, covers, glob_of};

/// The most paths of one verb that no policy can express and that are reported.
const MOST_REPORTED: usize = 8;
/// The most patterns of one verb that have to be denied; ten times what an answer can hold.
const MOST_NEEDED: usize = 20_000;

/// What must be denied, and what cannot be.
pub(super) struct Needed<'t> {
    task: &'t Task<'t>,
    patterns: Vec<Vec<Piece>>,
    failed: Vec<Inexpressible>,
}

impl<'t> Needed<'t> {
    /// The patterns that `task` must deny, and those that it can.
    pub(super) fn of(task: &'t Task<'t>, allow: &[Allow]) -> Result<Vec<Vec<Piece>>, CompileError> {
        let mut needed = Self { task, patterns: Vec::new(), failed: Vec::new() };
        let explicit = task.gateway.resource_policy_allows;
        for (id, form) in task.of(|id| !task.flags.permits(id)) {
            if task.forms.winner(&form.pieces) != Some(id) {
                continue;
            }
            let listed = task.flags.lists(id);
            if !listed && task.gateway.closed {
                continue;
            }
            match (task.met(&glob_of(&form.pieces)), listed) {
                (None, true) if explicit || task.denies == Denies::All => {
                    needed.patterns.push(form.pieces.clone());
                }
                (Some(_), true) if explicit => needed.add(None, &form.pieces, form.foreign),
                _ => needed.leaks(allow, id, form),
            }
        }
        if !task.gateway.closed {
            needed.beyond_the_table(allow);
        }
        match (needed.failed.is_empty(), needed.patterns.len() < MOST_NEEDED) {
            (false, _) => Err(CompileError::Inexpressible(needed.failed)),
            (true, false) => Err(CompileError::TooLarge),
            (true, true) => Ok(needed.patterns),
        }
    }

    /// `pattern` must be denied: the globs of the route `allowed` match it.
    fn add(&mut self, allowed: Option<usize>, pattern: &[Piece], foreign: bool) {
        if self.patterns.len() >= MOST_NEEDED {
            return;
        }
        let forms = self.task.forms;
        let Some((met, form)) = self.task.met(&glob_of(pattern)) else {
            return self.patterns.push(pattern.to_vec());
        };
        if self.failed.len() < MOST_REPORTED {
            self.failed.push(Inexpressible {
                allowed,
                refused: forms.example(pattern),
                foreign,
                blocked: forms.all.get(form).map_or(0, |form| form.route),
                met: forms.example(&met),
            });
        }
    }

    /// What of the paths of the form `id`, which is not permitted, the Allow globs match.
    fn leaks(&mut self, allow: &[Allow], id: usize, form: &Form) {
        for Allow { route, glob } in allow {
            let mut leaks = Vec::new();
            let _ = align(glob, &form.pieces, &mut |alignment| {
                if self.task.forms.winner(&alignment.shared) == Some(id) {
                    leaks.push(alignment.shared.clone());
                }
                ControlFlow::Continue(())
            });
            leaks.iter().for_each(|pattern| self.add(Some(*route), pattern, form.foreign));
        }
    }

    /// What the Allow globs match that no route of the table does.
    fn beyond_the_table(&mut self, allow: &[Allow]) {
        for Allow { route, glob } in allow {
            for length in glob.len()..=self.task.forms.longest {
                let mut unknown = Vec::new();
                let any = vec![Piece::One; length];
                let _ = align(glob, &any, &mut |alignment| {
                    if self.task.forms.winner(&alignment.shared).is_none() {
                        unknown.push(alignment.shared.clone());
                    }
                    ControlFlow::Continue(())
                });
                for pattern in unknown {
                    if !self.patterns.iter().any(|known| covers(&glob_of(known), &pattern)) {
                        self.add(Some(*route), &pattern, false);
                    }
                }
            }
        }
    }
}
