//! The commands: one file or folder each.

pub(crate) mod access;
pub(crate) mod admin;
pub(crate) mod change_password;
pub(crate) mod client;
pub(crate) mod configure;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod key;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod token;
pub(crate) mod webhook;
pub(crate) mod whoami;
