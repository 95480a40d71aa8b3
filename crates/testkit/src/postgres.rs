//! A temporary PostgreSQL: one server per test process, removed when the process ends in any way.

use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// PostgreSQL refuses to run as root; its Debian package brings this user.
const USER_WHEN_ROOT: &str = "postgres";

pub const SUPERUSER: &str = "postgres";

/// Explicit, so that a `PGPORT` in the environment affects neither side.
const PORT: u16 = 5432;

/// A socket's path, its closing NUL included, has 108 bytes on Linux and fewer elsewhere.
const MAX_SOCKET_PATH: usize = 103;

/// `fsync` stays on: tests that kill a server check its data on disk afterwards.
/// Text is collated by language, as on most servers: queries that need byte order must request it.
const SETTINGS: &str = "\
listen_addresses = ''
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
shared_buffers = 16MB
max_connections = 300
max_wal_size = 256MB
";

/// The watcher. It starts the server, prints `ready`, and then reads a pipe whose other end only the test process has.
/// The kernel closes that end even after `kill -9`. The watcher starts before the first file is written, so that a test
/// process that dies during the start leaves nothing behind either.
const WATCHER: &str = r#"
# ignored, so that neither Ctrl-C in the terminal nor a closed pipe ends the one who cleans up
trap '' HUP INT TERM PIPE
binaries=$1 folder=$2 superuser=$3 settings=$4 primary=$5
exec 2>&1
begin() {
    if [ -n "$primary" ]; then
        "$binaries/pg_basebackup" --pgdata=data --dbname="$primary" --write-recovery-conf --checkpoint=fast --no-sync
    else
        "$binaries/initdb" --pgdata=data --username="$superuser" --auth=trust --no-sync --encoding=UTF8 \
            --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US
    fi
}
cd "$folder" &&
begin >log 2>&1 &&
printf '%s' "$settings" >>data/postgresql.conf &&
"$binaries/pg_ctl" start --pgdata=data --wait --timeout=120 --log=log >start 2>&1
if [ $? -eq 0 ]; then
    echo ready
    read -r _
else
    cat log start 2>/dev/null
fi
"$binaries/pg_ctl" stop --pgdata=data --mode=immediate --wait --silent >/dev/null 2>&1
cd /
rm -rf "$folder"
"#;

pub struct Postgres {
    binaries: PathBuf,
    folder: PathBuf,
    databases: AtomicU32,
    /// The write end of the watcher's pipe. Close-on-exec, as all files that `std` opens, so that no child holds it.
    _alive: ChildStdin,
}

