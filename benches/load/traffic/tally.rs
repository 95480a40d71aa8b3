//! Results of a load: expected and other responses, and the processor time of the load itself.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::traffic::connection::Answer;

/// Text in the body of a successful response; needed because an inactive token also gets 200.
#[derive(Clone, Copy)]
pub enum Expected {
    Token,
    ActiveToken,
    ResolvedSource,
    ValidCredential,
}

impl Expected {
    pub fn marker(self) -> &'static [u8] {
        match self {
            Self::Token => b"\"access_token\":",
            Self::ActiveToken => b"\"active\":true",
            Self::ResolvedSource => b"\"source_credential_id\":",
            Self::ValidCredential => b"\"outcome\":\"ok\"",
        }
    }

    fn is_in(self, body: &[u8]) -> bool {
        let marker = self.marker();
        body.windows(marker.len()).any(|window| window == marker)
    }
}

/// Unexpected responses.
#[derive(Default, Clone)]
pub struct Faults {
    pub statuses: BTreeMap<u16, u64>,
    pub unexpected_bodies: u64,
    pub broken_connections: u64,
}

impl Faults {
    pub fn judge(&mut self, answer: &Answer<'_>, expected: Expected) {
        if answer.status != 200 {
            *self.statuses.entry(answer.status).or_default() += 1;
        } else if !expected.is_in(answer.body) {
            self.unexpected_bodies += 1;
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.unexpected_bodies += other.unexpected_bodies;
        self.broken_connections += other.broken_connections;
    }

    pub fn total(&self) -> u64 {
        self.statuses.values().sum::<u64>() + self.unexpected_bodies + self.broken_connections
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses = self.statuses.iter().map(|(status, count)| format!("{count} × {status}"));
        let others = [
            (self.unexpected_bodies, "200 without what was asked for"),
            (self.broken_connections, "broken connection"),
        ];
        let others = others.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> =
            statuses.chain(others.map(|(count, what)| format!("{count} × {what}"))).collect();
        out.write_str(&parts.join(", "))
    }
}

/// One closed-loop measurement.
pub struct Tally {
    pub answers: u64,
    pub elapsed: Duration,
    /// Processor time of the load thread.
    pub load_time: Duration,
    pub faults: Faults,
}

impl Tally {
    pub fn rate(&self) -> f64 {
        self.answers as f64 / self.elapsed.as_secs_f64()
    }
}

/// One open-loop measurement: the time of each request from its intended sending to its response, sorted.
pub struct Latencies {
    pub sorted: Vec<Duration>,
    pub faults: Faults,
}

impl Latencies {
    pub fn quantile(&self, part: f64) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        let index = (last as f64 * part).ceil() as usize;
        self.sorted.get(index.min(last)).copied().unwrap_or_default()
    }
}
