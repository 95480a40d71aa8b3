//! The servers of the throughput rows, side by side on one core: claviger and its baselines.

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::baseline::Work;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::process::{Process, free_address};
use crate::traffic::connection::Connection;
use crate::traffic::generator::closed_loop_with;
use crate::traffic::request::{Requests, introspection_request};
use crate::traffic::shape::{Shape, access_token};
use crate::traffic::tally::Expected;

/// Connections of every load, open or closed.
pub const CONNECTIONS: usize = 32;

pub struct Stage {
    pub pace: Pace,
    pub claviger: Claviger,
    /// Without a token cache: verifies every token, as servers do for tokens that another node issued.
    pub verifying: Claviger,
    pub sign: Baseline,
    pub verify: Baseline,
    pub nothing: Baseline,
}

pub struct Baseline {
    pub process: Process,
    pub address: SocketAddr,
}

impl Stage {
    pub fn set(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Self> {
        let claviger = Launch::new(binary, folder.join("throughput")).start(cores)?;
        let mut connection = Connection::open(claviger.address, None)
            .map_err(while_doing("connecting to claviger for the first time"))?;
        let shape = Shape::observe(&mut connection, &claviger.quickstart)?.to_json()?;
        Ok(Self {
            pace,
            claviger,
            verifying: Launch::new(binary, folder.join("verifying"))
                .with("CLAVIGER_TOKEN_CACHE_BYTES", "0")
                .start(cores)?,
            sign: Baseline::start(cores, Work::Sign, &shape)?,
            verify: Baseline::start(cores, Work::Verify, &shape)?,
            nothing: Baseline::start(cores, Work::Nothing, &shape)?,
        })
    }
}

impl Baseline {
    fn start(cores: Cores, work: Work, shape: &str) -> Attempt<Self> {
        let this_program = env::current_exe().map_err(while_doing("looking for this program's own file"))?;
        let address = free_address()?;
        let mut command = Command::new(this_program);
        command.args(["--baseline", work.name(), &address.to_string(), shape]).stdin(Stdio::null());
        let mut process = Process::spawn_on_server_core(cores, &mut command, "a baseline server")?;
        let answers = || Connection::open(address, None).ok().map(drop);
        process.wait_until("listen", Duration::from_secs(10), answers)?;
        Ok(Self { process, address })
    }
}

/// Introspection requests for this many tokens that the server has never seen presented.
pub fn introspections_of_fresh_tokens(claviger: &Claviger, count: usize) -> Attempt<Requests> {
    let mut pool = claviger.connect(CONNECTIONS)?;
    let mut issuing = Requests::times(claviger.token_request(), count);
    let mut requests = Vec::with_capacity(count);
    let mut unreadable = None;
    let at_most = Duration::from_secs(60);
    let tally =
        closed_loop_with(
            &mut pool,
            &mut issuing,
            Expected::Token,
            at_most,
            &mut |answer| match access_token(answer.body) {
                Ok(token) => requests.push(introspection_request(&claviger.quickstart, &token)),
                Err(failure) => unreadable = Some(failure),
            },
        )?;
    match unreadable {
        Some(failure) => Err(format!("{failure} (while issuing {count} tokens: {})", tally.faults)),
        None => Ok(Requests::each_once(requests)),
    }
}
