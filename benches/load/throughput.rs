//! Responses per second of claviger and a baseline in turns.

use std::net::SocketAddr;

use crate::failure::Attempt;
use crate::options::Pace;
use crate::servers::claviger::Claviger;
use crate::servers::process::Process;
use crate::servers::stage::{Baseline, CONNECTIONS, Stage, introspections_of_fresh_tokens};
use crate::statistics::{Spread, grouped, microseconds, ratio};
use crate::table::{Row, Verdict};
use crate::traffic::generator::closed_loop;
use crate::traffic::pool::Pool;
use crate::traffic::request::Requests;
use crate::traffic::tally::{Expected, Faults};

/// Tokens per second. Also returns the peak rate, which the latency row halves.
pub fn tokens(stage: &Stage) -> Attempt<(Row, f64)> {
    let requests = Requests::endless(stage.claviger.token_request());
    let duel =
        Duel::fight(stage.pace, &stage.claviger, &stage.sign, Expected::Token, |_| Ok(requests.clone()))?;
    Ok((duel.row("tokens/s, ES256", "same form, one ES256 signature", 0.8), duel.peak()))
}

/// Introspections per second of uncached tokens, and the peak rate.
pub fn introspection(stage: &Stage) -> Attempt<(Row, f64)> {
    let seconds = (stage.pace.warm_up + stage.pace.measurement).as_secs_f64();
    let ours = &stage.verifying;
    let duel = Duel::fight(stage.pace, ours, &stage.verify, Expected::ActiveToken, |rate_before| {
        let enough = rate_before.unwrap_or(15_000.0) * seconds * 1.15;
        introspections_of_fresh_tokens(ours, enough as usize)
    })?;
    let row = duel.row("introspections/s, token of another node", "same form, one ES256 verification", 0.8);
    Ok((row, duel.peak()))
}

/// Introspections per second of tokens that this server issued and that are presented for the first time.
pub fn first(stage: &Stage) -> Attempt<Row> {
    let seconds = (stage.pace.warm_up + stage.pace.measurement).as_secs_f64();
    let ours = &stage.claviger;
    let duel = Duel::fight(stage.pace, ours, &stage.nothing, Expected::ActiveToken, |rate_before| {
        let enough = rate_before.unwrap_or(25_000.0) * seconds * 1.15;
        introspections_of_fresh_tokens(ours, enough as usize)
    })?;
    Ok(duel.row("introspections/s, first of a token issued here", "same form, static answer", 0.6))
}

pub fn repeated(stage: &Stage) -> Attempt<Row> {
    let mut one = introspections_of_fresh_tokens(&stage.claviger, 1)?;
    let request = one.take_next().map(<[u8]>::to_vec).ok_or("No token was issued.")?;
    let requests = Requests::endless(request);
    let duel = Duel::fight(stage.pace, &stage.claviger, &stage.nothing, Expected::ActiveToken, |_| {
        Ok(requests.clone())
    })?;
    Ok(duel.row("introspections/s, the same token again", "same form, static answer", 0.6))
}

struct Duel {
    claviger: Vec<Round>,
    baseline: Vec<Round>,
}

struct Round {
    rate: f64,
    /// Processor seconds per response. Unlike the rate, it does not depend on other users of the cores.
    server_cost: f64,
    load_cost: f64,
    /// Share of their cores that server and load used, from 0 to 1.
    server_share: f64,
    load_share: f64,
    faults: Faults,
}

impl Duel {
    /// `prepare` creates the requests of a round, the same for both sides. It receives claviger's rate in the previous
    /// round.
    fn fight(
        pace: Pace,
        claviger: &Claviger,
        opponent: &Baseline,
        expected: Expected,
        mut prepare: impl FnMut(Option<f64>) -> Attempt<Requests>,
    ) -> Attempt<Self> {
        let mut duel = Self { claviger: Vec::new(), baseline: Vec::new() };
        for _ in 0..pace.rounds {
            let requests = prepare(duel.claviger.last().map(|round| round.rate))?;
            let ours = (claviger.address, &claviger.process);
            duel.claviger.push(Round::measure(ours, requests.clone(), expected, pace)?);
            let theirs = (opponent.address, &opponent.process);
            duel.baseline.push(Round::measure(theirs, requests, expected, pace)?);
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
    /// One of the two is always busy, unless another process uses its core.
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
