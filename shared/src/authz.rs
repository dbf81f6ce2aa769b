//! Step 4, authorization: may they?
//!
//! | file | what it holds |
//! |---|---|
//! | `access_table` | [`AccessTable`]: the table with its proven policies; the compiled table |
//! | `table` | the table as its author writes it: read, checked, every mistake with its line |
//! | `policy` | the globs that say what the table says: compiled, proven, written |
//! | `lint` | [`lint`]: what looks wrong in a table that is taken |
//! | `decision` | [`decide`]: `Allow`, `DenyRoute` or `DenyAll` |
//! | `explain` | [`explain()`]: why, and what would have to change |
//! | `cache_key` | whether a simple "yes" would be cached for other requests |
//! | `tenant` | which tenant the requested resource belongs to |

mod access_table;
mod cache_key;
mod decision;
mod explain;
mod lint;
mod policy;
mod table;
mod tenant;

pub use access_table::{
    AccessTable, ApiKeyScopeError, CompiledTableError, Grants, Holder, HolderKind, Matched,
};
pub use decision::{Decision, Permit, PermitPolicy, UnlistedError, decide};
pub use explain::{
    Answer, Caller, Cause, Explanation, HeldScope, Holdings, Remedy, ScopeUse, Step, Verdict,
    explain,
};
pub use lint::{LintedTable, RuleLine, TableFinding, TableFindingKind, lint};
pub use policy::statements::{Glob, Policy};
pub use table::error::TableError;
pub use table::gateway::PolicyExtent;
pub use table::lines::TableLines;
pub use table::permission::{Action, Permission};
pub use table::route::TenantLocation;
pub use table::tenant_location::NamedLocations;
