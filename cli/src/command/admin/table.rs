//! What the access table says of roles and tenants, for whoever gives them to people.

use std::collections::BTreeSet;
use std::path::Path;

use runtime::printable_within;
use runtime::settings::Reader;
use shared::authz::AccessTable;
use shared::ids::TenantId;

use crate::access_table;
use crate::env::Env;
use crate::exit::CommandError;

/// The access table of ACCESS_FILE.
///
/// # Errors
/// It cannot be read, or has mistakes.
pub(crate) fn load(env: &mut Env<'_>) -> Result<AccessTable, CommandError> {
    let settings = Reader::new(env.setting);
    let path = settings.optional("ACCESS_FILE");
    let path = path.unwrap_or_else(|| access_table::DEFAULT.to_owned());
    access_table::load(Path::new(&path), env)
}

/// Whether people can have `role`.
///
/// # Errors
/// They cannot: the table has no such role, or it is one of services.
pub(super) fn check_role(table: &AccessTable, role: &str) -> Result<(), CommandError> {
    if table.role(role).is_some() {
        return Ok(());
    }
    let own: Vec<_> = table.roles().map(|(name, _)| format!("`{name}`")).collect();
    Err(CommandError::refused(format!(
        "`{}` is no role of the access table that people have: those are {}",
        printable_within(role, 64),
        own.join(", ")
    )))
}

/// Reads a tenant, and looks whether somebody can have it.
///
/// # Errors
/// It is no tenant, or one that routes of the table cannot tell from a literal.
pub(crate) fn tenant(table: &AccessTable, text: &str) -> Result<TenantId, CommandError> {
    let shown = printable_within(text, 64);
    let tenant = TenantId::parse(text).ok_or_else(|| {
        CommandError::usage(format!(
            "`{shown}` is no tenant: 1 to 64 of letters, digits, `.`, `_` and `-`"
        ))
    })?;
    if table.reserved(&tenant) {
        return Err(CommandError::refused(format!(
            "nobody can have the tenant `{shown}`: it is also a literal segment of a route of the access table"
        )));
    }
    Ok(tenant)
}

/// How the rights of two roles compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// The new role has none that the old one has not.
    Shrink,
    /// The new role has all that the old one has, and more.
    Grow,
    /// Each has some that the other has not.
    Differ,
}

/// Compares the rights of the roles `old` and `new`. A role that the table has not grants nothing.
pub(super) fn compare(table: &AccessTable, old: &str, new: &str) -> Rights {
    let of = |role: &str| -> BTreeSet<String> {
        let grants = table.role(role).into_iter();
        grants.flat_map(|grants| table.permissions(grants)).map(|own| own.to_string()).collect()
    };
    let (old, new) = (of(old), of(new));
    if new.is_subset(&old) {
        Rights::Shrink
    } else if old.is_subset(&new) {
        Rights::Grow
    } else {
        Rights::Differ
    }
}

#[cfg(test)]
mod tests {
    use shared::authz::AccessTable;

    use super::{Rights, check_role, compare, tenant};

    const TABLE: &str = include_str!("../../../../infra/access.toml");

    fn table() -> AccessTable {
        AccessTable::without_policies("access.toml", TABLE).unwrap()
    }

    #[test]
    fn how_roles_compare() {
        let table = table();
        let check = |old: &str, new: &str, expected: Rights| {
            assert_eq!(compare(&table, old, new), expected, "{old} {new}");
        };
        check("viewer", "itsm_agent", Rights::Grow);
        check("itsm_agent", "viewer", Rights::Shrink);
        check("viewer", "viewer", Rights::Shrink);
        check("itsm_manager", "cloud_admin", Rights::Differ);
        check("gone", "viewer", Rights::Grow);
        check("viewer", "gone", Rights::Shrink);
        check("service_account", "gone", Rights::Shrink);
    }

    #[test]
    fn roles_of_people() {
        let table = table();
        let check = |role: &str, expected: &str| {
            let problem = check_role(&table, role).err();
            let sentence = problem.map(|problem| problem.sentences.join("")).unwrap_or_default();
            assert_eq!(sentence, expected);
        };
        check("viewer", "");
        for role in ["nobody", "service_account", "Viewer", ""] {
            check(
                role,
                &format!(
                    "`{role}` is no role of the access table that people have: those are `viewer`, \
                     `itsm_agent`, `itsm_manager`, `cloud_admin`, `super_admin`"
                ),
            );
        }
    }

    #[test]
    fn tenants() {
        let table = table();
        let check = |text: &str, taken: bool| assert_eq!(tenant(&table, text).is_ok(), taken);
        check("acme", true);
        check("a b", false);
        check("..", false);
    }
}
