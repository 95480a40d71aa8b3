//! The client reaches no private address, however it is written (T-SSRF).

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_vault::{
    ListedHosts, Lookup, Outbound, OutboundClient, OutboundSettings, Request, Response, SendFailure,
    SystemLookup,
};
use url::Url;

use crate::stub::{Reply, Stub};

/// `{port}` is that of a listener that must see nothing.
const SPELLINGS: &[&str] = &[
    "https://127.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://127.000.000.001:{port}/",
    "https://2130706433:{port}/",
    "https://2130706433.:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7F.0.0.1:{port}/",
    "https://0x7f.1:{port}/",
    "https://0x7f.0x0.0x0.0x1:{port}/",
    "https://017700000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://0177.0.0.01:{port}/",
    "https://0177.1:{port}/",
    "https://127.0x1:{port}/",
    "https://127.00.0x0.01:{port}/",
    "https://127.127.127.127:{port}/",
    "https://127.255.255.254:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://0x0:{port}/",
    "https://00000000000:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST:{port}/",
    "https://localhost.:{port}/",
    "https://foo.localhost:{port}/",
    "https://ip6-localhost:{port}/",
    "https://[::1]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[0000::0001]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[0:0:0:0:0:ffff:7f00:0001]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/",
    "https://[64:ff9b::127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b:1::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:7f00:1::]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[fc00::1]:{port}/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[ff02::1]:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.43518/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xA9FEA9FE/latest/meta-data/",
    "https://0251.0376.0251.0376/latest/meta-data/",
    "https://metadata.test/computeMetadata/v1/",
    "https://10.0.0.1:{port}/",
    "https://10.1:{port}/",
    "https://172.16.0.1:{port}/",
    "https://172.31.255.255:{port}/",
    "https://192.168.0.1:{port}/",
    "https://0300.0250.1:{port}/",
    "https://100.64.0.1:{port}/",
    "https://224.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "https://240.0.0.1:{port}/",
    "https://198.18.0.1:{port}/",
    "https://192.0.2.1:{port}/",
    "https://１２７.０.０.１:{port}/",
    "https://127。0。0。1:{port}/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "https://%31%32%37.0.0.1:{port}/",
    "https://127.0.0.1%2e:{port}/",
    "https://api.github.com@127.0.0.1:{port}/",
    "https://api.github.com:443@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#@api.github.com/",
    "https://127.0.0.1:{port}?@api.github.com/",
    "https://127.0.0.1:{port}\\@api.github.com/",
    "https:127.0.0.1:{port}/",
    "https:\\\\127.0.0.1:{port}\\",
    "https://127.0.0.1\t:{port}/",
    "https://localtest.test:{port}/",
    "https://mixed.test:{port}/",
    "https://mapped.test:{port}/",
    "https://nat64.test:{port}/",
    "https://rebind.test:{port}/",
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://rebind.test:{port}/",
    "http://[::1]:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "unix:///run/docker.sock",
];

/// Answers of a name, one after the other; the last one stays.
#[derive(Debug, Default)]
struct Names {
    answers: BTreeMap<&'static str, Vec<Vec<&'static str>>>,
    asked: Mutex<Vec<String>>,
}

impl Lookup for Names {
    fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let mut asked = self.asked.lock().unwrap();
        let host = host.trim_end_matches('.');
        let before = asked.iter().filter(|other| *other == host).count();
        asked.push(host.to_owned());
        let Some(answers) = self.answers.get(host) else { return SystemLookup.addresses(host, port) };
        let answer = answers.get(before).or(answers.last()).unwrap();
        Ok(answer.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
    }
}

fn names() -> Names {
    let answers = BTreeMap::from([
        ("localtest.test", vec![vec!["127.0.0.1"]]),
        ("metadata.test", vec![vec!["169.254.169.254"]]),
        ("mixed.test", vec![vec!["192.0.32.8", "127.0.0.1"]]),
        ("mapped.test", vec![vec!["::ffff:127.0.0.1"]]),
        ("nat64.test", vec![vec!["64:ff9b::7f00:1"]]),
        ("rebind.test", vec![vec!["192.0.32.8"], vec!["127.0.0.1"]]),
        ("listed.test", vec![vec!["127.0.0.1"]]),
        ("nothing.test", vec![vec![]]),
    ]);
    Names { answers, asked: Mutex::default() }
}

fn request(url: Url) -> Request {
    Request { method: "GET", url, headers: vec![], body: Vec::new().into() }
}

