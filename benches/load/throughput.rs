//! Answers per second, claviger and a baseline in turns.

use std::net::SocketAddr;

use crate::failure::Attempt;
use crate::generator::closed_loop;
use crate::options::Pace;
use crate::pool::Pool;
use crate::process::Process;
use crate::request::Requests;
use crate::stage::{Baseline, CONNECTIONS, Stage, introspections_of_fresh_tokens};
use crate::statistics::{Spread, grouped, microseconds, ratio};
use crate::table::{Row, Verdict};
use crate::tally::{Expected, Faults};

/// Tokens per second. Gives the peak rate too, which the latency row halves.
pub fn tokens(stage: &Stage) -> Attempt<(Row, f64)> {
    let requests = Requests::endless(stage.claviger.token_request());
    let duel = Duel::fight(stage, &stage.sign, Expected::Token, |_| Ok(requests.clone()))?;
    Ok((duel.row("tokens/s, ES256", "same form, one ES256 signature", 0.8), duel.peak()))
}

/// Introspections per second of tokens that come for the first time, and the peak rate.
pub fn introspection(stage: &Stage) -> Attempt<(Row, f64)> {
    let seconds = (stage.pace.warm_up + stage.pace.measurement).as_secs_f64();
    let duel = Duel::fight(stage, &stage.verify, Expected::ActiveToken, |rate_before| {
        let enough = rate_before.unwrap_or(15_000.0) * seconds * 1.15;
        introspections_of_fresh_tokens(&stage.claviger, enough as usize)
    })?;
    let row = duel.row("introspections/s, token not seen before", "same form, one ES256 verification", 0.8);
    Ok((row, duel.peak()))
}

pub fn repeated(stage: &Stage) -> Attempt<Row> {
    let mut one = introspections_of_fresh_tokens(&stage.claviger, 1)?;
    let request = one.take_next().map(<[u8]>::to_vec).ok_or("No token was issued.")?;
    let requests = Requests::endless(request);
    let duel = Duel::fight(stage, &stage.nothing, Expected::ActiveToken, |_| Ok(requests.clone()))?;
    Ok(duel.row("introspections/s, the same token again", "same form, static answer", 0.6))
}

struct Duel {
    claviger: Vec<Round>,
    baseline: Vec<Round>,
}

struct Round {
    rate: f64,
    /// Seconds of processor time per answer. Unlike the rate it says the same when others use the cores too.
    server_cost: f64,
    load_cost: f64,
    /// What server and load had of their cores, from 0 to 1.
    server_share: f64,
    load_share: f64,
    faults: Faults,
}

impl Duel {
    /// `prepare` makes the requests of a round, both sides getting the same; it is told claviger's rate in the
    /// round before.
    fn fight(
        stage: &Stage,
        opponent: &Baseline,
        expected: Expected,
        mut prepare: impl FnMut(Option<f64>) -> Attempt<Requests>,
    ) -> Attempt<Self> {
        let mut duel = Self { claviger: Vec::new(), baseline: Vec::new() };
        for _ in 0..stage.pace.rounds {
            let requests = prepare(duel.claviger.last().map(|round| round.rate))?;
            let ours = (stage.claviger.address, &stage.claviger.process);
            duel.claviger.push(Round::measure(ours, requests.clone(), expected, stage.pace)?);
            let theirs = (opponent.address, &opponent.process);
            duel.baseline.push(Round::measure(theirs, requests, expected, stage.pace)?);
        }
        Ok(duel)
    }

    fn peak(&self) -> f64 {
        rates(&self.claviger).median
    }

    fn row(&self, measured: &str, baseline: &str, goal: f64) -> Row {
        let (ours, theirs) = (rates(&self.claviger), rates(&self.baseline));
        let of_medians = ours.median / theirs.median;
        let per_round = Spread::of(self.claviger.iter().zip(&self.baseline).map(|(a, b)| a.rate / b.rate));
        let mut row = Row::new(measured, &format!("≥ {goal} ×"));
        row.claviger = ours.show(grouped);
        row.beside = format!("{baseline}: {}", theirs.show(grouped));
        row.comparison =
            format!("{} × ({}–{})", ratio(of_medians), ratio(per_round.least), ratio(per_round.most));
        row.verdict = Verdict::of(of_medians >= goal && faults(&self.claviger).total() == 0);
        row.notes.push(format!("claviger {}; the baseline {}", costs(&self.claviger), costs(&self.baseline)));
        if self.claviger.iter().chain(&self.baseline).any(Round::was_disturbed) {
            row.notes.push(format!(
                "other programs used these cores meanwhile; by processor time per answer the ratio is {} ×",
                ratio(
                    median(&self.baseline, |round| round.server_cost)
                        / median(&self.claviger, |round| round.server_cost)
                )
            ));
        }
        for (rounds, whose) in [(&self.claviger, "claviger"), (&self.baseline, "the baseline")] {
            let faults = faults(rounds);
            if faults.total() > 0 {
                row.notes.push(format!("wrong answers of {whose}: {faults}"));
            }
        }
        row
    }
}

impl Round {
    /// One of the two is always busy, unless somebody else has its core.
    fn was_disturbed(&self) -> bool {
        self.server_share.max(self.load_share) < 0.93
    }

    fn measure(
        (address, process): (SocketAddr, &Process),
        mut requests: Requests,
        expected: Expected,
        pace: Pace,
    ) -> Attempt<Self> {
        let mut pool = Pool::open(address, CONNECTIONS)?;
        let warm_up = closed_loop(&mut pool, &mut requests, expected, pace.warm_up)?;
        let server_time = process.time();
        let tally = closed_loop(&mut pool, &mut requests, expected, pace.measurement)?;
        let server_time = process.time().saturating_sub(server_time);
        let mut faults = warm_up.faults;
        faults.add(&tally.faults);
        Ok(Self {
            rate: tally.rate(),
            server_cost: server_time.as_secs_f64() / tally.answers as f64,
            load_cost: tally.load_time.as_secs_f64() / tally.answers as f64,
            server_share: server_time.as_secs_f64() / tally.elapsed.as_secs_f64(),
            load_share: tally.load_time.as_secs_f64() / tally.elapsed.as_secs_f64(),
            faults,
        })
    }
}

fn rates(rounds: &[Round]) -> Spread {
    Spread::of(rounds.iter().map(|round| round.rate))
}

fn median(rounds: &[Round], which: impl Fn(&Round) -> f64) -> f64 {
    Spread::of(rounds.iter().map(which)).median
}

fn costs(rounds: &[Round]) -> String {
    let of = |cost: fn(&Round) -> f64, share: fn(&Round) -> f64| {
        format!(
            "{} per answer ({:.0} % of its core)",
            microseconds(median(rounds, cost)),
            median(rounds, share) * 100.0
        )
    };
    format!(
        "{}, its load {}",
        of(|r| r.server_cost, |r| r.server_share),
        of(|r| r.load_cost, |r| r.load_share)
    )
}

fn faults(rounds: &[Round]) -> Faults {
    let mut all = Faults::default();
    rounds.iter().for_each(|round| all.add(&round.faults));
    all
}
