//! Which certificate authorities are trusted.

use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, Error, RootCertStore};

use crate::aws::AMAZON_ROOTS;
use crate::url::Url;

/// The root certificates that are trusted. They are in the binary: reading the system's takes 3 ms,
/// and Lambda adds none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Amazon's own, [`AMAZON_ROOTS`].
    Amazon,
    /// All that browsers trust.
    Public,
}

/// Built by the first request, because an instance with a seed may never send one.
type Built = LazyLock<Result<Arc<ClientConfig>, Error>>;

impl Roots {
    /// Amazon's for a host of AWS, such as that of a Cognito user pool: all other authorities could
    /// issue a certificate for it too, and with it the keys that tokens are verified with. For clients
    /// that choose whom to trust, AWS recommends all of Amazon's roots and nothing narrower, here and
    /// in the China regions.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html>
    /// <https://www.amazontrust.com/repository/>
    pub(super) fn of_host(url: &Url) -> Self {
        let host = url.uri().host().unwrap_or_default().to_ascii_lowercase();
        let is_of_aws = [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|of| host.ends_with(of));
        if is_of_aws { Self::Amazon } else { Self::Public }
    }

    /// A client that trusts these alone.
    pub(super) fn client(self) -> Result<&'static Arc<ClientConfig>, Error> {
        static AMAZON: Built = LazyLock::new(|| {
            let unread = || Error::General("Amazon's root certificates cannot be read".to_owned());
            trusting(read(AMAZON_ROOTS).ok_or_else(unread)?)
        });
        static PUBLIC: Built =
            LazyLock::new(|| trusting(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()));
        let built = match self {
            Self::Amazon => &AMAZON,
            Self::Public => &PUBLIC,
        };
        built.as_ref().map_err(Clone::clone)
    }
}

/// Every certificate of `pem`; `None` if one cannot be read.
pub(crate) fn read(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    Some(roots)
}

fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Requests are rare, and the memory for sessions would be allocated ahead.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
    use hyper::Request;
    use rustls::crypto::aws_lc_rs::default_provider;
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

    use super::{Roots, read, trusting};
    use crate::aws::AMAZON_ROOTS;
    use crate::http::{Client, Timeouts, Url};

    const VALID: &str = "99991231235959Z";
    const EXPIRED: &str = "20010101000000Z";

    #[tokio::test]
    async fn only_the_one_who_is_meant_is_believed() {
        let signer = Signer::new();
        let other = Signer::new();
        let check =
            async |own: &Signer, until, trusted: &Arc<ClientConfig>, host, expected: &str| {
                let url = own.serve(own.certificate(until)).replace("127.0.0.1", host);
                let answer = ask(&url, trusted).await;
                assert!(answer.starts_with(expected), "{host} {until}: {answer}");
            };
        let trusted = signer.trusted();
        check(&signer, VALID, &trusted, "127.0.0.1", "200 {}").await;
        let expired = "no connection: invalid peer certificate: certificate expired";
        check(&signer, EXPIRED, &trusted, "127.0.0.1", expired).await;
        let not_valid = "no connection: invalid peer certificate: certificate not valid for name";
        check(&signer, VALID, &trusted, "localhost", not_valid).await;
        let unknown = "no connection: invalid peer certificate: UnknownIssuer";
        check(&signer, VALID, Roots::Public.client().unwrap(), "127.0.0.1", unknown).await;
        check(&signer, VALID, Roots::Amazon.client().unwrap(), "127.0.0.1", unknown).await;
        let bad = "no connection: invalid peer certificate: BadSignature";
        check(&other, VALID, &trusted, "127.0.0.1", bad).await;
    }

    #[test]
    fn a_host_of_aws_is_amazons() {
        fn check(url: &str, expected: Roots) {
            assert_eq!(Roots::of_host(&Url::parse(url).unwrap()), expected, "{url}");
        }
        check(
            "https://cognito-idp.eu-central-1.amazonaws.com/p/.well-known/jwks.json",
            Roots::Amazon,
        );
        check("https://COGNITO-IDP.eu-central-1.AmazonAWS.com/", Roots::Amazon);
        check("https://cognito-idp.cn-north-1.amazonaws.com.cn/", Roots::Amazon);
        check("https://secretsmanager.eu-central-1.amazonaws.com:443/", Roots::Amazon);
        check("https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com/", Roots::Amazon);
        check("https://keys.example.com/jwks.json", Roots::Public);
        check("https://keys.example.com/cognito-idp.eu-central-1.amazonaws.com", Roots::Public);
        check("https://cognito-idp.eu-central-1.amazonaws.com.example.com/", Roots::Public);
        check("https://evil-amazonaws.com/", Roots::Public);
        check("https://amazonaws.com.evil/", Roots::Public);
        check("https://a.amazonaws.com.cn.evil/", Roots::Public);
        check("https://127.0.0.1/", Roots::Public);
    }

    #[test]
    fn amazons_roots_are_few_and_public() {
        let amazon = read(AMAZON_ROOTS).unwrap();
        assert_eq!(amazon.len(), 5);
        for root in &amazon.roots {
            assert!(webpki_roots::TLS_SERVER_ROOTS.contains(root), "{:?}", root.subject);
        }
        assert!(webpki_roots::TLS_SERVER_ROOTS.len() > 100);
    }

    async fn ask(url: &str, trusted: &Arc<ClientConfig>) -> String {
        let minute = Duration::from_secs(60);
        let client = Client::new(Timeouts { connect: minute, whole: minute });
        let url = Url::parse(url).unwrap();
        match client.send_over(trusted, &url, Request::default(), |_| Some(100)).await {
            Ok(answer) => {
                format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
            }
            Err(error) => error.to_string(),
        }
    }

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
        }

        /// Serves one request with `{}`; returns its address.
        fn serve(&self, certificate: Vec<u8>) -> String {
            let key = PrivatePkcs8KeyDer::from(self.0.to_pkcs8v1().unwrap().as_ref().to_vec());
            let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![CertificateDer::from(certificate)], key.into())
                .unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("https://{}/", listener.local_addr().unwrap());
            thread::spawn(move || {
                let connection = ServerConnection::new(Arc::new(config)).unwrap();
                let mut stream = StreamOwned::new(connection, listener.accept().unwrap().0);
                // A client that does not trust the certificate hangs up.
                if stream.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
                }
            });
            url
        }

        fn trusted(&self) -> Arc<ClientConfig> {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(self.certificate(VALID))).unwrap();
            trusting(roots).unwrap()
        }

        /// A certificate for 127.0.0.1 (RFC 5280, 4.1), signed by itself.
        fn certificate(&self, until: &str) -> Vec<u8> {
            // ecdsa-with-SHA256; id-ecPublicKey and prime256v1; subjectAltName.
            let algorithm = der(0x30, &[&oid(b"\x2a\x86\x48\xce\x3d\x04\x03\x02")]);
            let curve =
                [oid(b"\x2a\x86\x48\xce\x3d\x02\x01"), oid(b"\x2a\x86\x48\xce\x3d\x03\x01\x07")];
            let name = der(0x30, &[]);
            let validity =
                der(0x30, &[&der(0x18, &[b"20000101000000Z"]), &der(0x18, &[until.as_bytes()])]);
            let key = der(0x03, &[&[0], self.0.public_key().as_ref()]);
            let key = der(0x30, &[&der(0x30, &[&curve.concat()]), &key]);
            let address = der(0x30, &[&der(0x87, &[&[127, 0, 0, 1]])]);
            let address = der(0x30, &[&oid(b"\x55\x1d\x11"), &der(0x04, &[&address])]);
            let version = der(0xa0, &[&der(0x02, &[&[2]])]);
            let extensions = der(0xa3, &[&der(0x30, &[&address])]);
            let serial = der(0x02, &[&[1]]);
            let parts = [&version, &serial, &algorithm, &name, &validity, &name, &key, &extensions];
            let signed = der(0x30, &parts.map(Vec::as_slice));
            let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
            der(0x30, &[&signed, &algorithm, &der(0x03, &[&[0], signature.as_ref()])])
        }
    }

    fn oid(bytes: &[u8]) -> Vec<u8> {
        der(0x06, &[bytes])
    }

    /// Tag, length and contents.
    fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let [.., high, low] = contents.len().to_be_bytes();
        let head = match contents.len() {
            ..128 => vec![tag, low],
            128..256 => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [head, contents].concat()
    }
}
