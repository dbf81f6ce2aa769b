//! A string of JSON.

use std::borrow::Cow;

use serde::Deserialize;

/// A string, borrowed from the JSON text unless it is written there with escapes.
#[derive(Deserialize)]
pub(crate) struct Text<'t>(#[serde(borrow)] pub(crate) Cow<'t, str>);
