//! Two PostgreSQL servers under Patroni with etcd: a database cluster with automatic failover.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::paths::root;
use crate::postgres::{SUPERUSER, newest_binaries, private_folder, user_to_become};
use crate::process::free_address;

/// Timeout for a failover on a busy machine: the shortest TTL that Patroni accepts is 20 s.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs the test's orders, one per line, and ends everything when the test process has ended in any way.
const WATCHER: &str = r#"
trap '' HUP INT TERM PIPE
folder=$1 client=$2 peer=$3
cd "$folder" || exit 1
./etcd --data-dir etcd-data --listen-client-urls "http://$client" --advertise-client-urls "http://$client" \
    --listen-peer-urls "http://$peer" --initial-advertise-peer-urls "http://$peer" \
    --initial-cluster "default=http://$peer" >etcd.log 2>&1 </dev/null &
echo $! >etcd.pid
start() {
    PYTHONPATH="$folder/python" PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 -m patroni "$1.yml" >>"$1.log" 2>&1 </dev/null &
    echo $! >"$1.pid"
}
crash() {
    kill -9 "$(cat "$1.pid")"
    kill -9 "$(head -n 1 "$1/postmaster.pid")"
}
echo ready
while read -r what member; do
    case $what in
    start) start "$member" ;;
    crash) crash "$member" ;;
    esac 2>/dev/null
    echo done
done
for member in a b; do crash "$member" 2>/dev/null; done
kill -9 "$(cat etcd.pid)"
cd /
rm -rf "$folder"
"#;

pub const MEMBERS: [&str; 2] = ["a", "b"];

pub struct Patroni {
    folder: PathBuf,
    /// Addresses of each member: PostgreSQL, and Patroni's API.
    databases: [SocketAddr; 2],
    apis: [SocketAddr; 2],
    watcher: Child,
    /// The end of a pipe that only this process holds.
    orders: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
}

