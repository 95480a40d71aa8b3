//! TE-21: TLS from files: served to clients, reloaded on SIGHUP, and no answer in plain text.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Datelike};
use claviger::crypto::{MasterKeys, SystemRandomness};
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use rustix::process::{Signal, kill_process};
use tempfile::TempDir;

use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// A self-signed certificate, in `cert.pem` and `key.pem`.
pub fn write_certificate(folder: &Path) -> String {
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), cert.pem()).expect("a file");
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("a file");
    cert.pem()
}

/// The status and body that curl receives, or `None` if it does not trust the server.
fn curl(folder: &Path, authority: &str, address: SocketAddr, path: &str) -> Option<(String, String)> {
    let file = folder.join("authority.pem");
    std::fs::write(&file, authority).expect("a file");
    let mut command = Command::new("curl");
    command.args(["-sS", "-w", "\n%{http_code} %{http_version} %{ssl_verify_result}", "--cacert"]).arg(&file);
    let (status, output, _) = run(command.arg(format!("https://{address}{path}")));
    let (body, facts) = output.rsplit_once('\n')?;
    status.success().then(|| (facts.to_owned(), body.to_owned()))
}

fn start(folder: &Path, authority: &str) -> ServerProcess {
    MasterKeys::create(&folder.join("keys"), &SystemRandomness::new()).expect("a master key");
    let address = free_address();
    let ready = |address| curl(folder, authority, address, "/health/ready").is_some();
    ServerProcess::start_until(folder, address, ready, || {
        let mut command = claviger(folder);
        command.args(["serve", "--listen", &address.to_string()]);
        command.env("CLAVIGER_TLS_CERT", "cert.pem").env("CLAVIGER_TLS_KEY", "key.pem");
        command
    })
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn clients_are_served_over_tls_only() {
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    let authority = write_certificate(folder);
    let server = start(folder, &authority);
    let (facts, _) = curl(folder, &authority, server.address, "/health/live").expect("an answer");
    assert_eq!(facts, "200 1.1 0", "HTTP/1.1, verified");
    let stranger = TempDir::new().expect("a temporary folder");
    let other = write_certificate(stranger.path());
    assert!(curl(folder, &other, server.address, "/health/live").is_none());

    let (status, _, errors) =
        run(claviger(folder).args(["realm", "create", "acme", "--owner", "a@acme.example"]));
    assert!(status.success(), "{errors}");
    let metadata = "/realms/acme/.well-known/oauth-authorization-server";
    eventually("the realm is not there", || {
        let answer = curl(folder, &authority, server.address, metadata);
        answer.is_some_and(|(_, body)| body.contains(&format!("\"https://{}/realms/acme\"", server.address)))
    });

    let mut plain = TcpStream::connect(server.address).expect("the server accepts");
    plain.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    plain.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").expect("it is sent");
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP/1.1 2") && !heard.starts_with(b"HTTP/1.1 3"), "{heard:?}");
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn command_trusts_only_the_given_authority() {
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    let authority = write_certificate(folder);
    let server = start(folder, &authority);
    let stranger = TempDir::new().expect("a temporary folder");
    write_certificate(stranger.path());
    let (status, token, errors) =
        run(claviger(folder).args(["realm", "create", "acme", "--owner", "a@acme.example"]));
    assert!(status.success(), "{errors}");
    let list_with = |ca_file: Option<&Path>, environment: &[(&str, &Path)]| {
        let mut command = claviger(folder);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").envs(environment.iter().copied());
        command.args(["group", "list", "--realm", "acme", "--url", &format!("https://{}", server.address)]);
        command.env("CLAVIGER_TOKEN", token.trim());
        if let Some(file) = ca_file {
            command.arg("--ca-file").arg(file);
        }
        let (status, _, errors) = run(&mut command);
        (status.code(), errors)
    };
    let list = |ca_file: Option<&Path>| list_with(ca_file, &[]);
    assert_eq!(list(Some(&folder.join("cert.pem"))).0, Some(0));
    // What the system trusts, as OpenSSL's variables name it.
    let (store, hashed) = (folder.join("cert.pem"), folder.join("store"));
    std::fs::create_dir(&hashed).expect("a folder");
    std::fs::copy(&store, hashed.join("01234567.0")).expect("a file");
    assert_eq!(list_with(None, &[("SSL_CERT_FILE", &store)]).0, Some(0));
    assert_eq!(list_with(None, &[("SSL_CERT_DIR", &hashed)]).0, Some(0));
    let (code, errors) = list_with(Some(&stranger.path().join("cert.pem")), &[("SSL_CERT_FILE", &store)]);
    assert_eq!(code, Some(9), "--ca-file is trusted alone: {errors}");
    let (code, errors) = list_with(None, &[("SSL_CERT_FILE", &folder.join("missing"))]);
    assert_eq!((code, errors.contains("SSL_CERT_FILE")), (Some(2), true), "{errors}");
    for wrong in [None, Some(stranger.path().join("cert.pem"))] {
        let (code, errors) = list(wrong.as_deref());
        assert_eq!((code, errors.contains("--ca-file")), (Some(9), true), "{errors}");
    }
    let (code, errors) = list(Some(&folder.join("key.pem")));
    assert_eq!((code, errors.contains("certificates in PEM")), (Some(2), true), "{errors}");
}

#[test]
fn sighup_loads_a_new_certificate_and_ignores_an_invalid_one() {
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    let first = write_certificate(folder);
    let server = start(folder, &first);
    let hang_up = || kill_process(server.pid(), Signal::HUP).expect("the process is ours");
    let log = || std::fs::read_to_string(folder.join("server.log")).expect("the log");

    let second = write_certificate(folder);
    assert!(curl(folder, &first, server.address, "/health/live").is_some(), "not before it is told");
    hang_up();
    eventually("the new certificate is not shown", || {
        curl(folder, &second, server.address, "/health/live").is_some()
    });
    assert!(curl(folder, &first, server.address, "/health/live").is_none());

    std::fs::write(folder.join("cert.pem"), "nothing").expect("a file");
    hang_up();
    eventually("nothing is said of it", || log().contains("the previous certificate stays in use"));
    assert!(curl(folder, &second, server.address, "/health/live").is_some());
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn unusable_certificate_prevents_startup_with_one_error() {
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    MasterKeys::create(&folder.join("keys"), &SystemRandomness::new()).expect("a master key");
    write_certificate(folder);
    let other = TempDir::new().expect("a temporary folder");
    write_certificate(other.path());
    std::fs::copy(other.path().join("key.pem"), folder.join("other.pem")).expect("a file");
    std::fs::write(folder.join("empty.pem"), "").expect("a file");
    for (cert, key, says) in [
        (Some("cert.pem"), Some("other.pem"), "is not the private key of the certificate"),
        (Some("none.pem"), Some("key.pem"), "none.pem"),
        (Some("empty.pem"), Some("key.pem"), "contains no certificate"),
        (Some("cert.pem"), Some("cert.pem"), "tls_key must be an unencrypted private key"),
        (Some("cert.pem"), None, "setting tls_key is missing"),
        (None, Some("key.pem"), "setting tls_cert is missing"),
    ] {
        let mut command = claviger(folder);
        command.args(["serve", "--listen", &free_address().to_string()]);
        for (name, value) in [("CLAVIGER_TLS_CERT", cert), ("CLAVIGER_TLS_KEY", key)] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let (status, output, errors) = run(&mut command);
        assert!(matches!(status.code(), Some(1 | 2)), "{says}: {status} {errors}");
        assert_eq!((output.as_str(), errors.lines().count()), ("", 1), "{errors}");
        assert!(errors.contains(says), "{says}: {errors}");
    }
}

#[test]
fn doctor_warns_before_the_certificate_ends_and_of_an_open_key() {
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let in_days = |days: i64| {
        let day = DateTime::from_timestamp(now.cast_signed() + days * 86_400, 0).expect("a day").date_naive();
        let part = |number: u32| u8::try_from(number).expect("a small number");
        rcgen::date_time_ymd(day.year(), part(day.month()), part(day.day()))
    };
    let examined = |end| {
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        parameters.not_after = end;
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        std::fs::write(folder.join("cert.pem"), certificate.pem()).expect("a file");
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
        let mut doctor = claviger(folder);
        doctor.env("CLAVIGER_TLS_CERT", "cert.pem").env("CLAVIGER_TLS_KEY", "key.pem");
        run(doctor.args(["doctor"])).1
    };
    for (end, expected) in [
        (in_days(-2), "has expired on"),
        (in_days(10), "expires on"),
        (in_days(10), "in 9 days"),
        // Written with four digits of the year.
        (rcgen::date_time_ymd(2060, 2, 29), "expires on 2060-02-29"),
        (in_days(30), "expires on"),
    ] {
        let said = examined(end);
        assert!(said.contains("cert.pem") && said.contains(expected), "{expected}: {said}");
    }
    let mode = |mode| {
        std::fs::set_permissions(folder.join("key.pem"), Permissions::from_mode(mode)).expect("a file")
    };
    let said = examined(in_days(30));
    assert!(said.contains("key.pem is accessible to others") && !said.contains("renew it"), "{said}");
    mode(0o640);
    let said = examined(in_days(10));
    assert!(!said.contains("key.pem is accessible") && said.contains("renew it"), "{said}");
}
