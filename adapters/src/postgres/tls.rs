//! TLS to the database: its certificate must come from the authority of the region's RDS, or from
//! one of Amazon's public roots if the host is an RDS Proxy, and must name the host that is
//! connected to.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html>
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.howitworks.html>

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::database::Database;
use crate::aws::AMAZON_ROOTS;
use crate::http::tls::read;

pub(super) type Tls = MakeRustlsConnect;

/// The roots of every region's RDS, each region's after a line `# <region>`.
const RDS_ROOTS: &str = include_str!("rds-roots.pem");

/// A client that trusts the certificates of `ca` alone, or, without it, those of the host's region.
pub(super) fn client(database: &Database, ca: Option<&[u8]>) -> Result<Tls, String> {
    let roots = match ca {
        Some(pem) => read(pem).filter(|roots| !roots.is_empty()).ok_or_else(|| {
            let file = database.ca_file.as_deref().unwrap_or_default();
            format!("`AURORA_CA_FILE` {file}: it is no PEM file of certificates")
        })?,
        None => of_region(&database.host).ok_or_else(|| {
            format!(
                "`AURORA_HOST` is `{}`: the roots of its region are not built in, so \
                 `AURORA_CA_FILE` must name them",
                database.host
            )
        })?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The roots that may have issued the certificate of `host`.
fn of_region(host: &str) -> Option<RootCertStore> {
    let region = region(host)?;
    let (_, rest) = RDS_ROOTS.split_once(&format!("\n# {region}\n"))?;
    let own = rest.split_once("\n#").map_or(rest, |(own, _)| own);
    let mut roots = read(own.as_bytes())?;
    roots.roots.append(&mut read(AMAZON_ROOTS)?.roots);
    Some(roots)
}

/// `….<region>.rds.amazonaws.com`
fn region(host: &str) -> Option<&str> {
    host.strip_suffix(".rds.amazonaws.com")?.rsplit('.').next()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::{RDS_ROOTS, of_region, region};

    #[test]
    fn regions() {
        let check =
            |host: &str, expected: Option<&str>| assert_eq!(region(host), expected, "{host}");
        check("k.cluster-abc.eu-central-1.rds.amazonaws.com", Some("eu-central-1"));
        check("k.proxy-abc.us-east-1.rds.amazonaws.com", Some("us-east-1"));
        check("k.cluster-abc.eu-central-1.rds.amazonaws.com.example.com", None);
        check("eu-central-1", None);
    }

    /// Five roots of Amazon and three of the region's.
    #[test]
    fn a_host_has_the_roots_of_its_region_and_no_others() {
        let check = |region: &str, expected: Option<usize>| {
            let roots = of_region(&format!("k.cluster-abc.{region}.rds.amazonaws.com"));
            assert_eq!(roots.map(|roots| roots.len()), expected, "{region}");
        };
        check("eu-central-1", Some(8));
        check("us-west-2", Some(8));
        check("af-south-1", Some(8));
        check("eu-central-9", None);
        check("", None);
        check("cn-north-1", None);
    }

    #[test]
    fn every_root_is_of_the_region_it_stands_under() {
        let mut regions = 0;
        for part in RDS_ROOTS.split("\n# ").skip(3) {
            let (region, pem) = part.split_once('\n').unwrap();
            let name = |key: &str| format!("Amazon RDS {region} Root CA {key} G1").into_bytes();
            let found: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            assert_eq!(found.len(), 3, "{region}");
            for (certificate, key) in found.into_iter().zip(["ECC384", "RSA2048", "RSA4096"]) {
                let certificate = certificate.unwrap();
                let name = name(key);
                assert!(certificate.windows(name.len()).any(|part| part == name), "{region} {key}");
            }
            regions += 1;
        }
        assert_eq!(regions, 27);
    }
}
