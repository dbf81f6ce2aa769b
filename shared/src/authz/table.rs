//! The access table as its author writes it: TOML, read into types that keep their line.
//!
//! `document` is the TOML, `read` makes types of it, `check` finds the mistakes that show only when
//! the parts are seen together, `error` says what is wrong and where. `route`, `path`,
//! `tenant_location` and `permission` are the parts of a table. `lines` says where each part stands.

pub(in crate::authz) mod check;
mod document;
pub(in crate::authz) mod error;
pub(in crate::authz) mod gateway;
pub(in crate::authz) mod lines;
pub(in crate::authz) mod path;
pub(in crate::authz) mod permission;
pub(in crate::authz) mod read;
pub(in crate::authz) mod route;
pub(in crate::authz) mod tenant_location;
