//! A string of JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A string, borrowed from the JSON text unless it is written there with escapes.
#[derive(Deserialize, Serialize)]
pub(crate) struct Text<'t>(#[serde(borrow)] pub(crate) Cow<'t, str>);
