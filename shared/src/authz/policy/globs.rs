//! What globs match: how one stands beside a pattern or another glob.

use std::ops::ControlFlow;

use crate::authz::policy::forms::Piece;

/// The narrowest glob that matches every path of `pattern`. A parameter has endlessly many values and
/// a policy finitely many globs, so one of them has a wildcard there.
pub(in crate::authz) fn glob_of(pattern: &[Piece]) -> Vec<Piece> {
    let glob = |piece: &Piece| if *piece == Piece::One { Piece::Wild } else { *piece };
    pattern.iter().map(glob).collect()
}

/// Whether `glob` matches every path of `pattern`, which may be a glob itself.
pub(in crate::authz) fn covers(glob: &[Piece], pattern: &[Piece]) -> bool {
    // The glob after its last wildcard, and the pattern from where that was tried last.
    let (mut glob_rest, mut pattern_rest) = (glob, pattern);
    let mut wild: Option<(&[Piece], &[Piece])> = None;
    loop {
        match (glob_rest.split_first(), pattern_rest.split_first()) {
            (None, None) => return true,
            (Some((Piece::Wild, after)), Some((_, rest))) => {
                (glob_rest, pattern_rest) = (after, rest);
                wild = Some((after, rest));
            }
            (Some((Piece::Wild, _)), None) => return false,
            (Some((piece, after)), Some((same, rest))) if piece == same => {
                (glob_rest, pattern_rest) = (after, rest);
            }
            _ => {
                let Some((after, tried)) = wild else { return false };
                let Some((_, rest)) = tried.split_first() else { return false };
                (glob_rest, pattern_rest) = (after, rest);
                wild = Some((after, rest));
            }
        }
    }
}

/// How a glob matches paths of a pattern: what is common to these paths, and the literals of the
/// pattern at which the glob has a wildcard.
#[derive(Debug, Default)]
pub(in crate::authz) struct Alignment {
    pub(in crate::authz) shared: Vec<Piece>,
    pub(in crate::authz) under_wild: Vec<u16>,
}

/// Calls `found` with each alignment of `glob` on `pattern`, until it breaks.
pub(in crate::authz) fn align(
    glob: &[Piece],
    pattern: &[Piece],
    found: &mut dyn FnMut(&Alignment) -> ControlFlow<()>,
) -> ControlFlow<()> {
    align_from(glob, pattern, false, &mut Alignment::default(), found)
}

fn align_from(
    glob: &[Piece],
    pattern: &[Piece],
    in_wild: bool,
    so_far: &mut Alignment,
    found: &mut dyn FnMut(&Alignment) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if pattern.len() < glob.len() {
        return ControlFlow::Continue(());
    }
    let Some((segment, pattern)) = pattern.split_first() else { return found(so_far) };
    if let Some((piece, rest)) = glob.split_first() {
        let both = match (piece, segment) {
            (Piece::Wild, segment) => Some(*segment),
            (piece, Piece::One) => Some(*piece),
            (piece, segment) => (piece == segment).then_some(*segment),
        };
        if let Some(both) = both {
            let wild = *piece == Piece::Wild;
            step(both, wild, rest, pattern, so_far, found)?;
        }
    }
    // Of several wildcards in a row the last one takes more than one segment.
    if in_wild && glob.first() != Some(&Piece::Wild) {
        step(*segment, true, glob, pattern, so_far, found)?;
    }
    ControlFlow::Continue(())
}

fn step(
    both: Piece,
    wild: bool,
    glob: &[Piece],
    pattern: &[Piece],
    so_far: &mut Alignment,
    found: &mut dyn FnMut(&Alignment) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let exposed =
        if let (true, Piece::Literal(literal)) = (wild, both) { Some(literal) } else { None };
    so_far.shared.push(both);
    so_far.under_wild.extend(exposed);
    let flow = align_from(glob, pattern, wild, so_far, found);
    so_far.shared.pop();
    if exposed.is_some() {
        so_far.under_wild.pop();
    }
    flow
}
