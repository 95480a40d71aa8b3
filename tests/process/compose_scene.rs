//! The services of `docker-compose.yml` without an engine: its entrypoints and settings, with local ports.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use claviger_testkit::postgres::{Postgres, parent_folder};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::servers::{ServiceUser, server};

pub const REALM: &str = "acme";

/// `/proc/net/route` of a container: its networks, of which the second is 127.0.0.0/8, and a default route.
const ROUTES: &str = "\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth1\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
";

const READY_WITHIN: Duration = Duration::from_secs(60);

/// PostgreSQL, two nodes and nginx. Dropping it ends them, nginx first.
pub struct Scene {
    pub nginx: Nginx,
    pub nodes: Vec<Node>,
    /// The owner's personal access token.
    pub owner: String,
    _postgres: Postgres,
    folder: TempDir,
}

pub struct Node {
    pub name: String,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    home: PathBuf,
    entrypoint: String,
    environment: Vec<(&'static str, String)>,
    process: Option<ServerProcess>,
}

/// Runs with the file that the compose file mounts.
pub struct Nginx {
    pub address: SocketAddr,
    log: PathBuf,
    child: Child,
}

/// The text of the file: it is searched as text, as its editors read it.
pub struct Compose(pub String);

impl Scene {
    pub fn start() -> Self {
        let compose = Compose::read();
        let folder = TempDir::new_in(parent_folder()).expect("a temporary folder");
        let postgres = Postgres::of_its_own("");
        let database = postgres.fresh_database();
        // nginx is on the network of 127.0.0.1 here.
        fs::write(folder.path().join("route"), ROUTES).expect("a file");
        fs::write(folder.path().join("postgres_password"), "not-asked-for-on-a-socket").expect("a file");
        let entrypoint = compose.entrypoint(folder.path(), &database);
        let services = compose.nodes();
        let mut nodes: Vec<Node> =
            services.iter().map(|name| Node::of(name, folder.path(), &entrypoint)).collect();
        let say = |words: &[&str]| {
            let (status, output, errors) = run(nodes[0].command().args(words));
            assert!(status.success(), "{words:?}: {errors}");
            output.trim().to_owned()
        };
        say(&["keys", "init"]);
        let owner = say(&["realm", "create", REALM, "--owner", "holder@acme.example"]);
        // Both start at once, as compose starts them: both find tables to create or to migrate.
        nodes.iter_mut().for_each(Node::spawn);
        nodes.iter_mut().for_each(Node::wait_until_ready);
        let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address).collect();
        let nginx = Nginx::start(&compose, folder.path(), &addresses, |configuration| configuration);
        Self { nginx, nodes, owner, _postgres: postgres, folder }
    }

    pub fn compose_health(&self, port: u16) -> bool {
        let check = Compose::read().script("healthcheck: &ready").replace("8080", &port.to_string());
        run(Command::new("bash").args(["-c", &check]).current_dir(self.folder.path())).0.success()
    }
}

