//! Listing and searching a hundred thousand credentials through the API.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::statistics::{grouped, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;

const CREDENTIALS: usize = 100_000;
const IN_ONE_CALL: usize = 1_000;
const ROUNDS: usize = 20;
const GOAL: Duration = Duration::from_millis(50);

/// Name and query. The searched name is in the last part of the list; one search has no match.
const ASKED: [(&str, &str); 6] = [
    ("first page", "limit=50"),
    ("by name, backwards", "sort=-name&limit=200"),
    ("search that finds one", "q=listed-099777"),
    ("search that finds nothing, by name", "q=nowhere&sort=name"),
    ("revoked ones, of which there are none", "status=revoked"),
    ("search among the active, by name", "q=listed-0997&status=active&sort=name"),
];

pub fn rows(cores: Cores, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let claviger = Launch::new(binary, folder.join("lists")).start(cores)?;
    let connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
    let mut connection = connection.with_room_for_lists();
    import(&claviger, &mut connection, 0..CREDENTIALS)?;
    let what = format!("{} credentials", grouped(CREDENTIALS as f64));
    let measure = |(name, query)| {
        row(&claviger, &mut connection, &format!("{what}: {name}"), "service-credentials", query)
    };
    ASKED.into_iter().map(measure).collect()
}

/// Creates credentials that are named after these numbers.
pub fn import(claviger: &Claviger, connection: &mut Connection, numbers: Range<usize>) -> Attempt<()> {
    for first in numbers.clone().step_by(IN_ONE_CALL) {
        let mut lines = String::new();
        for index in first..numbers.end.min(first + IN_ONE_CALL) {
            let line = format!(
                r#"{{"name":"listed-{index:06}","description":"of the bench","validity_days":365,"token_ttl_seconds":3600}}"#
            );
            writeln!(lines, "{line}").map_err(while_doing("writing what is imported"))?;
        }
        let answer =
            connection.exchange(&import_request(claviger, &lines)).map_err(while_doing("importing"))?;
        if answer.status != 201 {
            return Err(format!("The import was answered {}.", answer.status));
        }
    }
    Ok(())
}

/// The slowest of twenty sequential requests.
pub fn row(
    claviger: &Claviger,
    connection: &mut Connection,
    measured: &str,
    noun: &str,
    query: &str,
) -> Attempt<Row> {
    let request = list_request(claviger, noun, query);
    let mut worst = Duration::ZERO;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let answer = connection.exchange(&request).map_err(while_doing("listing"))?;
        worst = worst.max(began.elapsed());
        if answer.status != 200 {
            return Err(format!("{query} was answered {}.", answer.status));
        }
    }
    let mut row = Row::new(measured, "≤ 50 ms");
    row.claviger = milliseconds(worst.as_secs_f64());
    row.verdict = Verdict::of(worst <= GOAL);
    Ok(row)
}

fn list_request(claviger: &Claviger, noun: &str, query: &str) -> Vec<u8> {
    let (realm, token) = (&claviger.quickstart.realm, &claviger.quickstart.owner.personal_access_token);
    format!(
        "GET /api/v1/realms/{realm}/{noun}?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

pub fn import_request(claviger: &Claviger, lines: &str) -> Vec<u8> {
    let (realm, token) = (&claviger.quickstart.realm, &claviger.quickstart.owner.personal_access_token);
    format!(
        "POST /api/v1/realms/{realm}/service-credentials/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/jsonl\r\nContent-Length: {}\r\n\r\n{lines}",
        lines.len()
    )
    .into_bytes()
}