impl Patroni {
    /// Returns once there is a primary with a synchronous standby.
    ///
    /// # Panics
    /// With the missing program, or with the log of the member that does not start.
    pub fn start() -> Self {
        let binaries = newest_binaries().unwrap_or_else(|why| panic!("{why}"));
        let folder = private_folder().unwrap_or_else(|why| panic!("{why}"));
        let owner = user_to_become(&folder).unwrap_or_else(|why| panic!("{why}"));
        copy_programs(&folder);
        let databases = MEMBERS.map(|_| free_address());
        let apis = MEMBERS.map(|_| free_address());
        let (client, peer) = (free_address(), free_address());
        for (index, name) in MEMBERS.into_iter().enumerate() {
            let settings = settings(name, &folder, &binaries, databases[index], apis[index], client);
            // JSON is valid YAML.
            fs::write(folder.join(format!("{name}.yml")), settings.to_string()).expect("a file");
        }
        let mut watcher = Command::new("/bin/sh");
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("the folder is ours");
            watcher.uid(user).gid(group);
        }
        let mut watcher = watcher
            .args(["-c", WATCHER, "patroni"])
            .arg(&folder)
            .args([client.to_string(), peer.to_string()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("/bin/sh starts");
        let orders = watcher.stdin.take();
        let told = BufReader::new(watcher.stdout.take().expect("a pipe"));
        let mut patroni = Self { folder, databases, apis, watcher, orders, told };
        patroni.await_line("ready");
        patroni.start_member(0);
        patroni.wait_until("there is no primary", |patroni| patroni.primary() == Some(0));
        patroni.start_member(1);
        patroni.wait_until("there is no synchronous standby", Self::is_synchronous);
        patroni
    }

    /// The URL of a new database, at the member that accepts writes.
    pub fn fresh_database(&self, name: &str) -> String {
        let ports = self.databases.map(|address| address.port().to_string()).join(",");
        let url = |database: &str| {
            format!(
                "postgres:///{database}?host=127.0.0.1,127.0.0.1&port={ports}&user={SUPERUSER}\
                 &target_session_attrs=read-write"
            )
        };
        let binaries = newest_binaries().unwrap_or_else(|why| panic!("{why}"));
        let made = Command::new(binaries.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--dbname", &url("postgres")])
            .args(["--command", &format!("CREATE DATABASE {name}")])
            .status();
        assert!(made.expect("psql starts").success(), "{}", self.logs());
        url(name)
    }

    pub fn primary(&self) -> Option<usize> {
        (0..MEMBERS.len()).find(|member| self.ask(*member, "GET", "/primary", "") == Some(200))
    }

    /// Whether a standby confirms each commit.
    pub fn is_synchronous(&self) -> bool {
        (0..MEMBERS.len()).any(|member| self.ask(member, "GET", "/synchronous", "") == Some(200))
    }

    /// A planned switchover, as before maintenance. Returns once the other member is the primary.
    pub fn switch_over(&mut self) {
        let from = self.primary().expect("a primary");
        let body = json!({"leader": MEMBERS[from], "candidate": MEMBERS[1 - from]});
        let answer = self.ask(from, "POST", "/switchover", &body.to_string());
        assert_eq!(answer, Some(200), "{}", self.logs());
        self.wait_until("the other one does not take over", |patroni| patroni.primary() == Some(1 - from));
    }

    /// Simulates a power loss of the primary. Returns the old primary, once the other member is the primary.
    pub fn crash_primary(&mut self) -> usize {
        let from = self.primary().expect("a primary");
        self.tell("crash", from);
        self.wait_until("the other one does not take over", |patroni| patroni.primary() == Some(1 - from));
        from
    }

    pub fn start_member(&mut self, member: usize) {
        self.tell("start", member);
    }

    #[track_caller]
    pub fn wait_until(&self, otherwise: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "{otherwise}: {}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns the status. Patroni's responses are HTTP/1.0, without a length.
    fn ask(&self, member: usize, method: &str, path: &str, body: &str) -> Option<u16> {
        let mut stream = TcpStream::connect(self.apis[member]).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }

    fn tell(&mut self, what: &str, member: usize) {
        let orders = self.orders.as_mut().expect("the watcher listens");
        writeln!(orders, "{what} {}", MEMBERS[member]).expect("the watcher listens");
        self.await_line("done");
    }

    fn await_line(&mut self, expected: &str) {
        let mut line = String::new();
        self.told.read_line(&mut line).expect("the watcher speaks");
        assert_eq!(line.trim_end(), expected);
    }

    fn logs(&self) -> String {
        let log =
            |name: &str| fs::read_to_string(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        let last = |name: &str| log(name).lines().rev().take(15).map(str::to_owned).collect::<Vec<_>>();
        let tail = |name: &str| last(name).into_iter().rev().collect::<Vec<_>>().join("\n");
        ["etcd", "a", "b"].map(|name| format!("== {name}\n{}", tail(name))).join("\n")
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.watcher.wait();
    }
}

/// The user that runs PostgreSQL may not be able to read this checkout.
fn copy_programs(folder: &Path) {
    let tools = root().join(".tools");
    let missing = "run scripts/install-test-dependencies: it brings etcd and Patroni";
    let etcd = folder.join("etcd");
    fs::copy(tools.join("etcd/usr/bin/etcd"), &etcd).expect(missing);
    fs::set_permissions(&etcd, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    let versions = fs::read_dir(tools.join("patroni/lib")).expect(missing);
    let python = versions.flatten().next().expect(missing).path().join("site-packages");
    let copied = Command::new("cp").arg("-r").arg(python).arg(folder.join("python")).status();
    assert!(copied.expect("cp starts").success(), "{missing}");
}

fn settings(
    name: &str,
    folder: &Path,
    binaries: &Path,
    database: SocketAddr,
    api: SocketAddr,
    etcd: SocketAddr,
) -> Value {
    let login = json!({"username": SUPERUSER});
    json!({
        "scope": "claviger",
        "name": name,
        "restapi": {"listen": api.to_string(), "connect_address": api.to_string()},
        "etcd3": {"host": etcd.to_string()},
        "bootstrap": {
            "dcs": {
                "ttl": 20, "loop_wait": 1, "retry_timeout": 3, "primary_start_timeout": 0,
                "synchronous_mode": true,
                "postgresql": {
                    "use_pg_rewind": true,
                    "parameters": {"max_connections": 100, "shared_buffers": "16MB", "wal_log_hints": "on"},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}],
        },
        "postgresql": {
            "listen": database.to_string(),
            "connect_address": database.to_string(),
            "data_dir": folder.join(name),
            "bin_dir": binaries,
            "pgpass": folder.join(format!("{name}.pgpass")),
            "authentication": {"superuser": login, "replication": login, "rewind": login},
            "parameters": {"unix_socket_directories": folder},
            "pg_hba": ["local all all trust", "host all all 127.0.0.1/32 trust",
                       "host replication all 127.0.0.1/32 trust"],
        },
    })
}
