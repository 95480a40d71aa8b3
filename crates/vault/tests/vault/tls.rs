//! Certificates are always checked, those of listed hosts too.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use claviger_vault::{
    Authorities, ListedHosts, Lookup, Outbound, OutboundClient, OutboundSettings, Request, Response,
    SendFailure,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

/// Every name is on this machine.
#[derive(Debug)]
struct Here;

impl Lookup for Here {
    fn addresses(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![([127, 0, 0, 1], port).into()])
    }
}

/// A server with a certificate for this name, which is returned too.
fn server(name: &str) -> (u16, String) {
    let certified = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let certificate = certified.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut tls = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust the certificate ends here.
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    (port, certified.cert.pem())
}

fn send(url: &str, authorities: &[&str]) -> Result<Response, SendFailure> {
    let client = OutboundClient::new(OutboundSettings {
        listed_hosts: ListedHosts::new(["tls.test", "other.test"]).unwrap(),
        authorities: match authorities.is_empty() {
            true => Authorities::default(),
            false => Authorities::of_pem(authorities.concat().as_bytes()).unwrap(),
        },
        lookup: Arc::new(Here),
        ..OutboundSettings::default()
    });
    let url = Url::parse(url).unwrap();
    client.send(&Request { method: "GET", url, headers: vec![], body: Vec::new().into() })
}

#[test]
fn only_a_certificate_of_a_known_authority_for_this_host_is_accepted() {
    let (port, authority) = server("tls.test");
    let (_, stranger) = server("tls.test");
    let url = format!("https://tls.test:{port}/");
    assert_eq!(send(&url, &[&authority]).unwrap().body, b"{}");
    assert_eq!(send(&url, &[&stranger, &authority]).unwrap().status, 200);
    assert_eq!(send(&url, &[]).unwrap_err(), SendFailure::Unreachable, "no public authority knows it");
    assert_eq!(send(&url, &[&stranger]).unwrap_err(), SendFailure::Unreachable, "another authority");
    let other = format!("https://other.test:{port}/");
    assert_eq!(send(&other, &[&authority]).unwrap_err(), SendFailure::Unreachable, "another name");
    let plain = format!("http://tls.test:{port}/");
    assert!(send(&plain, &[&authority]).is_err(), "TLS is not left out");
}