fn client(names: Arc<Names>, listed: &[&str]) -> OutboundClient {
    OutboundClient::new(OutboundSettings {
        listed_hosts: ListedHosts::new(listed.iter().copied()).unwrap(),
        lookup: names,
        connect_timeout: Duration::from_secs(1),
        ..OutboundSettings::default()
    })
}

/// Counts connections, on both loopback addresses where there are two.
fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    for listener in [Some(listener), TcpListener::bind(("::1", port)).ok()].into_iter().flatten() {
        let seen = seen.clone();
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    (port, seen)
}

#[test]
fn no_spelling_of_a_private_address_is_reached() {
    assert!(SPELLINGS.len() >= 60);
    let (port, seen) = canary();
    let client = client(Arc::new(names()), &[]);
    for spelling in SPELLINGS {
        let spelling = spelling.replace("{port}", &port.to_string());
        // What is no URL reaches nothing either.
        let Ok(url) = Url::parse(&spelling) else { continue };
        let failure = client.send(&request(url)).map(|response| response.status).unwrap_err();
        let expected =
            if spelling.starts_with("https:") { SendFailure::Unreachable } else { SendFailure::PlainHttp };
        assert_eq!(failure, expected, "{spelling}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0, "the listener has seen a connection");

    // The listener can be reached, where the operator lists the host.
    let listing = self::client(Arc::new(names()), &["127.0.0.1"]);
    let _ = listing.send(&request(Url::parse(&format!("https://2130706433:{port}/")).unwrap()));
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[test]
fn a_name_is_looked_up_once_and_the_checked_address_is_used() {
    let (port, seen) = canary();
    let names = Arc::new(names());
    let client = client(names.clone(), &[]);
    let url = Url::parse(&format!("https://rebind.test:{port}/")).unwrap();
    assert_eq!(client.send(&request(url)).unwrap_err(), SendFailure::Unreachable);
    assert_eq!(*names.asked.lock().unwrap(), ["rebind.test"]);
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[test]
fn a_listed_host_may_be_private_and_without_tls() {
    let stub = Stub::start(|_| Reply::json(200, serde_json::json!({})));
    let port = stub.port();
    let client = client(Arc::new(names()), &["listed.test"]);
    let send =
        |url: &str| client.send(&request(Url::parse(&url.replace("{port}", &port.to_string())).unwrap()));
    assert_eq!(send("http://listed.test:{port}/").unwrap().status, 200);
    assert_eq!(send("http://LISTED.test.:{port}/").unwrap().status, 200);
    for other in ["http://localtest.test:{port}/", "http://x.listed.test:{port}/"] {
        assert_eq!(send(other).unwrap_err(), SendFailure::PlainHttp, "{other}");
    }
    assert_eq!(send("https://localtest.test:{port}/").unwrap_err(), SendFailure::Unreachable);
    assert_eq!(stub.requests().len(), 2);
}

#[test]
fn closed_filtered_refused_and_unknown_targets_have_one_text() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let client = client(Arc::new(names()), &["127.0.0.1", "192.0.2.1", "nothing.test"]);
    let text = |url: &str| client.send(&request(Url::parse(url).unwrap())).unwrap_err().to_string();
    let expected = text(&format!("http://127.0.0.1:{closed}/"));
    for other in
        ["http://192.0.2.1/", "https://10.0.0.1/", "https://nothing.test/", "https://does-not-exist.invalid/"]
    {
        assert_eq!(text(other), expected, "{other}");
    }
}

#[test]
fn a_request_ends_after_15_seconds_and_connecting_after_5() {
    let settings = OutboundSettings::default();
    assert_eq!((settings.connect_timeout.as_secs(), settings.total_timeout.as_secs()), (5, 15));
}

#[test]
fn debug_output_of_requests_and_responses_shows_no_secret() {
    let url = Url::parse("https://api.github.com/user?q=hidden").unwrap();
    let headers = vec![("authorization".to_owned(), "hidden".to_owned().into())];
    let outgoing = Request { method: "POST", url, headers, body: b"hidden".to_vec().into() };
    let incoming = Response {
        status: 200,
        headers: vec![("x".to_owned(), "hidden".to_owned())],
        body: b"hidden".to_vec(),
    };
    let shown = format!("{outgoing:?} {incoming:?}");
    assert!(!shown.contains("hidden"), "{shown}");
}
