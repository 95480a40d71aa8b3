//! One server that is stopped, cut off or behind, and revocations meanwhile.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::cluster::nodes::{Cluster, check};
use crate::failure::{Attempt, while_doing};
use crate::statistics::{grouped, percentile, percentiles};
use crate::table::{Row, Verdict};
use crate::traffic::request::{introspection_request, readiness_request};

/// Longer than a lease lasts on any clock.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(4);

impl Cluster {
    /// SIGSTOP for longer than a lease, then SIGCONT.
    pub fn one_stopped(&mut self, rounds: usize) -> Attempt<Vec<Row>> {
        let (mut took, mut normal, mut silence) = (Vec::new(), Vec::new(), Vec::new());
        let mut actives = 0;
        for _ in 0..rounds {
            let credentials = self.make(200)?;
            let token = self.token(0, &credentials[0])?;
            let dead = introspection_request(&self.nodes[0].quickstart, &token);
            self.signal(2, Signal::STOP)?;
            let stopped = Instant::now();
            let mut line = self.line(0)?;
            took.push(self.revoke(&mut line, &credentials[0])?);
            let returned = Instant::now();
            // Until no node waits for the stopped one any more.
            for credential in &credentials[1..] {
                if self.revoke(&mut line, credential)? < Duration::from_millis(100) {
                    break;
                }
            }
            normal.push(returned.elapsed());
            sleep(LONGER_THAN_A_LEASE.saturating_sub(stopped.elapsed()));
            self.signal(2, Signal::CONT)?;
            let woken = Instant::now();
            loop {
                let (status, active) = self.ask(2, &dead)?;
                actives += u32::from(active);
                if status == 200 {
                    break;
                }
                check(woken, "the stopped node to answer")?;
            }
            silence.push(woken.elapsed());
        }
        let mut stopped = Row::new("a revocation while one of three is stopped", "≤ 3.2 s");
        stopped.claviger = percentiles(&took);
        stopped.verdict = Verdict::of(percentile(&took, 100) <= 3.2);
        let mut back = Row::new("from then on until revocations are as fast as before", "≤ 2 s");
        back.claviger = percentiles(&normal);
        back.verdict = Verdict::of(percentile(&normal, 100) <= 2.0);
        let mut wakes = Row::new("SIGCONT after more than a lease: \"active\" about a dead token", "0");
        wakes.claviger = actives.to_string();
        wakes.verdict = Verdict::of(actives == 0);
        let mut again = Row::new("SIGCONT until it answers", "≤ 1.5 s");
        again.claviger = percentiles(&silence);
        again.verdict = Verdict::of(percentile(&silence, 100) <= 1.5);
        Ok(vec![stopped, back, wakes, again])
    }

    /// The database ends its sessions and refuses new ones.
    pub fn one_cut_off(&mut self, rounds: usize) -> Attempt<Vec<Row>> {
        let (mut took, mut lasts, mut firsts, mut healed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let credentials = self.make(2)?;
            let token = self.token(0, &credentials[1])?;
            let alive = introspection_request(&self.nodes[0].quickstart, &token);
            self.until_active(2, &alive)?;
            let cut = Instant::now();
            self.postgres.query(
                "alter role node_2 nologin; \
                 select pg_terminate_backend(pid) from pg_stat_activity where usename = 'node_2'",
            )?;
            let seen = scope(|scope| {
                let watching = scope.spawn(|| self.watch(2, &alive, cut));
                let mut line = self.line(0)?;
                took.push(self.revoke(&mut line, &credentials[0])?);
                watching.join().unwrap_or_else(|_| Err("The watcher ended early.".to_owned()))
            })?;
            lasts.push(seen.0);
            firsts.push(seen.1);
            self.postgres.query("alter role node_2 login")?;
            let begun = Instant::now();
            self.until_active(2, &alive)?;
            healed.push(begun.elapsed());
        }
        let row = |measured, goal, durations: &[Duration], at_most| {
            let mut row = Row::new(measured, goal);
            row.claviger = percentiles(durations);
            row.verdict = Verdict::of(percentile(durations, 100) <= at_most);
            row
        };
        Ok(vec![
            row("a revocation while one of three is cut off from the database", "≤ 3.2 s", &took, 3.2),
            row("the node that is cut off: its last \"active\"", "≤ 3.0 s", &lasts, 3.0),
            row("the node that is cut off: its first 503", "≤ 3.05 s", &firsts, 3.05),
            row("from healed until it answers", "≤ 1.5 s", &healed, 1.5),
        ])
    }

    /// Times from the cut until the last request answered "active", and until the first 503.
    fn watch(&self, node: usize, request: &[u8], cut: Instant) -> Attempt<(Duration, Duration)> {
        let mut line = self.line(node)?;
        let mut last = Duration::ZERO;
        loop {
            let asked = cut.elapsed();
            let answer = line.exchange(request).map_err(while_doing("introspecting"))?;
            match answer.status {
                200 => last = asked,
                503 => return Ok((last, cut.elapsed())),
                status => return Err(format!("An introspection was answered {status}.")),
            }
            check(cut, "the node that is cut off to stop answering")?;
            sleep(Duration::from_millis(1));
        }
    }

    /// A node that was stopped while many rows were written reads them all before it answers.
    pub fn catching_up(&mut self, rows: usize) -> Attempt<Row> {
        self.signal(2, Signal::STOP)?;
        let made = self.make(rows);
        self.signal(2, Signal::CONT)?;
        let begun = Instant::now();
        made?;
        while self.ask(2, &readiness_request())?.0 != 200 {
            check(begun, "the node that is behind to be ready")?;
            sleep(Duration::from_millis(1));
        }
        let rate = rows as f64 / begun.elapsed().as_secs_f64();
        let mut row = Row::new("rows of the log that a node which was away applies per second", "≥ 50,000");
        row.claviger = grouped(rate);
        row.verdict = Verdict::of(rate >= 50_000.0);
        row.notes.push(format!("{} rows, from SIGCONT until it is ready", grouped(rows as f64)));
        Ok(row)
    }
}
