//! One server: started, stopped, followed by a standby, promoted.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use crate::postgres::folder::{PORT, private_folder};
use crate::postgres::installed::newest_binaries;
use crate::postgres::watcher::{SUPERUSER, start_watched};

pub struct Postgres {
    pub(super) binaries: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) databases: AtomicU32,
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

    fn start(more_settings: &str, primary: &str) -> Result<Self, String> {
        let binaries = newest_binaries()?;
        let folder = private_folder()?;
        let alive = start_watched(&binaries, &folder, more_settings, primary).inspect_err(|_| {
            // The watcher removes it too, but may not have got that far.
            let _ = fs::remove_dir_all(&folder);
        })?;
        Ok(Self { binaries, folder, databases: AtomicU32::new(0), _alive: alive })
    }
}
