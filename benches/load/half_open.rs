//! T-11: the effect on other clients of five thousand connections that never finish a request.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::servers::stage::CONNECTIONS;
use crate::statistics::{grouped, megabytes, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::generator::open_loop;
use crate::traffic::request::Requests;
use crate::traffic::tally::Expected;

const HALF_OPEN: usize = 5_000;
const GOAL: Duration = Duration::from_millis(100);
/// Memory goal for the unfinished requests, in bytes: their buffers, without kernel memory.
const MEMORY_GOAL: u64 = 200_000_000;
/// Rate of the clients that finish their requests.
const RATE: f64 = 500.0;

/// Long enough for a request on each connection.
const WARM_UP: Duration = Duration::from_secs(1);

/// Half of them stop in the head, half in the body.
const BEGINNINGS: [&str; 2] = [
    "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Ty",
    "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
     Content-Length: 60000\r\n\r\ngrant_type=client_cred",
];

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let claviger = Launch::new(binary, folder.join("half-open"))
        .with("CLAVIGER_MAX_CONNECTIONS_PER_ADDRESS", "6000")
        .start(cores)?;
    let mut pool = claviger.connect(CONNECTIONS)?;
    let mut requests = Requests::endless(claviger.token_request());
    let quiet = open_loop(&mut pool, &mut requests, Expected::Token, RATE, pace.flood / 2)?;
    let before = claviger.resident_memory()?;
    let held = (0..HALF_OPEN).map(|index| begin(claviger.address, index)).collect::<Attempt<Vec<_>>>()?;
    // The previous idle connections may have been closed meanwhile.
    let mut pool = claviger.connect(CONNECTIONS)?;
    // Their first requests wait until the server has accepted all connections before them.
    let first = open_loop(&mut pool, &mut requests, Expected::Token, RATE, WARM_UP)?;
    let during = open_loop(&mut pool, &mut requests, Expected::Token, RATE, pace.flood)?;
    let resident = claviger.resident_memory()?;
    drop(held);

    let p99 = during.quantile(0.99);
    let connections = grouped(HALF_OPEN as f64);
    let mut time =
        Row::new(&format!("T-11, p99 of tokens beside {connections} half-open connections"), "< 100 ms");
    time.claviger = milliseconds(p99.as_secs_f64());
    time.beside = format!("without: {}", milliseconds(quiet.quantile(0.99).as_secs_f64()));
    time.verdict = Verdict::of(p99 < GOAL && during.faults.total() + first.faults.total() == 0);
    time.notes.push(format!(
        "the first second, while earlier connections are still being accepted: at most {}",
        milliseconds(first.quantile(1.0).as_secs_f64())
    ));
    if during.faults.total() > 0 {
        time.notes.push(format!("not answered with a token: {}", during.faults));
    }
    let mut memory =
        Row::new(&format!("T-11, memory with {connections} half-open connections"), "≤ 200 MB more");
    memory.claviger = megabytes(resident);
    memory.beside = format!("without: {}", megabytes(before));
    memory.verdict = Verdict::of(resident.saturating_sub(before) <= MEMORY_GOAL);
    Ok(vec![time, memory])
}

fn begin(address: SocketAddr, index: usize) -> Attempt<TcpStream> {
    let mut stream = TcpStream::connect(address).map_err(while_doing("opening a connection"))?;
    let beginning = BEGINNINGS[index % BEGINNINGS.len()];
    stream.write_all(beginning.as_bytes()).map_err(while_doing("beginning a request"))?;
    Ok(stream)
}
