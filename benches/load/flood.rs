//! T-01: requests with the right key during a flood of wrong keys.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::quickstart::ClientCredential;
use crate::servers::stage::CONNECTIONS;
use crate::statistics::{grouped, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::generator::{closed_loop, open_loop};
use crate::traffic::pool::Pool;
use crate::traffic::request::{Requests, token_request};
use crate::traffic::tally::{Expected, Tally};
use crate::traffic::wrong_key::wrong_key;

const GOAL: Duration = Duration::from_millis(50);
/// Requests per second with the right key, from 127.0.0.1.
const RATE: f64 = 500.0;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let one_address = vec![Ipv4Addr::new(127, 0, 0, 2); CONNECTIONS];
    let thousand_addresses = (0..1000_u16).map(|index| {
        let [high, low] = (index + 256).to_be_bytes();
        Ipv4Addr::new(127, 1, high, low)
    });
    let floods = [("one address", one_address), ("a thousand addresses", thousand_addresses.collect())];
    let mut rows = Vec::new();
    for (name, addresses) in floods {
        // One server each: the first flood would exhaust the second one's rate limit.
        let claviger = Launch::new(binary, folder.join(format!("flood-{}", addresses.len()))).start(cores)?;
        rows.push(row(&claviger, name, addresses, pace.flood)?);
    }
    Ok(rows)
}

fn row(claviger: &Claviger, name: &str, addresses: Vec<Ipv4Addr>, length: Duration) -> Attempt<Row> {
    let mut right = claviger.connect(CONNECTIONS)?;
    let mut right_requests = Requests::endless(claviger.token_request());
    let quiet = open_loop(&mut right, &mut right_requests, Expected::Token, RATE, length / 2)?;

    let wrong_client = ClientCredential {
        client_id: claviger.quickstart.service_credential.client_id.clone(),
        client_key: wrong_key("clvk_"),
    };
    let wrong = token_request(&claviger.quickstart.realm, &wrong_client);
    let to = claviger.address;
    let flood = thread::spawn(move || flood(to, addresses, wrong, length));
    let during = open_loop(&mut right, &mut right_requests, Expected::Token, RATE, length);
    let flood = flood.join().map_err(|_| "The thread that floods broke off.")??;
    let during = during?;

    let tries = flood.faults.statuses.values().sum::<u64>();
    let of = |status: u16| flood.faults.statuses.get(&status).copied().unwrap_or_default();
    let p99 = during.quantile(0.99);
    let mut row = Row::new(
        &format!("T-01, p99 of the right key while wrong ones come from {name}"),
        "< 50 ms, never refused",
    );
    row.claviger = milliseconds(p99.as_secs_f64());
    row.beside = format!("without: {}", milliseconds(quiet.quantile(0.99).as_secs_f64()));
    row.verdict = Verdict::of(p99 < GOAL && during.faults.total() == 0);
    row.notes.push(format!(
        "{} wrong tries in {:.1} s ({}/s): {} × 401, {} × 429, {} others; not answered with a token although the key was right: {} of {}",
        grouped(tries as f64),
        flood.elapsed.as_secs_f64(),
        grouped(flood.rate()),
        of(401),
        of(429),
        flood.faults.total() - of(401) - of(429),
        if during.faults.total() == 0 { "none".to_owned() } else { during.faults.to_string() },
        during.sorted.len(),
    ));
    Ok(row)
}

/// The new thread inherits the load's core from its parent.
fn flood(to: SocketAddr, from: Vec<Ipv4Addr>, wrong: Vec<u8>, length: Duration) -> Attempt<Tally> {
    let mut pool = Pool::open_from(from, to)?;
    closed_loop(&mut pool, &mut Requests::endless(wrong), Expected::Token, length)
}
