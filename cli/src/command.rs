//! The commands: one file or folder each.

pub(crate) mod access;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod key;
