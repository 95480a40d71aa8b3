//! The three servers, and what is done to them and asked of them.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::credentials::{self, Made};
use crate::failure::{Attempt, while_doing};
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::disk;
use crate::servers::postgres::Postgres;
use crate::servers::quickstart::ClientCredential;
use crate::traffic::connection::Connection;
use crate::traffic::request::token_request;
use crate::traffic::tally::Expected;

pub const NODES: usize = 3;

/// Timeout for a node's recovery and for anything else that takes a few leases.
const AT_MOST: Duration = Duration::from_secs(60);

pub struct Cluster {
    pub nodes: Vec<Claviger>,
    pub postgres: Postgres,
    /// Sync latency of one small write on the database's disk.
    pub disk: Vec<Duration>,
    next: usize,
}

impl Cluster {
    /// Each node has its own database user, so that one of them can be locked out.
    pub fn start(cores: Cores, binary: &Path, folder: &Path) -> Attempt<Self> {
        let postgres = Postgres::start()?;
        let mut launches = Vec::new();
        for node in 0..NODES {
            let user = format!("node_{node}");
            postgres.query(&format!("create role {user} superuser login"))?;
            let launch = Launch::new(binary, folder.join(&user));
            let launch = launch.with("CLAVIGER_DATABASE_URL", postgres.url_of(&user));
            launches.push(launch.with("CLAVIGER_NODE_NAME", user).with("CLAVIGER_LOG_LEVEL", "error"));
        }
        let mut launches = launches.into_iter();
        let first = launches.next().ok_or("There are no nodes.")?.start(cores)?;
        let keys = folder.join("node_0/data/keys");
        let mut nodes = vec![first];
        for launch in launches {
            let launch = launch.with("CLAVIGER_KEYS_DIR", keys.display().to_string());
            let launch = launch.with("CLAVIGER_PUBLIC_URL", format!("http://{}", nodes[0].address));
            nodes.push(launch.start_beside(&nodes[0], cores)?);
        }
        let disk = disk::syncs(&postgres.data_folder(), 50)?;
        Ok(Self { nodes, postgres, disk, next: 0 })
    }

    pub fn make(&mut self, count: usize) -> Attempt<Vec<Made>> {
        let first = self.next;
        self.next += count;
        credentials::make(&self.nodes[0], first..self.next)
    }

    pub fn token(&self, node: usize, made: &Made) -> Attempt<String> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
        }
        let client =
            ClientCredential { client_id: made.client_id.clone(), client_key: made.client_key.clone() };
        let request = token_request(&self.nodes[node].quickstart.realm, &client);
        let mut line = self.line(node)?;
        let answer = line.exchange(&request).map_err(while_doing("asking for a token"))?;
        let token: Token = serde_json::from_slice(answer.body).map_err(while_doing("reading a token"))?;
        Ok(token.access_token)
    }

    pub fn revoke(&self, line: &mut Connection, made: &Made) -> Attempt<Duration> {
        credentials::revoke(&self.nodes[0].quickstart, line, made)
    }

    pub fn until_active(&self, node: usize, request: &[u8]) -> Attempt<()> {
        let begun = Instant::now();
        while !self.ask(node, request)?.1 {
            check(begun, "a token to be active")?;
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// The status, and whether the response reports an active token.
    pub fn ask(&self, node: usize, request: &[u8]) -> Attempt<(u16, bool)> {
        let mut line = self.line(node)?;
        let answer = line.exchange(request).map_err(while_doing("asking a node"))?;
        let marker = Expected::ActiveToken.marker();
        Ok((answer.status, answer.body.windows(marker.len()).any(|window| window == marker)))
    }

    pub fn line(&self, node: usize) -> Attempt<Connection> {
        Connection::open(self.nodes[node].address, None).map_err(while_doing("connecting"))
    }

    pub fn lines(&self) -> Attempt<Vec<Connection>> {
        (0..NODES).map(|node| self.line(node)).collect()
    }

    pub fn signal(&self, node: usize, signal: Signal) -> Attempt<()> {
        let pid = i32::try_from(self.nodes[node].process.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.ok_or("A node has no process.")?, signal).map_err(while_doing("sending a signal"))
    }
}

pub fn check(begun: Instant, what: &str) -> Attempt<()> {
    if begun.elapsed() < AT_MOST { Ok(()) } else { Err(format!("Waited too long for {what}.")) }
}
