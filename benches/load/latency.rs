//! p99 at half the peak rate, from the intended send time, beside the overhead of load and scheduler.

use std::net::SocketAddr;
use std::time::Duration;

use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::claviger::Claviger;
use crate::servers::stage::{CONNECTIONS, Stage, introspections_of_fresh_tokens};
use crate::statistics::{Spread, difference_in_milliseconds, grouped, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::generator::{closed_loop, open_loop};
use crate::traffic::pool::Pool;
use crate::traffic::request::Requests;
use crate::traffic::tally::{Expected, Faults, Latencies};

const GOAL: Duration = Duration::from_millis(2);

/// `peak` is the rate measured before; if absent, it is measured briefly now.
pub fn of_tokens(stage: &Stage, peak: Option<f64>) -> Attempt<Row> {
    let requests = Requests::endless(stage.claviger.token_request());
    let ours = &stage.claviger;
    let rate = half_of_peak(ours, stage.pace, peak, Expected::Token, requests.clone())?;
    row("p99 of tokens", stage, ours, rate, Expected::Token, || Ok(requests.clone()))
}

pub fn of_introspections(stage: &Stage, peak: Option<f64>) -> Attempt<Row> {
    let ours = &stage.verifying;
    let fresh = |count: f64| introspections_of_fresh_tokens(ours, count as usize);
    let rate = match peak {
        Some(peak) => peak / 2.0,
        None => half_of_peak(ours, stage.pace, None, Expected::ActiveToken, fresh(20_000.0)?)?,
    };
    let count = rate * stage.pace.open_loop.as_secs_f64() + 1.0;
    row("p99 of introspections, tokens of another node", stage, ours, rate, Expected::ActiveToken, || {
        fresh(count)
    })
}

fn half_of_peak(
    ours: &Claviger,
    pace: Pace,
    peak: Option<f64>,
    expected: Expected,
    mut requests: Requests,
) -> Attempt<f64> {
    if let Some(peak) = peak {
        return Ok(peak / 2.0);
    }
    let mut pool = ours.connect(CONNECTIONS)?;
    closed_loop(&mut pool, &mut requests, expected, pace.warm_up)?;
    Ok(closed_loop(&mut pool, &mut requests, expected, Duration::from_secs(1))?.rate() / 2.0)
}

fn row(
    measured: &str,
    stage: &Stage,
    server: &Claviger,
    rate: f64,
    expected: Expected,
    mut prepare: impl FnMut() -> Attempt<Requests>,
) -> Attempt<Row> {
    let length = stage.pace.open_loop;
    let run = |to: SocketAddr, mut requests: Requests| {
        open_loop(&mut Pool::open(to, CONNECTIONS)?, &mut requests, expected, rate, length)
    };
    let (mut ours, mut bare) = (Rounds::default(), Rounds::default());
    for _ in 0..stage.pace.rounds {
        let requests = prepare()?;
        ours.add(&run(server.address, requests.clone())?);
        bare.add(&run(stage.nothing.address, requests)?);
    }

    let own = Spread::of(ours.p99.iter().zip(&bare.p99).map(|(ours, bare)| ours - bare));
    let mut row =
        Row::new(&format!("{measured}, open loop at half the peak, {}/s", grouped(rate)), "own p99 ≤ 2 ms");
    row.claviger = ours.show();
    row.beside = format!("static answer: {}", bare.show());
    row.comparison = format!("p99 {}", own.show(difference_in_milliseconds));
    row.verdict = Verdict::of(own.median <= GOAL.as_secs_f64() && ours.faults.total() == 0);
    if ours.faults.total() > 0 {
        row.notes.push(format!("wrong answers of claviger: {}", ours.faults));
    }
    Ok(row)
}

#[derive(Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    longest: Duration,
    faults: Faults,
}

impl Rounds {
    fn add(&mut self, round: &Latencies) {
        self.p50.push(round.quantile(0.5).as_secs_f64());
        self.p99.push(round.quantile(0.99).as_secs_f64());
        self.longest = self.longest.max(round.quantile(1.0));
        self.faults.add(&round.faults);
    }

    fn show(&self) -> String {
        format!(
            "p50 {}, p99 {}, max {}",
            milliseconds(Spread::of(self.p50.iter().copied()).median),
            Spread::of(self.p99.iter().copied()).show(milliseconds),
            milliseconds(self.longest.as_secs_f64())
        )
    }
}
