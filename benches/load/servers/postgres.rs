//! A temporary PostgreSQL that counts the statements it receives.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::failure::{Attempt, while_doing};
use crate::servers::process::Process;

const SUPERUSER: &str = "postgres";
const DATABASE: &str = "claviger";

/// Fields are dropped in this order: the server ends before its folder is deleted.
pub struct Postgres {
    _process: Process,
    programs: PathBuf,
    folder: TempDir,
}

impl Postgres {
    pub fn start() -> Attempt<Self> {
        let programs = find_programs()?;
        let folder = tempfile::Builder::new()
            .prefix("claviger-bench-")
            .tempdir()
            .map_err(while_doing("making a folder for PostgreSQL"))?;
        // PostgreSQL refuses to run as root.
        let user = if geteuid().is_root() { Some(unprivileged_user()?) } else { None };
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))
                .map_err(while_doing("giving PostgreSQL its folder"))?;
        }
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };

        let data = folder.path().join("data");
        let mut initdb = program("initdb");
        initdb
            .args(["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-U", SUPERUSER, "-D"])
            .arg(&data);
        succeed(initdb.stderr(Stdio::piped()).output(), "initdb")?;

        let mut postgres = program("postgres");
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path()).stderr(Stdio::null());
        for setting in [
            "listen_addresses=",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.track=all",
        ] {
            postgres.args(["-c", setting]);
        }
        // INT is PostgreSQL's fast shutdown; TERM would wait for clients.
        let mut process = Process::spawn(&mut postgres, "PostgreSQL", Signal::INT)?;
        let answers = || query(&programs, folder.path(), "select 1").ok().map(drop);
        process.wait_until("answer", Duration::from_secs(30), answers)?;

        let server = Self { _process: process, programs, folder };
        // The extension has its own database, because claviger requires an empty one.
        server.query("create extension pg_stat_statements")?;
        server.query(&format!("create database {DATABASE}"))?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        self.url_of(SUPERUSER)
    }

    pub fn url_of(&self, user: &str) -> String {
        format!("postgres:///{DATABASE}?host={}&user={user}", self.folder.path().display())
    }

    pub fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn forget_statements(&self) -> Attempt<()> {
        self.query("select pg_stat_statements_reset()").map(drop)
    }

    /// Statements sent to claviger's database since the last `forget_statements`.
    pub fn statements(&self) -> Attempt<u64> {
        let count = self.query(&of_claviger("select coalesce(sum(calls), 0)::bigint", ""))?;
        count.trim().parse().map_err(|_| format!("PostgreSQL counts {count:?} statements."))
    }

    /// The three most frequent statements, each with its count, cut to 60 characters.
    pub fn most_frequent_statements(&self) -> Attempt<String> {
        let columns = "select calls || ' × ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 60)";
        let lines = self.query(&of_claviger(columns, "order by calls desc limit 3"))?;
        Ok(lines.trim().lines().collect::<Vec<_>>().join("; "))
    }

    pub fn query(&self, sql: &str) -> Attempt<String> {
        query(&self.programs, self.folder.path(), sql)
    }
}

fn of_claviger(select: &str, order: &str) -> String {
    format!(
        "{select} from pg_stat_statements join pg_database on pg_database.oid = dbid \
         where datname = '{DATABASE}' {order}"
    )
}

fn query(programs: &Path, socket_folder: &Path, sql: &str) -> Attempt<String> {
    let mut psql = Command::new(programs.join("psql"));
    psql.arg("-h").arg(socket_folder).args(["-U", SUPERUSER, "-d", "postgres", "-XAtqc", sql]);
    succeed(psql.stdin(Stdio::null()).output(), "psql")
}

fn succeed(output: std::io::Result<Output>, program: &str) -> Attempt<String> {
    let output = output.map_err(while_doing(format!("starting {program}")))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.trim().lines().last().unwrap_or("nothing on stderr").to_owned();
        return Err(format!("{program} failed: {last}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The folder of the newest version, installed or unpacked, or wherever the search path has `initdb`.
fn find_programs() -> Attempt<PathBuf> {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/debian/postgresql");
    let places = [PathBuf::from("/usr/lib/postgresql"), unpacked];
    let versions = places.into_iter().filter_map(|place| fs::read_dir(place).ok()).flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.into_iter().find(|folder| folder.join("initdb").exists());
    found.ok_or_else(|| {
        "PostgreSQL is not installed: `apt-get install postgresql`, or skip row sql.".to_owned()
    })
}

/// The user `postgres` of Debian's package, else `nobody`: user and group id.
fn unprivileged_user() -> Attempt<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").map_err(while_doing("reading /etc/passwd"))?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).ok_or_else(|| {
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.".to_owned()
    })
}
