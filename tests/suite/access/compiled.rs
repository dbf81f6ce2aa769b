//! A compiled table is taken for exactly the table it was made of, and as exactly what was written.

use shared::authz::{AccessTable, CompiledTableError};

use super::{DEFAULT, Sent, acme, default_table, everywhere};

fn read(source: &str, compiled: &str) -> Result<AccessTable, CompiledTableError> {
    AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes())
}

#[test]
fn a_compiled_table_is_the_proven_one() {
    let proven = default_table();
    let compiled = proven.to_compiled();
    let read_back = read(DEFAULT, &compiled).unwrap();
    assert_eq!(read_back.to_compiled(), compiled);
    assert_eq!(format!("{read_back:?}"), format!("{proven:?}"));
    assert!(proven.warnings().is_empty(), "a compiled table keeps none");
    for (name, grants) in proven.roles() {
        assert_eq!(read_back.role(name), Some(grants));
        let sent = |table: &AccessTable| {
            let sent = Sent::new(table.policy(grants, everywhere(table)), Some(&acme()));
            (sent.allow, sent.deny)
        };
        assert_eq!(sent(&read_back), sent(&proven));
    }
    assert_eq!(read_back.role("service_account"), None);
    assert!(compiled.starts_with("portcullis-compiled-table "));
}

#[test]
fn one_of_another_table_is_not_taken() {
    let compiled = default_table().to_compiled();
    let check =
        |source: &str| assert_eq!(read(source, &compiled).unwrap_err(), CompiledTableError::Table);
    check("");
    check(&DEFAULT.replacen("public", "PUBLIC", 1));
    check(&(DEFAULT.to_owned() + "\n"));
    check(&DEFAULT.replace('\n', "\r\n"));
}

#[test]
fn a_damaged_one_is_not_taken() {
    let compiled = default_table().to_compiled();
    let check = |compiled: &str, expected| {
        assert_eq!(read(DEFAULT, compiled).unwrap_err(), expected);
    };
    check("", CompiledTableError::Version);
    check("garbage", CompiledTableError::Version);
    check("{}\n{}\n", CompiledTableError::Version);
    let (version, _) = compiled.split_once(' ').unwrap().1.split_once(' ').unwrap();
    let (_, shorter) = version.split_at(1);
    for other in ["2", "0123456789abcdef", shorter, ""] {
        check(&compiled.replacen(version, other, 1), CompiledTableError::Version);
    }
    check(&compiled.replacen("GET/health", "GET/*", 1), CompiledTableError::Body);
    check(&compiled.replacen("[0,273]", "[0,4095]", 1), CompiledTableError::Body);
    check(&(compiled.clone() + "\n"), CompiledTableError::Body);
    for length in (0..compiled.len()).step_by(13) {
        let (cut, _) = compiled.split_at(length);
        assert!(read(DEFAULT, cut).is_err(), "cut at {length}");
    }
    let mut bytes = compiled.clone().into_bytes();
    for at in (0..bytes.len()).step_by(17) {
        bytes[at] ^= 0xa1;
        assert!(AccessTable::from_compiled(DEFAULT.as_bytes(), &bytes).is_err(), "flipped at {at}");
        bytes[at] ^= 0xa1;
    }
}
