//! A company's proxy that answers with certificates of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use local::pool::PASSWORD;
use tests::aws::unique;

use super::VIEWER;
use super::person::Person;

/// A server with a certificate that nobody knows, by `openssl`.
struct Server {
    child: Child,
    directory: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let directory = std::env::temp_dir().join(unique("tls"));
        std::fs::create_dir(&directory).unwrap();
        let openssl = |arguments: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.args(arguments).current_dir(&directory).stderr(Stdio::null());
            openssl.stdin(Stdio::null()).stdout(Stdio::null());
            openssl
        };
        let made = openssl(&["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", "key.pem", "-out", "certificate.pem"])
            .status()
            .unwrap();
        assert!(made.success());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = ["s_server", "-www", "-cert", "certificate.pem", "-key", "key.pem", "-accept"];
        let child = openssl(&server).arg(format!("127.0.0.1:{port}")).spawn().unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {}
        Self { child, directory, port }
    }

    fn certificate(&self) -> String {
        self.directory.join("certificate.pem").to_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn certificates_are_those_of_the_system() {
    let server = Server::start();
    let endpoint = format!("https://localhost:{}", server.port);
    let person = Person::configured(&endpoint);
    let check = |person: &Person, is_trusted: bool| {
        let browser = person.does(&["login", "--browser", "--no-browser"]);
        for done in [person.log_in(VIEWER, PASSWORD), browser] {
            let untrusted = "its certificate is not trusted: behind a company's proxy, set SSL_CERT_FILE to that \
                             company's certificates\n";
            assert_eq!(done.err.ends_with(untrusted), !is_trusted, "{done:?}");
            assert_eq!(done.code, 1, "{done:?}");
        }
    };
    check(&person, false);
    // Then it answers, though it is no Cognito.
    check(&person.with("SSL_CERT_FILE", &server.certificate()), true);
}
