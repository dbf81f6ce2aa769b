//! Parts of a template that only a deployment knows: said once, and never guessed.

use super::intrinsic::{Resolved, intrinsic, resolve, written};
use super::{Concern, Template, Unresolved};
use crate::yaml::Node;

/// It cannot be known, and that has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown;

impl Template {
    /// From now on, what cannot be known is a part of the API `api`; of no API that is known if there is none.
    pub(super) fn reads(&mut self, api: Option<&str>) {
        self.reading = api.map(str::to_owned);
    }

    pub(super) fn cannot_know(&mut self, line: usize, sentence: impl Into<String>) {
        self.cannot_know_for(Concern::Api, line, sentence);
    }

    pub(super) fn cannot_know_for(
        &mut self,
        concern: Concern,
        line: usize,
        sentence: impl Into<String>,
    ) {
        let api = self.reading.clone();
        self.unresolved.push(Unresolved { line, concern, api, sentence: sentence.into() });
    }

    /// The part `node` of a template, `what` in messages; `None` if it is not there.
    pub(super) fn part<'n>(
        &mut self,
        node: Option<&'n Node>,
        what: &str,
    ) -> Result<Option<&'n Node>, Unknown> {
        let Some(node) = node.filter(|node| resolve(node) != Resolved::Nothing) else {
            return Ok(None);
        };
        if intrinsic(node).is_none() {
            return Ok(Some(node));
        }
        self.cannot_know(node.line, format!("{what} is `{}`", written(node)));
        Err(Unknown)
    }

    /// The text `node`, `what` in messages; `None` if it is not there.
    pub(super) fn word(
        &mut self,
        node: Option<&Node>,
        what: &str,
    ) -> Result<Option<String>, Unknown> {
        self.word_for(Concern::Api, node, what)
    }

    pub(super) fn word_for(
        &mut self,
        concern: Concern,
        node: Option<&Node>,
        what: &str,
    ) -> Result<Option<String>, Unknown> {
        let Some(node) = node else { return Ok(None) };
        match resolve(node) {
            Resolved::Text(text) => Ok(Some(text)),
            Resolved::Nothing => Ok(None),
            Resolved::Unknown(_) | Resolved::Structure => {
                let sentence = format!("{what} is `{}`", written(node));
                self.cannot_know_for(concern, node.line, sentence);
                Err(Unknown)
            }
        }
    }
}
