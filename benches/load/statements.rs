//! SQL statements per token and introspection, counted by PostgreSQL itself.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::postgres::Postgres;
use crate::servers::stage::{CONNECTIONS, introspections_of_fresh_tokens};
use crate::statistics::grouped;
use crate::table::{Row, Verdict};
use crate::traffic::generator::closed_loop;
use crate::traffic::request::Requests;
use crate::traffic::tally::{Expected, Faults};

/// Usage counts are drained in batches, so that a few statements a second may follow from load without
/// belonging to any request. One request in a thousand with a statement of its own would be above this.
const MAX_PER_REQUEST: f64 = 0.001;

pub fn row(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Row> {
    let postgres = Postgres::start()?;
    let launch = Launch::new(binary, folder.join("sql")).with("CLAVIGER_DATABASE_URL", postgres.url());
    let claviger = launch.start(cores)?;
    let introspections = introspections_of_fresh_tokens(&claviger, pace.counted_tokens)?;
    // The server is idle only after the usage of these tokens is drained.
    sleep(pace.measurement);

    let length = pace.measurement * 2;
    postgres.forget_statements()?;
    let start = Instant::now();
    let load = Load::run(&claviger, introspections, length)?;
    let took = start.elapsed();
    let under_load = postgres.statements()?;
    let frequent = postgres.most_frequent_statements()?;

    sleep(pace.measurement);
    postgres.forget_statements()?;
    sleep(took);
    let idle = postgres.statements()?;

    let requests = load.tokens + load.introspections;
    let per_request = under_load.saturating_sub(idle) as f64 / requests as f64;
    let mut row =
        Row::new("SQL statements under tokens and introspections, counted by PostgreSQL", "0 per request");
    row.claviger = grouped(under_load as f64);
    row.beside = format!("as long idle: {}", grouped(idle as f64));
    row.comparison = format!("{per_request:.5} per request");
    row.verdict = Verdict::of(per_request < MAX_PER_REQUEST && load.faults.total() == 0);
    row.notes.push(format!(
        "{} tokens, {} introspections in {:.1} s; most frequent under load: {}",
        grouped(load.tokens as f64),
        grouped(load.introspections as f64),
        took.as_secs_f64(),
        if frequent.is_empty() { "none" } else { &frequent },
    ));
    if load.faults.total() > 0 {
        row.notes.push(format!("wrong answers of claviger: {}", load.faults));
    }
    Ok(row)
}

struct Load {
    tokens: u64,
    introspections: u64,
    faults: Faults,
}

impl Load {
    /// Token requests for half of the time, then introspections of new tokens and repeated ones.
    fn run(claviger: &Claviger, fresh: Requests, length: Duration) -> Attempt<Self> {
        let mut pool = claviger.connect(CONNECTIONS)?;
        let mut issuing = Requests::endless(claviger.token_request());
        let issued = closed_loop(&mut pool, &mut issuing, Expected::Token, length / 2)?;
        let mut faults = issued.faults;
        let mut introspections = 0;
        for mut requests in [fresh.clone(), fresh] {
            let tally = closed_loop(&mut pool, &mut requests, Expected::ActiveToken, length / 4)?;
            introspections += tally.answers;
            faults.add(&tally.faults);
        }
        Ok(Self { tokens: issued.answers, introspections, faults })
    }
}