impl Postgres {
    /// The server of this test process; the first call starts it, and takes a second or two.
    ///
    /// # Panics
    /// With one sentence and PostgreSQL's error message, if PostgreSQL is missing or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::of_its_own(""))
    }

    /// Another server, for a test that stops it or changes its settings; removed when dropped.
    ///
    /// # Panics
    /// As [`Postgres::shared`].
    pub fn of_its_own(more_settings: &str) -> Self {
        Self::start(more_settings, "").unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// A standby that follows this server under a name, ready to take over.
    ///
    /// # Panics
    /// As [`Postgres::shared`].
    pub fn standby(&self, name: &str) -> Self {
        let folder = self.folder.display();
        let primary = format!("host={folder} port={PORT} user={SUPERUSER} application_name={name}");
        Self::start("", &primary).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// Promotes a standby, regardless of its old primary.
    pub fn promote(&self) {
        self.pg_ctl(&["promote"]);
    }

    /// The URL of a database at whichever of both servers accepts writes.
    pub fn url_of_both(&self, other: &Self, database_url: &str) -> String {
        let (own, others) = (self.folder.display().to_string(), other.folder.display().to_string());
        let url = database_url.replace(&own, &format!("{own},{others}"));
        format!("{url}&target_session_attrs=read-write")
    }

    /// The UNIX socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{PORT}"))
    }

    /// `fast` ends its sessions first; `immediate` simulates a power loss, with recovery at the next start.
    pub fn stop(&self, mode: &str) {
        self.pg_ctl(&["stop", "--mode", mode]);
    }

    pub fn start_again(&self) {
        let log = self.folder.join("log");
        self.pg_ctl(&["start", "--timeout=120", "--log", &log.to_string_lossy()]);
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let mut command = Command::new(self.binaries.join("pg_ctl"));
        command.args(arguments).arg("--pgdata").arg(self.folder.join("data")).args(["--wait", "--silent"]);
        let owner = fs::metadata(&self.folder).expect("its folder");
        if rustix::process::getuid().as_raw() != owner.uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        // Detached from the terminal and from this process's environment and standard streams.
        command.process_group(0).env_clear().env("LC_ALL", "C.UTF-8").current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().expect("pg_ctl starts");
        assert!(
            status.success(),
            "pg_ctl {arguments:?}: {status}; see {}",
            self.folder.join("log").display()
        );
    }

    /// The URL of a new, empty database, as libpq reads it: `postgres:///name?host=/folder&port=…&user=…`.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        self.psql(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// Output of `psql`: a line per row, columns separated by `|`, no header. Several statements are one transaction.
    ///
    /// # Panics
    /// With psql's error message if a statement fails.
    pub fn psql(&self, database_url: &str, sql: &str) -> String {
        self.try_psql(database_url, sql).unwrap_or_else(|words| panic!("psql refused {sql:?}: {words}"))
    }

    /// The same, or psql's error message if a statement fails.
    pub fn try_psql(&self, database_url: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(self.binaries.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"])
            .args(["--dbname", database_url, "--command", sql])
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("psql does not start: {error}"));
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()),
        }
    }

    /// Ends all connections to one database and refuses new ones, or accepts connections again.
    ///
    /// # Panics
    /// With psql's error message, or if the URL is not one of `fresh_database`.
    pub fn let_in(&self, database_url: &str, allowed: bool) {
        let name = database_url.strip_prefix("postgres:///").and_then(|rest| rest.split('?').next());
        let name = name.unwrap_or_else(|| panic!("{database_url} is none of ours"));
        let elsewhere = self.url("postgres");
        self.psql(&elsewhere, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}"));
        if !allowed {
            let end =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            self.psql(&elsewhere, &end);
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port={PORT}&user={SUPERUSER}", self.folder.display())
    }

    fn start(more_settings: &str, primary: &str) -> Result<Self, String> {
        let binaries = newest_binaries(Path::new("/usr/lib/postgresql"))?;
        let folder = private_folder()?;
        Self::start_in(&binaries, &folder, more_settings, primary).inspect_err(|_| {
            // The watcher removes it too, but may not have got that far.
            let _ = fs::remove_dir_all(&folder);
        })
    }

    fn start_in(binaries: &Path, folder: &Path, more_settings: &str, primary: &str) -> Result<Self, String> {
        let mut watcher = Command::new("/bin/sh");
        if let Some((user, group)) = user_to_become(folder)? {
            chown(folder, Some(user), Some(group)).map_err(|error| {
                format!("cannot give {} to user {USER_WHEN_ROOT}: {error}", folder.display())
            })?;
            watcher.uid(user).gid(group);
        }
        let mut watcher = watcher
            .args(["-c", WATCHER, "throw-away-postgresql"])
            .args([binaries, folder])
            .arg(SUPERUSER)
            .arg(format!(
                "{SETTINGS}{more_settings}port = {PORT}\nunix_socket_directories = '{}'\n",
                folder.display()
            ))
            .arg(primary)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start /bin/sh for a throw-away PostgreSQL: {error}"))?;
        let (Some(alive), Some(words)) = (watcher.stdin.take(), watcher.stdout.take()) else {
            return Err("the watcher of the throw-away PostgreSQL came without its pipes".to_owned());
        };

        let mut words = BufReader::new(words);
        let mut said = String::new();
        words
            .read_line(&mut said)
            .map_err(|error| format!("the throw-away PostgreSQL's watcher went silent: {error}"))?;
        if said != "ready\n" {
            let _ = words.read_to_string(&mut said);
            let _ = watcher.wait();
            return Err(format!(
                "the throw-away PostgreSQL ({}) does not start in {}:\n{}",
                binaries.display(),
                folder.display(),
                said.trim_end()
            ));
        }
        Ok(Self {
            binaries: binaries.to_owned(),
            folder: folder.to_owned(),
            databases: AtomicU32::new(0),
            _alive: alive,
        })
    }
}

