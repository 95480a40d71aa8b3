//! `claviger serve --dev`, started for one measurement.

use std::env;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::servers::cores::Cores;
use crate::servers::process::{Process, free_address, resident_memory};
use crate::servers::quickstart::Quickstart;
use crate::traffic::connection::Connection;
use crate::traffic::pool::Pool;
use crate::traffic::request::{readiness_request, token_request};
use crate::traffic::tally::Expected;

const START_AT_MOST: Duration = Duration::from_secs(30);

pub struct Claviger {
    pub process: Process,
    pub address: SocketAddr,
    pub quickstart: Quickstart,
}

/// Options for starting a server.
pub struct Launch<'a> {
    pub binary: &'a Path,
    /// Contains the data folder and the stderr log.
    pub folder: PathBuf,
    pub keep: bool,
    pub environment: Vec<(&'static str, String)>,
}

impl<'a> Launch<'a> {
    pub fn new(binary: &'a Path, folder: PathBuf) -> Self {
        Self { binary, folder, keep: false, environment: Vec::new() }
    }

    pub fn with(mut self, setting: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((setting, value.into()));
        self
    }

    pub fn keeping(mut self) -> Self {
        self.keep = true;
        self
    }

    /// Returns when the server is ready.
    pub fn start(&self, cores: Cores) -> Attempt<Claviger> {
        let (mut process, address) = self.spawn(cores)?;
        let ready = || is_ready(address).then_some(());
        self.tell(process.wait_until("get ready", START_AT_MOST, ready))?;
        let found = || Quickstart::find(&self.data_folder());
        let quickstart = self.tell(process.wait_until("write quickstart.json", START_AT_MOST, found))?;
        Ok(Claviger { process, address, quickstart })
    }

    /// Another server on the same data, which the first has set up.
    pub fn start_beside(&self, first: &Claviger, cores: Cores) -> Attempt<Claviger> {
        let (mut process, address) = self.spawn_as(cores, &[])?;
        let ready = || is_ready(address).then_some(());
        self.tell(process.wait_until("get ready", START_AT_MOST, ready))?;
        Ok(Claviger { process, address, quickstart: first.quickstart.clone() })
    }

    /// From just before the process start to the first token, including the setup by `--dev`.
    pub fn time_to_first_token(&self, cores: Cores) -> Attempt<Duration> {
        let known = if self.keep { Quickstart::find(&self.data_folder()) } else { None };
        let start = Instant::now();
        let (mut process, address) = self.spawn(cores)?;
        let token = || {
            let quickstart = known.clone().or_else(|| Quickstart::find(&self.data_folder()))?;
            let request = token_request(&quickstart.realm, &quickstart.service_credential);
            let mut connection = Connection::open(address, None).ok()?;
            let answer = connection.exchange(&request).ok()?;
            let marker = Expected::Token.marker();
            let issued = answer.body.windows(marker.len()).any(|window| window == marker);
            (answer.status == 200 && issued).then(|| start.elapsed())
        };
        self.tell(process.wait_until("issue a token", START_AT_MOST, token))
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn spawn(&self, cores: Cores) -> Attempt<(Process, SocketAddr)> {
        let keep = if self.keep { &["--dev", "--keep"][..] } else { &["--dev"] };
        self.spawn_as(cores, keep)
    }

    fn spawn_as(&self, cores: Cores, flags: &[&str]) -> Attempt<(Process, SocketAddr)> {
        let address = free_address()?;
        fs::create_dir_all(&self.folder).map_err(while_doing("making a folder for the server"))?;
        let errors = File::create(self.stderr_file()).map_err(while_doing("making a file for its log"))?;
        let mut command = Command::new(self.binary);
        command
            .args(["serve", "--listen", &address.to_string(), "--data-dir"])
            .arg(self.data_folder())
            .args(flags)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            // `--dev` prints keys there.
            .stdout(Stdio::null())
            .stderr(errors);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CLAVIGER_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok((Process::spawn_on_server_core(cores, &mut command, "claviger")?, address))
    }

    fn stderr_file(&self) -> PathBuf {
        self.folder.join("stderr")
    }

    /// Adds the last lines of the server's log to a failure, leaving out any that could hold a secret.
    fn tell<T>(&self, attempt: Attempt<T>) -> Attempt<T> {
        attempt.map_err(|failure| {
            let log = fs::read_to_string(self.stderr_file()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("clv")).collect();
            let last = lines[lines.len().saturating_sub(5)..].join(" / ");
            if last.is_empty() { failure } else { format!("{failure} Its last words: {last}") }
        })
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let answer = |request: &[u8]| Connection::open(address, None)?.exchange(request).map(|one| one.status);
    answer(&readiness_request()).is_ok_and(|status| status == 200)
}

impl Claviger {
    pub fn connect(&self, connections: usize) -> Attempt<Pool> {
        Pool::open(self.address, connections)
    }

    pub fn token_request(&self) -> Vec<u8> {
        token_request(&self.quickstart.realm, &self.quickstart.service_credential)
    }

    /// Bytes of memory that are in use and not swapped out.
    pub fn resident_memory(&self) -> Attempt<u64> {
        resident_memory(self.process.id())
    }
}