impl Drop for Scene {
    /// Prints the logs after a failure.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.nodes.iter().map(Node::log).chain([self.nginx.said()]);
            for log in logs {
                let last: Vec<&str> = log.lines().rev().take(12).collect();
                println!("…\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

impl Node {
    fn of(name: &str, folder: &Path, entrypoint: &str) -> Self {
        let home = folder.join(name);
        fs::create_dir_all(&home).expect("a folder");
        let (address, metrics) = (free_address(), free_address());
        let environment = vec![
            ("CLAVIGER_PUBLIC_URL", "https://auth.example.com".to_owned()),
            ("CLAVIGER_NODE_NAME", name.to_owned()),
            ("CLAVIGER_LISTEN", format!("0.0.0.0:{}", address.port())),
            ("CLAVIGER_DATA_DIR", home.join("data").display().to_string()),
            ("CLAVIGER_KEYS_DIR", folder.join("keys").display().to_string()),
        ];
        let entrypoint = entrypoint.to_owned();
        Self { name: name.to_owned(), address, metrics, home, entrypoint, environment, process: None }
    }

    /// As the container's entrypoint, without this process's own settings.
    fn command(&self) -> Command {
        let mut shell = Command::new("sh");
        for (name, _) in claviger(&self.home).get_envs() {
            shell.env_remove(name);
        }
        shell.args(["-c", &self.entrypoint, "claviger"]).envs(self.environment.clone());
        shell.current_dir(&self.home).stdin(Stdio::null());
        shell
    }

    fn spawn(&mut self) {
        let mut command = self.command();
        command.arg("serve").env("CLAVIGER_METRICS_LISTEN", self.metrics.to_string());
        self.process = Some(ServerProcess::spawn(&self.home, self.address, command));
    }

    fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        while !self.is_ready() {
            let ended = self.process.as_mut().expect("it was started").has_ended();
            assert!(!ended && begun.elapsed() < READY_WITHIN, "{} does not start: {}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_ready(&self) -> bool {
        let request = claviger_testkit::http::Request::get("/health/ready");
        request.try_send(self.address).is_some_and(|answer| answer.status == 200)
    }

    pub fn start(&mut self) {
        self.spawn();
        self.wait_until_ready();
    }

    pub fn kill(&mut self) {
        self.process.take().expect("it runs").kill();
    }

    pub fn terminate(&mut self) {
        let status = self.process.take().expect("it runs").terminate();
        assert_eq!(status.code(), Some(0), "{}: {}", self.name, self.log());
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("server.log")).unwrap_or_default()
    }
}

impl Nginx {
    /// `change` adapts the configuration to the test, after addresses and folders were replaced.
    pub fn start(
        compose: &Compose,
        folder: &Path,
        nodes: &[SocketAddr],
        change: impl FnOnce(String) -> String,
    ) -> Self {
        let parent = folder;
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder).expect("a folder");
        compose.user_of("nginx").may_enter(parent);
        let address = free_address();
        let mut configuration = compose
            .mounted("/etc/nginx/nginx.conf")
            .replace("listen 8080;", &format!("listen {address};"))
            .replace("/tmp/", &format!("{}/", folder.display()));
        for (name, ours) in compose.nodes().iter().zip(nodes) {
            // Debian's nginx does not look names up while it runs.
            configuration = configuration.replace(&format!("{name}:8080 resolve"), &ours.to_string());
        }
        let file = folder.join("nginx.conf");
        fs::write(&file, change(configuration)).expect("a file");
        let words = compose.words_of("nginx", "entrypoint");
        let words: Vec<String> = words
            .iter()
            .map(|word| word.replace("/etc/nginx/nginx.conf", &file.display().to_string()))
            .collect();
        let log = folder.join("log");
        let mut command = server(&words[0]);
        command.args(&words[1..]);
        compose.user_of("nginx").runs(&mut command);
        compose.user_of("nginx").owns(&folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).expect("a file"));
        let child = command.process_group(0).spawn().expect("nginx starts");
        let mut nginx = Self { address, log, child };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = nginx.child.try_wait().expect("a child").is_some();
            assert!(!ended && begun.elapsed() < READY_WITHIN, "nginx does not start: {}", nginx.said());
            std::thread::sleep(Duration::from_millis(2));
        }
        nginx
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Includes its workers, which would otherwise keep running.
        if let Some(id) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Compose {
    pub fn read() -> Self {
        Self(repository("docker-compose.yml"))
    }

    /// The shell script of the first block `- |` after `after`, as the container's shell sees it.
    pub fn script(&self, after: &str) -> String {
        let block = self.0.split(after).nth(1).and_then(|rest| rest.split("- |\n").nth(1)).expect("a script");
        let indent = block.len() - block.trim_start().len();
        let lines = block.lines().take_while(|line| line.len() > indent && line[..indent].trim().is_empty());
        lines.map(|line| line.trim().replace("$$", "$")).collect::<Vec<_>>().join("\n")
    }

    /// Runs the lines of the file that handle the password; the server of this test is reached by its socket.
    fn entrypoint(&self, secrets: &Path, database: &str) -> String {
        let script = self
            .script("entrypoint:")
            .replace("/run/secrets", &secrets.display().to_string())
            .replace("/proc/net/route", &secrets.join("route").display().to_string())
            .replace("claviger \"$@\"", &format!("{} \"$@\"", env!("CARGO_BIN_EXE_claviger")));
        let line = script.lines().next().expect("the first line");
        assert!(line.contains("cat ") && line.contains("@postgres/claviger"), "{line}");
        format!("{script}\n").replacen(
            "\nexec",
            &format!("\nexport CLAVIGER_DATABASE_URL='{database}'\nexec"),
            1,
        )
    }

    fn service(&self, name: &str) -> &str {
        let rest =
            self.0.split(&format!("\n  {name}:\n")).nth(1).unwrap_or_else(|| panic!("no service {name}"));
        let end = rest.match_indices("\n  ").find(|(at, _)| !rest[at + 3..].starts_with([' ', '#']));
        &rest[..end.map_or(rest.len(), |(at, _)| at)]
    }

    /// Services with a node name, which is the name of the service.
    pub fn nodes(&self) -> Vec<String> {
        let names = self.0.lines().filter_map(|line| line.trim().strip_prefix("CLAVIGER_NODE_NAME: "));
        names.map(str::to_owned).inspect(|name| assert!(self.0.contains(&format!("\n  {name}:\n")))).collect()
    }

    /// The user of the container.
    pub fn user_of(&self, service: &str) -> ServiceUser {
        let line = self.service(service).lines().find_map(|line| line.trim().strip_prefix("user: "));
        let ids = line.and_then(|line| line.trim_matches('"').split_once(':')).expect("a user and a group");
        ServiceUser::with_ids(|| (ids.0.parse().expect("an id"), ids.1.parse().expect("an id")))
    }

    fn words_of(&self, service: &str, key: &str) -> Vec<String> {
        let line =
            self.service(service).lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        serde_json::from_str(line.expect("a list")).expect("a list in one line")
    }

    /// The repository's file that the container sees at `path`.
    pub fn mounted(&self, path: &str) -> String {
        let lines = self.0.lines().map(str::trim);
        let file =
            lines.filter_map(|line| line.strip_prefix("- ./")?.strip_suffix(&format!(":{path}:ro"))).next();
        repository(file.unwrap_or_else(|| panic!("nothing is mounted at {path}")))
    }
}

fn repository(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}
