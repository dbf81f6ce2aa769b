//! Conditions, where the values of parameters decide them.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::parameters::Values;
use crate::yaml::Node;

/// How many conditions may be made of one another.
const MOST_LEVELS: usize = 32;

/// What is known of conditions so far.
#[derive(Default)]
pub(super) struct Decided {
    by_name: RefCell<BTreeMap<String, Option<bool>>>,
    /// How many are being evaluated.
    open: Cell<usize>,
}

/// Whether the condition `name` holds; `None` if that cannot be known.
pub(super) fn holds(name: &str, values: &Values<'_>) -> Option<bool> {
    let Decided { by_name, open } = &values.decided;
    if let Some(known) = by_name.borrow().get(name) {
        return *known;
    }
    let node = values.conditions?.get(name)?;
    if open.get() == MOST_LEVELS {
        return None;
    }
    // One that is made of itself meets this.
    by_name.borrow_mut().insert(name.to_owned(), None);
    open.set(open.get() + 1);
    let found = evaluate(node, values);
    open.set(open.get() - 1);
    by_name.borrow_mut().insert(name.to_owned(), found);
    found
}

fn evaluate(node: &Node, values: &Values<'_>) -> Option<bool> {
    let (function, argument) = call(node)?;
    let mut each = argument.items().iter().map(|item| evaluate(item, values));
    match (function, argument.items()) {
        ("Condition", _) => holds(argument.text()?, values),
        ("Equals", [one, other]) => Some(values.text(one)? == values.text(other)?),
        ("Not", [one]) => Some(!evaluate(one, values)?),
        ("And", _) => each.try_fold(true, |all, one| Some(one? && all)),
        ("Or", _) => each.try_fold(false, |any, one| Some(one? || any)),
        _ => None,
    }
}

/// The function of conditions that `node` calls.
fn call(node: &Node) -> Option<(&str, &Node)> {
    if let Some(tag) = node.tag.as_deref() {
        return Some((tag, node));
    }
    let [(name, argument)] = node.members() else { return None };
    Some((name.strip_prefix("Fn::").unwrap_or(name), argument))
}
