//! Resolving a source: sealed rows, and an audit event on disk before each answer; and tokens beside that.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;
use std::time::Duration;

use serde_json::json;

use crate::failure::Attempt;
use crate::growth::Caller;
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::disk::syncs;
use crate::servers::stage::CONNECTIONS;
use crate::statistics::{Spread, grouped, milliseconds, percentile, percentiles};
use crate::table::{Row, Verdict};
use crate::traffic::generator::{closed_loop, open_loop};
use crate::traffic::request::Requests;
use crate::traffic::tally::{Expected, Faults, Latencies};
use crate::vault::scene::{created, pipeline_token, post, unverified};

const GOAL: f64 = 1_000.0;
const TOKENS_PER_SECOND: f64 = 500.0;
/// More than without resolves.
const DELAY_GOAL: Duration = Duration::from_millis(1);
const SYNCS: usize = 200;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let folder = folder.join("resolve");
    let claviger = Launch::new(binary, folder.clone()).with("CLAVIGER_WORKERS", "1").start(cores)?;
    let mut caller = Caller::of(&claviger)?;
    let body = unverified("resolved", "other", &json!({"token": "a-secret-of-a-third-party"}));
    let credential = created(&mut caller, "/source-credentials", &body)?;
    let source = json!({"name": "resolved", "source_credential_id": credential});
    let source = created(&mut caller, "/sources", &source)?;
    let token = pipeline_token(&claviger, &mut caller, "resolved")?;
    let resolving = Requests::endless(post(&claviger, &format!("/sources/{source}/resolve"), &token));

    let (rates, faults) = rates(&claviger, pace, &resolving)?;
    let mut row = Row::new("resolves/s, one worker, sealed, audited on disk", "≥ 1,000/s");
    row.claviger = rates.show(grouped);
    let sync = Spread::of_durations(syncs(&folder, SYNCS)?).median;
    row.beside = format!("one write and sync: {}", milliseconds(sync));
    row.verdict = Verdict::of(rates.median >= GOAL && faults.total() == 0);
    row.notes.extend((faults.total() > 0).then(|| format!("wrong answers: {faults}")));
    Ok(vec![row, beside(&claviger, pace, &resolving, rates.median)?])
}

fn rates(claviger: &Claviger, pace: Pace, resolving: &Requests) -> Attempt<(Spread, Faults)> {
    let (mut pool, mut requests) = (claviger.connect(CONNECTIONS)?, resolving.clone());
    let mut faults = Faults::default();
    let mut rates = Vec::new();
    for round in 0..=pace.rounds {
        let length = if round == 0 { pace.warm_up } else { pace.measurement };
        let tally = closed_loop(&mut pool, &mut requests, Expected::ResolvedSource, length)?;
        faults.add(&tally.faults);
        rates.extend((round > 0).then(|| tally.rate()));
    }
    Ok((Spread::of(rates), faults))
}

/// Tokens at a fixed rate, alone and while sources are resolved at half the rate that they can be.
fn beside(claviger: &Claviger, pace: Pace, resolving: &Requests, peak: f64) -> Attempt<Row> {
    let tokens = || -> Attempt<Latencies> {
        let mut requests = Requests::endless(claviger.token_request());
        let mut pool = claviger.connect(CONNECTIONS)?;
        open_loop(&mut pool, &mut requests, Expected::Token, TOKENS_PER_SECOND, pace.open_loop)
    };
    let alone = tokens()?;
    let rate = peak / 2.0;
    let over = AtomicBool::new(false);
    let (resolved, measured) = scope(|scope| {
        let load = scope.spawn(|| resolve_until(claviger, resolving, rate, &over));
        let measured = tokens();
        over.store(true, Ordering::Release);
        (load.join(), measured)
    });
    let resolved = resolved.map_err(|_| "The thread that resolves panicked.".to_owned())??;
    let measured = measured?;
    let name =
        format!("latency of {} tokens/s beside {} resolves/s", grouped(TOKENS_PER_SECOND), grouped(rate));
    let mut row = Row::new(&name, "median ≤ 1 ms more than alone");
    row.claviger = percentiles(&measured.sorted);
    row.beside = format!("alone: {}", percentiles(&alone.sorted));
    let median = |latencies: &Latencies| percentile(&latencies.sorted, 50);
    let is_near = median(&measured) <= median(&alone) + DELAY_GOAL.as_secs_f64();
    let mut faults = measured.faults.clone();
    faults.add(&alone.faults);
    faults.add(&resolved);
    row.verdict = Verdict::of(is_near && faults.total() == 0);
    row.notes.extend((faults.total() > 0).then(|| format!("wrong answers: {faults}")));
    Ok(row)
}

const STEP: Duration = Duration::from_millis(500);

fn resolve_until(claviger: &Claviger, resolving: &Requests, rate: f64, over: &AtomicBool) -> Attempt<Faults> {
    let (mut pool, mut requests) = (claviger.connect(CONNECTIONS)?, resolving.clone());
    let mut faults = Faults::default();
    while !over.load(Ordering::Acquire) {
        let latencies = open_loop(&mut pool, &mut requests, Expected::ResolvedSource, rate, STEP)?;
        faults.add(&latencies.faults);
    }
    Ok(faults)
}