/// `{installed}/{version}/bin` of the highest version: Debian installs several side by side.
pub fn newest_binaries(installed: &Path) -> Result<PathBuf, String> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    fs::read_dir(installed)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let binaries = path.join("bin");
            let complete =
                ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| binaries.join(name).is_file());
            Some((version(&path).filter(|_| complete)?, binaries))
        })
        .max()
        .map(|(_, binaries)| binaries)
        .ok_or_else(|| {
            format!(
                "the tests need a PostgreSQL server, 15 or newer, and there is none in {}/*/bin: \
                 install the package postgresql (Debian: apt-get install postgresql)",
                installed.display()
            )
        })
}

/// A new folder that only its owner may enter: connections need no password, so it restricts access.
pub fn private_folder() -> Result<PathBuf, String> {
    let parent = parent_folder();
    // A number that an earlier process with the same id left behind is skipped.
    for number in 0..1000 {
        let folder = parent.join(format!("claviger-postgres-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("cannot make the folder {}: {error}", folder.display())),
        }
    }
    Err(format!("{} is full of folders named claviger-postgres-*: remove them", parent.display()))
}

/// `TMPDIR` if set and suitable, else shared memory if large enough. A database has 300 files, which some disks take
/// 300 ms to create and memory 20. Files in memory survive a killed process like files on disk, but not a power loss.
pub fn parent_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    match std::env::var_os("TMPDIR").map(PathBuf::from) {
        Some(folder) if fits_in_urls_and_settings(&folder) => folder,
        None if has_room(memory) => memory.to_owned(),
        _ => PathBuf::from("/tmp"),
    }
}

/// Whether 500 databases of 8 MB would fit; containers often have 64 MB of such memory in all.
fn has_room(folder: &Path) -> bool {
    const KIBIBYTES: u64 = 4 * 1024 * 1024;
    let Ok(output) = Command::new("df").arg("-Pk").arg(folder).stderr(Stdio::null()).output() else {
        return false;
    };
    // The second line: device, size, used, available, …
    let available = String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    available.is_some_and(|kibibytes| kibibytes >= KIBIBYTES)
}

/// Short enough for a socket, without characters that URLs, settings or shells need quoted.
fn fits_in_urls_and_settings(parent: &Path) -> bool {
    let longest = parent.join(format!("claviger-postgres-{}-999/.s.PGSQL.{PORT}.lock", u32::MAX));
    longest.to_str().is_some_and(|path| {
        path.starts_with('/')
            && path.len() <= MAX_SOCKET_PATH
            && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    })
}

/// The ids of another user if this process is root, detected by the owner of the folder that it just created.
pub fn user_to_become(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    let owner =
        fs::metadata(folder).map_err(|error| format!("cannot look at {}: {error}", folder.display()))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let users =
        fs::read_to_string("/etc/passwd").map_err(|error| format!("cannot read /etc/passwd: {error}"))?;
    users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&USER_WHEN_ROOT))
        .and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .map(Some)
        .ok_or_else(|| {
            format!(
                "PostgreSQL does not run as root, and there is no user {USER_WHEN_ROOT} to run it as: \
                 install the package postgresql, which makes one, or run the tests as another user"
            )
        })
}
