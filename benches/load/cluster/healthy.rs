//! Revocations in normal operation.

use std::thread::scope;
use std::time::{Duration, Instant};

use crate::cluster::nodes::{Cluster, NODES};
use crate::failure::Attempt;
use crate::statistics::{grouped, percentile, percentiles};
use crate::table::{Row, Verdict};

const CALLERS: usize = 64;

impl Cluster {
    pub fn healthy(&mut self, count: usize) -> Attempt<Vec<Row>> {
        let credentials = self.make(count)?;
        let mut lines = self.lines()?;
        let began = Instant::now();
        let mut took = Vec::with_capacity(count);
        for (index, credential) in credentials.iter().enumerate() {
            took.push(self.revoke(&mut lines[index % NODES], credential)?);
        }
        let rate = count as f64 / began.elapsed().as_secs_f64();
        let mut row = Row::new("a revocation, three nodes, all well", "p50 ≤ 10 ms, p99 ≤ 50 ms");
        row.claviger = percentiles(&took);
        row.beside = format!("one write on the database's disk: {}", percentiles(&self.disk));
        row.verdict = Verdict::of(percentile(&took, 50) <= 0.010 && percentile(&took, 99) <= 0.050);
        let mut one_by_one = Row::new("revocations/s, three nodes, one caller", "≥ 300");
        one_by_one.claviger = grouped(rate);
        one_by_one.verdict = Verdict::of(rate >= 300.0);
        Ok(vec![row, one_by_one])
    }

    pub fn many_callers(&mut self, count: usize) -> Attempt<Row> {
        let credentials = self.make(count * 4)?;
        let began = Instant::now();
        let took: Vec<Attempt<Vec<Duration>>> = scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    let (cluster, credentials) = (&*self, &credentials);
                    scope.spawn(move || {
                        let mut line = cluster.line(caller % NODES)?;
                        let mine = credentials.iter().skip(caller).step_by(CALLERS);
                        mine.map(|credential| cluster.revoke(&mut line, credential)).collect()
                    })
                })
                .collect();
            let ended = callers.into_iter().map(|caller| caller.join());
            ended.map(|ended| ended.unwrap_or_else(|_| Err("A caller ended early.".to_owned()))).collect()
        });
        let rate = credentials.len() as f64 / began.elapsed().as_secs_f64();
        let took = took.into_iter().collect::<Attempt<Vec<_>>>()?.concat();
        let mut row = Row::new(&format!("revocations/s, three nodes, {CALLERS} callers"), "≥ 1,000");
        row.claviger = format!("{}; each {}", grouped(rate), percentiles(&took));
        row.verdict = Verdict::of(rate >= 1_000.0);
        Ok(row)
    }
}
