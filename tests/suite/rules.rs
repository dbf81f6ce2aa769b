//! The rules of the project, as tests. Crates are read from the workspace manifest, so that a new
//! one is held to them from its first day.

mod crates;
mod documents;
mod floors;
mod source;
