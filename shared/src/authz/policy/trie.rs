//! Patterns by their segments: which one decides about a path, and which ones a glob meets.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::authz::policy::forms::Piece;

/// Patterns by their segments.
#[derive(Debug)]
pub(in crate::authz) struct Trie(Vec<Node>);

#[derive(Debug, Default)]
struct Node {
    /// In order, so that the same table gets the same message.
    literals: BTreeMap<u16, usize>,
    tenant: Option<usize>,
    one: Option<usize>,
    /// The form that ends here.
    end: Option<usize>,
}

impl Default for Trie {
    fn default() -> Self {
        Self(vec![Node::default()])
    }
}

impl Trie {
    /// Of two forms with the same pattern the first stays.
    pub(in crate::authz) fn insert(&mut self, pattern: &[Piece], form: usize) {
        let mut at = 0;
        for piece in pattern {
            let next = self.0.len();
            let Some(node) = self.0.get_mut(at) else { return };
            at = match piece {
                Piece::Literal(literal) => *node.literals.entry(*literal).or_insert(next),
                Piece::Tenant => *node.tenant.get_or_insert(next),
                Piece::One | Piece::Wild => *node.one.get_or_insert(next),
            };
            if at == next {
                self.0.push(Node::default());
            }
        }
        if let Some(node) = self.0.get_mut(at) {
            node.end.get_or_insert(form);
        }
    }

    /// The form of the most specific pattern that matches the path of `pattern`.
    pub(in crate::authz) fn winner(&self, pattern: &[Piece]) -> Option<usize> {
        self.winner_from(0, pattern)
    }

    fn winner_from(&self, at: usize, pattern: &[Piece]) -> Option<usize> {
        let node = self.0.get(at)?;
        let Some((piece, rest)) = pattern.split_first() else { return node.end };
        let exact = match piece {
            Piece::Literal(literal) => node.literals.get(literal).copied(),
            Piece::Tenant => node.tenant,
            Piece::One | Piece::Wild => None,
        };
        let exact = exact.and_then(|next| self.winner_from(next, rest));
        exact.or_else(|| self.winner_from(node.one?, rest))
    }

    /// Looks for a pattern here that shares paths with `glob`: calls `found` with the pattern of the
    /// paths they share and the form that ends there, until it breaks.
    pub(in crate::authz) fn meet(
        &self,
        glob: &[Piece],
        found: &mut dyn FnMut(&[Piece], usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.meet_from(0, glob, false, &mut Vec::new(), found)
    }

    fn meet_from(
        &self,
        at: usize,
        glob: &[Piece],
        in_wild: bool,
        shared: &mut Vec<Piece>,
        found: &mut dyn FnMut(&[Piece], usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(node) = self.0.get(at) else { return ControlFlow::Continue(()) };
        if let (true, Some(form)) = (glob.is_empty(), node.end) {
            found(shared, form)?;
        }
        let mut go = |next: usize, piece: Piece, glob: &[Piece], in_wild: bool| {
            shared.push(piece);
            let flow = self.meet_from(next, glob, in_wild, shared, found);
            shared.pop();
            flow
        };
        if let Some((piece, rest)) = glob.split_first() {
            match piece {
                Piece::Literal(literal) => {
                    if let Some(next) = node.literals.get(literal) {
                        go(*next, *piece, rest, false)?;
                    }
                    if let Some(next) = node.one {
                        go(next, *piece, rest, false)?;
                    }
                }
                Piece::Tenant => {
                    for next in [node.tenant, node.one].into_iter().flatten() {
                        go(next, *piece, rest, false)?;
                    }
                }
                Piece::One | Piece::Wild => {
                    for (piece, next) in node.children() {
                        go(next, piece, rest, true)?;
                    }
                }
            }
        }
        // Of several wildcards in a row the last one takes more than one segment.
        if in_wild && glob.first() != Some(&Piece::Wild) {
            for (piece, next) in node.children() {
                go(next, piece, glob, true)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Node {
    fn children(&self) -> impl Iterator<Item = (Piece, usize)> {
        let literals =
            self.literals.iter().map(|(literal, next)| (Piece::Literal(*literal), *next));
        let tenant = self.tenant.map(|next| (Piece::Tenant, next));
        literals.chain(tenant).chain(self.one.map(|next| (Piece::One, next)))
    }
}
