//! Real proxies, configured as in the guide, in front of a service that echoes what it received.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::authority::Authority;
use claviger_testkit::compiled_clients::go_program;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::free_address;
use claviger_testkit::servers::{ServiceUser, nginx_in, server, server_file};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Caddy,
    Apache,
    OAuth2Proxy,
}

pub struct Proxy {
    pub authority: Authority,
    pub address: SocketAddr,
    /// Of the resource server as which it is registered.
    pub audience: String,
    child: Child,
}

/// A header in every answer of the service behind the proxy.
pub const REACHED: &str = "x-reached";

const READY_WITHIN: Duration = Duration::from_secs(30);

impl Proxy {
    pub fn start(kind: Kind) -> Self {
        let authority = Authority::start();
        let asked = authority.address;
        Self::start_asking(kind, authority, asked)
    }

    /// A proxy that uses something else in place of the authorization server.
    pub fn start_asking(kind: Kind, authority: Authority, asked: SocketAddr) -> Self {
        let address = free_address();
        let folder = authority.path().join("proxy");
        fs::create_dir_all(folder.join("logs")).expect("a folder");
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/proxies").join(kind.file());
        let facts = fs::read(authority.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let fact = |name: &str| facts["resource_server"][name].as_str().expect("a fact").to_owned();
        let configuration = fs::read_to_string(guide)
            .expect("the guide's file")
            .replace("127.0.0.1:8081", &address.to_string())
            .replace(":8081", &format!(":{}", address.port()))
            .replace("127.0.0.1:8080", &asked.to_string())
            .replace("127.0.0.1:9000", &upstream().to_string())
            .replace("CLIENT_ID", &fact("client_id"))
            .replace("https://api.example.org", &fact("audience"))
            .replace("COOKIE_SECRET", &"0123456789abcdef".repeat(2))
            .replace("CLIENT_KEY", &fact("client_key"))
            .replace("/etc/apache2", &folder.display().to_string())
            .replace("/run/apache2", &folder.display().to_string())
            .replace("/var/log/apache2", &folder.display().to_string())
            .replace(
                "/usr/lib/apache2/modules",
                &server_file("/usr/lib/apache2/modules").display().to_string(),
            );
        let configuration = match kind {
            Kind::Nginx => nginx_in(&folder, &configuration),
            Kind::Caddy | Kind::Apache | Kind::OAuth2Proxy => configuration,
        };
        let file = folder.join(kind.file());
        fs::write(&file, configuration).expect("a file");
        let log = || fs::File::options().create(true).append(true).open(folder.join("log")).expect("a file");
        let mut command = kind.command(&folder, &file);
        let user = ServiceUser::named_or_nobody("caddy");
        user.may_enter(authority.path());
        if kind == Kind::Caddy {
            // The others begin as root, and give up its rights themselves.
            user.owns(&folder);
            user.runs(&mut command);
        }
        command.env("HOME", &folder).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        command.stdin(Stdio::null()).stdout(log()).stderr(log()).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        let mut proxy = Self { authority, address, audience: fact("audience"), child };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(address).is_err() {
            let ended = proxy.child.try_wait().expect("a child").is_some();
            let said = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(!ended && Instant::now() < deadline, "{kind:?} does not start: {}", said());
            std::thread::yield_now();
        }
        proxy
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Includes its workers, which would otherwise keep running.
        if let Some(id) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Kind {
    const fn file(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::Caddy => "Caddyfile",
            Self::Apache => "apache.conf",
            Self::OAuth2Proxy => "oauth2-proxy.cfg",
        }
    }

    fn command(self, folder: &Path, file: &Path) -> Command {
        match self {
            Self::Nginx => {
                let globals = "daemon off; pid nginx.pid; error_log logs/error.log;";
                let mut command = server("nginx");
                command.arg("-p").arg(folder).arg("-c").arg(file).args(["-g", globals]);
                command
            }
            Self::Caddy => {
                let mut command = server("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
                command
            }
            Self::Apache => {
                let mut command = server("apache2");
                command.arg("-f").arg(file).arg("-DFOREGROUND");
                command
            }
            Self::OAuth2Proxy => {
                let mut command = go_program("oauth2-proxy");
                command.arg("--config").arg(file);
                command
            }
        }
    }
}

/// Stands in for an uncertain node: 503 with a time to retry after; listens until the process ends.
pub fn undecided() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let Ok(reading) = client.try_clone() else { return };
                let lines = BufReader::new(reading).lines().map_while(Result::ok);
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let answer =
                    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
                let _ = client.write_all(answer);
            });
        }
    });
    address
}

/// Answers with the request line and the headers that it received; listens until the process ends.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || tell(client));
        }
    });
    address
}

fn tell(mut client: TcpStream) {
    let Ok(reading) = client.try_clone() else { return };
    let lines = BufReader::new(reading).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let arrived = lines.collect::<Vec<_>>().join("\n");
    let length = arrived.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n{REACHED}: yes\r\n\r\n"
    );
    let _ = client.write_all(head.as_bytes()).and_then(|()| client.write_all(arrived.as_bytes()));
}
