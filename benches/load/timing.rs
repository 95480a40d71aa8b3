//! T-02: refusing an unknown client id and a wrong key must take the same time.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::servers::quickstart::ClientCredential;
use crate::statistics::{Spread, microseconds};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;
use crate::traffic::request::token_request;
use crate::traffic::wrong_key::wrong_key;

const GOAL: Duration = Duration::from_micros(5);
const WARM_UP: usize = 500;

pub fn row(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Row> {
    let claviger = Launch::new(binary, folder.join("timing"))
        // Otherwise most of these answers would be 429.
        .with("CLAVIGER_AUTH_FAILURES_PER_ADDRESS", "0")
        .with("CLAVIGER_AUTH_FAILURES_PER_CLIENT", "0")
        .start(cores)?;
    let realm = &claviger.quickstart.realm;
    let known = &claviger.quickstart.service_credential.client_id;
    let refused = |client_id: String| {
        token_request(realm, &ClientCredential { client_id, client_key: wrong_key("clvk_") })
    };
    let unknown = refused(another_id(known));
    let wrong = refused(known.clone());

    let mut pairs = Pairs::open(claviger.address)?;
    for index in 0..WARM_UP + pace.timing_pairs {
        // The second request of a pair could profit from the first, so they alternate.
        let both = if index % 2 == 0 { [&unknown, &wrong] } else { [&wrong, &unknown] };
        let first = pairs.time(both[0])?;
        let second = pairs.time(both[1])?;
        let (of_unknown, of_wrong) = if index % 2 == 0 { (first, second) } else { (second, first) };
        if index >= WARM_UP {
            pairs.unknown.push(of_unknown);
            pairs.wrong.push(of_wrong);
        }
    }

    let unknown = Spread::of_durations(pairs.unknown).median;
    let wrong = Spread::of_durations(pairs.wrong).median;
    let difference = (unknown - wrong).abs();
    let mut row = Row::new("T-02, median time to refuse an unknown client id", "< 5 µs apart");
    row.claviger = microseconds(unknown);
    row.beside = format!("known, wrong key: {}", microseconds(wrong));
    row.comparison = microseconds(difference);
    row.verdict = Verdict::of(difference < GOAL.as_secs_f64());
    row.notes.push(format!("{} interleaved pairs on one connection", pace.timing_pairs));
    Ok(row)
}

struct Pairs {
    connection: Connection,
    unknown: Vec<Duration>,
    wrong: Vec<Duration>,
}

impl Pairs {
    fn open(to: SocketAddr) -> Attempt<Self> {
        let connection = Connection::open(to, None).map_err(while_doing("connecting to claviger"))?;
        Ok(Self { connection, unknown: Vec::new(), wrong: Vec::new() })
    }

    fn time(&mut self, request: &[u8]) -> Attempt<Duration> {
        let start = Instant::now();
        let answer = self.connection.exchange(request).map_err(while_doing("asking with a wrong key"))?;
        let elapsed = start.elapsed();
        if answer.status == 401 { Ok(elapsed) } else { Err(unexpected(answer.status)) }
    }
}

fn unexpected(status: u16) -> String {
    format!("A wrong key is answered with {status}; with the limits of failures off it should be 401.")
}

/// Another UUID of the same version: its last hexadecimal digits are changed.
fn another_id(known: &str) -> String {
    let start = known.len().saturating_sub(12);
    let turned = |digit: char| match digit.to_digit(16) {
        Some(value) => char::from_digit(15 - value, 16).unwrap_or(digit),
        None => digit,
    };
    known.char_indices().map(|(index, digit)| if index < start { digit } else { turned(digit) }).collect()
}
