//! A seal is taken for exactly the table it was made of, and as exactly what was written.

use super::{DEFAULT, Sent, acme, default_table, everywhere};
use shared::access::{AccessTable, SealError};

fn unseal(source: &str, seal: &str) -> Result<AccessTable, SealError> {
    AccessTable::unseal(source.as_bytes(), seal.as_bytes())
}

#[test]
fn an_unsealed_table_is_the_proven_one() {
    let proven = default_table();
    let seal = proven.seal();
    let unsealed = unseal(DEFAULT, &seal).unwrap();
    assert_eq!(unsealed.seal(), seal);
    assert_eq!(format!("{unsealed:?}"), format!("{proven:?}"));
    for (name, grants) in proven.roles() {
        assert_eq!(unsealed.role(name), Some(grants));
        let sent = |table: &AccessTable| {
            let sent = Sent::new(table.policy(grants, everywhere(table)), Some(&acme()));
            (sent.allow, sent.deny)
        };
        assert_eq!(sent(&unsealed), sent(&proven));
    }
    assert_eq!(unsealed.role("service_account"), None);
    assert!(seal.starts_with("portcullis-seal 1 "));
}

#[test]
fn a_seal_of_another_table_is_not_taken() {
    let seal = default_table().seal();
    let check = |source: &str| assert_eq!(unseal(source, &seal).unwrap_err(), SealError::Table);
    check("");
    check(&DEFAULT.replacen("public", "PUBLIC", 1));
    check(&(DEFAULT.to_owned() + "\n"));
    check(&DEFAULT.replace('\n', "\r\n"));
}

#[test]
fn a_damaged_seal_is_not_taken() {
    let seal = default_table().seal();
    let check = |seal: &str, expected| {
        assert_eq!(unseal(DEFAULT, seal).unwrap_err(), expected);
    };
    check("", SealError::Version);
    check("garbage", SealError::Version);
    check("{}\n{}\n", SealError::Version);
    check(&seal.replacen("seal 1", "seal 2", 1), SealError::Version);
    check(&seal.replacen("seal 1", "seal 11", 1), SealError::Version);
    check(&seal.replacen("GET/health", "GET/*", 1), SealError::Body);
    check(&seal.replacen("[0,273]", "[0,4095]", 1), SealError::Body);
    check(&(seal.clone() + "\n"), SealError::Body);
    for length in (0..seal.len()).step_by(13) {
        let (cut, _) = seal.split_at(length);
        assert!(unseal(DEFAULT, cut).is_err(), "cut at {length}");
    }
    let mut bytes = seal.clone().into_bytes();
    for at in (0..bytes.len()).step_by(17) {
        bytes[at] ^= 0xa1;
        assert!(AccessTable::unseal(DEFAULT.as_bytes(), &bytes).is_err(), "flipped at {at}");
        bytes[at] ^= 0xa1;
    }
}
