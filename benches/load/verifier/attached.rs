//! Many verifiers that follow the feed of one server: what they cost it, and how long revocations wait for them.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::credentials::{Made, Receipt, make, revoke};
use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::servers::disk;
use crate::statistics::{Spread, grouped, megabytes, microseconds, percentile, percentiles};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;
use crate::verifier::followers::Followers;

const REVOKE_GOAL: Duration = Duration::from_millis(250);
/// Of one core.
const IDLE_GOAL: f64 = 0.2;
/// Lease of a node and lease of a verifier, on any clock, and the rest.
const STOPPED_GOAL: Duration = Duration::from_millis(6_300);

/// Revocations after one that a verifier was waited out in.
const AFTERWARDS: usize = 10;

/// A revocation waits longer than anything else is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Attaching is over, and the answers after it too.
const SETTLING: Duration = Duration::from_secs(2);

/// The verifiers end before the server does.
struct Scene {
    followers: Followers,
    line: Connection,
    claviger: Claviger,
    verifiers: u16,
    credentials: std::vec::IntoIter<Made>,
}

/// What a server does while nobody changes anything.
struct Idle {
    /// Of one core.
    share: f64,
    /// Per second.
    answers: f64,
    /// Bytes per second.
    written: f64,
}

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let claviger = Launch::new(binary, folder.join("attached")).start(cores)?;
    let needed = pace.revoked_beside_verifiers + pace.rounds * (1 + 2 * AFTERWARDS);
    let credentials = make(&claviger, 0..needed)?.into_iter();
    let disk = disk::syncs(&folder.join("attached"), 50)?;
    sleep(SETTLING);
    let alone = Idle::watch(&claviger, pace.idle, || 0)?;
    let line = Connection::open(claviger.address, None).and_then(|line| line.with_patience(PATIENCE));
    let line = line.map_err(while_doing("connecting"))?;
    let followers = Followers::attach(&claviger, pace.verifiers)?;
    let mut scene = Scene { followers, line, claviger, verifiers: pace.verifiers, credentials };
    sleep(SETTLING);
    let mut rows = vec![scene.idle(pace.idle, &alone)?];
    let mut healthy = scene.revocations(pace.revoked_beside_verifiers)?;
    healthy.beside = format!("one write on the database's disk: {}", percentiles(&disk));
    rows.push(healthy);
    rows.extend(scene.one_stopped(pace.rounds)?);
    Ok(rows)
}

impl Scene {
    fn idle(&self, length: Duration, alone: &Idle) -> Attempt<Row> {
        let before = self.followers.faults().total();
        let idle = Idle::watch(&self.claviger, length, || self.followers.answers())?;
        let faults = self.followers.faults();
        let percent = |share: f64| format!("{:.1} % of a core", share * 100.0);
        let what = format!("idle server with {} verifiers", grouped(self.verifiers.into()));
        let mut row = Row::new(&what, "≤ 20 % of a core");
        row.claviger = percent(idle.share);
        row.beside = format!("without: {}", percent(alone.share));
        row.comparison = format!("{} a poll", microseconds((idle.share - alone.share) / idle.answers));
        row.verdict = Verdict::of(idle.share <= IDLE_GOAL && faults.total() == before);
        row.notes.push(format!(
            "{} polls/s; {} a second written to the disk, without verifiers {}",
            grouped(idle.answers),
            megabytes(idle.written as u64),
            megabytes(alone.written as u64)
        ));
        if faults.total() > 0 {
            row.notes.push(format!("polls without a right answer since the start: {faults}"));
        }
        Ok(row)
    }

    fn revocations(&mut self, count: usize) -> Attempt<Row> {
        let mut took = Vec::with_capacity(count);
        let mut unconfirmed = 0;
        for _ in 0..count {
            let (duration, is_confirmed) = self.revoke()?;
            took.push(duration);
            unconfirmed += usize::from(!is_confirmed);
        }
        let what = format!("a revocation, {} verifiers, all well", grouped(self.verifiers.into()));
        let mut row = Row::new(&what, "p99 ≤ 250 ms");
        row.claviger = percentiles(&took);
        row.verdict = Verdict::of(percentile(&took, 99) <= REVOKE_GOAL.as_secs_f64() && unconfirmed == 0);
        if unconfirmed > 0 {
            row.notes.push(format!("not confirmed by all verifiers: {unconfirmed} of {count}"));
        }
        Ok(row)
    }

    /// A verifier that stops just after an answer has the longest lease.
    fn one_stopped(&mut self, rounds: usize) -> Attempt<Vec<Row>> {
        let (mut took, mut without, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_waited_out, mut are_confirmed) = (true, true);
        for _ in 0..rounds {
            self.followers.stop_one()?;
            took.push(self.revoke()?.0);
            is_waited_out &= Receipt::read(&self.line)?.outcome == "waited_out";
            for _ in 0..AFTERWARDS {
                without.push(self.revoke()?.0);
            }
            self.followers.go_on()?;
            for _ in 0..AFTERWARDS {
                let (duration, is_confirmed) = self.revoke()?;
                again.push(duration);
                are_confirmed &= is_confirmed;
            }
        }
        let named = |what: &str| format!("{what}, {} verifiers", grouped(self.verifiers.into()));
        let mut stopped = Row::new(&named("a revocation while one verifier is stopped"), "≤ 6.3 s");
        let longest = percentile(&took, 100);
        stopped.claviger = Spread::of_durations(took).show(|one| format!("{one:.2} s"));
        stopped.verdict = Verdict::of(is_waited_out && longest <= STOPPED_GOAL.as_secs_f64());
        let row = |what: &str, took: &[Duration], is_right: bool| {
            let mut row = Row::new(&named(what), "p99 ≤ 250 ms");
            row.claviger = percentiles(took);
            row.verdict = Verdict::of(is_right && percentile(took, 99) <= REVOKE_GOAL.as_secs_f64());
            row
        };
        Ok(vec![
            stopped,
            row("the revocations after it", &without, true),
            row("the revocations after it has come back", &again, are_confirmed),
        ])
    }

    /// How long it took, and whether all verifiers have confirmed it.
    fn revoke(&mut self) -> Attempt<(Duration, bool)> {
        let made = self.credentials.next().ok_or("The credentials have run out.")?;
        let took = revoke(&self.claviger.quickstart, &mut self.line, &made)?;
        let receipt = Receipt::read(&self.line)?;
        let is_confirmed = receipt.outcome == "confirmed";
        Ok((took, is_confirmed && receipt.verifiers() == (usize::from(self.verifiers), 0)))
    }
}

impl Idle {
    fn watch(claviger: &Claviger, length: Duration, answers: impl Fn() -> u64) -> Attempt<Self> {
        let process = &claviger.process;
        let (begun, answered) = (Instant::now(), answers());
        let (used, written) = (process.time_of_all_threads()?, process.written()?);
        sleep(length);
        let seconds = begun.elapsed().as_secs_f64();
        let used = process.time_of_all_threads()?.saturating_sub(used);
        Ok(Self {
            share: used.as_secs_f64() / seconds,
            answers: (answers() - answered) as f64 / seconds,
            written: (process.written()? - written) as f64 / seconds,
        })
    }
}
