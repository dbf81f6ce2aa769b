//! Dictionaries of structured fields (RFC 8941 §3.2), read with every key that is given twice.
//!
//! The parser of the RFC keeps the last value of a repeated key and drops the others without an
//! error (§4.2.2, of parameters §4.2.3.2). A proxy or target that keeps the first would read
//! another digest, or another list of components, than the one that is verified here. So a
//! repetition is refused, and the visitor below keeps it to be seen.

use std::convert::Infallible;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser, Version};

use crate::denial::Denial;
use crate::webhook::message::Message;
use crate::webhook::scheme::read::invalid;

/// The longest of these headers that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// A member of a dictionary.
pub(super) struct Member<'t> {
    pub(super) key: &'t KeyRef,
    pub(super) value: Value<'t>,
    /// In the order of the text.
    pub(super) parameters: Vec<(&'t KeyRef, BareItemFromInput<'t>)>,
}

pub(super) enum Value<'t> {
    Item(BareItemFromInput<'t>),
    InnerList(Vec<InnerItem<'t>>),
}

pub(super) struct InnerItem<'t> {
    pub(super) value: BareItemFromInput<'t>,
    pub(super) has_parameters: bool,
}

/// The header `name` of `message`, 8 KiB at most.
pub(super) fn text<'m>(message: &'m Message<'_>, name: &str) -> Result<&'m str, Denial> {
    let text = line(message, name)?.ok_or_else(|| invalid(format!("`{name}` is missing")))?;
    if text.len() > MAX_BYTES {
        return Err(invalid(format!("`{name}` is longer than 8 KiB")));
    }
    Ok(text)
}

/// The header `name` of `message`, without the blanks around it (RFC 9421 §2.1).
///
/// # Errors
/// It is given in more than one line. The RFC joins them, but who forwards the request may keep the
/// first or the last, and the target would read another value than the one that was verified. An
/// HTTP API with payload format 2.0 has joined them already.
pub(super) fn line<'m>(message: &'m Message<'_>, name: &str) -> Result<Option<&'m str>, Denial> {
    match message.header_values(name).as_slice() {
        [] => Ok(None),
        [value] => Ok(Some(value.trim_matches([' ', '\t']))),
        _ => Err(invalid(format!("`{name}` is given in more than one line"))),
    }
}

/// Reads `text` as a dictionary of at most `max` members with different keys.
pub(super) fn dictionary<'t>(
    name: &str,
    text: &'t str,
    max: usize,
) -> Result<Vec<Member<'t>>, Denial> {
    let parser = Parser::new(text).with_version(Version::Rfc8941);
    let members = parser
        .parse_dictionary_with_visitor(Members(Vec::new()))
        .map_err(|_| invalid(format!("`{name}` is no dictionary of structured fields")))?;
    if members.len() > max {
        return Err(invalid(format!("`{name}` has more than {max} members")));
    }
    let is_repeated = |(index, member): (usize, &Member<'_>)| {
        members.iter().take(index).any(|earlier| earlier.key == member.key)
    };
    if members.iter().enumerate().any(is_repeated) {
        return Err(invalid(format!("`{name}` has a member twice")));
    }
    Ok(members)
}

/// Keeps every member, repeated ones too. Its size is bounded by the text's.
struct Members<'t>(Vec<Member<'t>>);

impl<'t> DictionaryVisitor<'t> for Members<'t> {
    type Out = Vec<Member<'t>>;
    type Error = Infallible;

    fn entry(&mut self, key: &'t KeyRef) -> Result<impl EntryVisitor<'t>, Infallible> {
        let value = Value::InnerList(Vec::new());
        self.0.push(Member { key, value, parameters: Vec::new() });
        Ok(self.0.last_mut())
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

impl<'t> EntryVisitor<'t> for &mut Member<'t> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'t>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'t>, Infallible> {
        Ok(self)
    }
}

impl<'t> ItemVisitor<'t> for &mut Member<'t> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'t>,
    ) -> Result<impl ParameterVisitor<'t, Out = ()>, Infallible> {
        self.value = Value::Item(value);
        Ok(self)
    }
}

impl<'t> ParameterVisitor<'t> for &mut Member<'t> {
    type Out = ();
    type Error = Infallible;

    fn parameter(
        &mut self,
        key: &'t KeyRef,
        value: BareItemFromInput<'t>,
    ) -> Result<(), Infallible> {
        self.parameters.push((key, value));
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<'t> InnerListVisitor<'t> for &mut Member<'t> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'t>, Infallible> {
        Ok(match &mut self.value {
            Value::InnerList(items) => Some(Items(items)),
            Value::Item(_) => None,
        })
    }

    fn finish(self) -> Result<impl ParameterVisitor<'t>, Infallible> {
        Ok(self)
    }
}

struct Items<'m, 't>(&'m mut Vec<InnerItem<'t>>);

impl<'t> ItemVisitor<'t> for Items<'_, 't> {
    type Out = Option<()>;
    type Error = Infallible;

    fn bare_item(
        self,
        value: BareItemFromInput<'t>,
    ) -> Result<impl ParameterVisitor<'t, Out = Option<()>>, Infallible> {
        self.0.push(InnerItem { value, has_parameters: false });
        Ok(self.0.last_mut())
    }
}

impl<'t> ParameterVisitor<'t> for &mut InnerItem<'t> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, _: &'t KeyRef, _: BareItemFromInput<'t>) -> Result<(), Infallible> {
        self.has_parameters = true;
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}
