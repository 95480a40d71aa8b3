//! How a verifier is doing, for people and for health checks.

use std::fmt::Write as _;
use std::time::Duration;

use crate::io::Followed;
use crate::state::State;

/// A copy at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// For how long tokens can be decided on without the next answer of the feed; zero without a lease.
    pub lease_remaining: Duration,
    /// The history of the log that the position is of. A restore begins another one.
    pub cluster: Option<String>,
    /// The log position that is applied.
    pub position: u64,
    /// Size of the revocation set.
    pub entries: usize,
    pub keys: usize,
    /// Why the last request of the feed brought nothing; `None` after one that did.
    pub feed_failure: Option<String>,
    /// Why an answer of the feed was not believed and the set was dropped, the last time that happened.
    pub last_fault: Option<String>,
    /// Why the last fetch of the keys failed; `None` after one that did not.
    pub key_failure: Option<String>,
}

impl Status {
    /// Whether tokens are decided on offline now.
    pub fn has_lease(&self) -> bool {
        !self.lease_remaining.is_zero()
    }

    pub(crate) fn of(state: &State, followed: Followed, key_failure: Option<String>) -> Self {
        let leased = state.leased.load();
        let now = state.clock.since_boot();
        Self {
            lease_remaining: leased.as_ref().map_or(Duration::ZERO, |it| it.lease_end.saturating_sub(now)),
            cluster: followed.cluster,
            position: followed.position,
            entries: leased.as_ref().map_or(0, |it| it.set.len()),
            keys: state.keys.load().len(),
            feed_failure: followed.failure,
            last_fault: followed.last_fault,
            key_failure,
        }
    }
}

/// In the text format of Prometheus.
pub(crate) fn metrics(state: &State, status: &Status) -> String {
    let counts = &state.counts;
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &[(&str, f64)]| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP claviger_verifier_{name} {help}");
        let _ = writeln!(text, "# TYPE claviger_verifier_{name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(text, "claviger_verifier_{name}{labels} {value}");
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53 are exact")]
    let count = |count: &crate::counts::Count| count.get() as f64;
    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53 are exact")]
    let size = |size: usize| size as f64;
    family(
        "decisions_total",
        "counter",
        "Decisions on tokens by outcome.",
        &[
            ("{outcome=\"accepted\"}", count(&counts.accepted)),
            ("{outcome=\"invalid\"}", count(&counts.invalid)),
            ("{outcome=\"insufficient_scope\"}", count(&counts.insufficient_scope)),
            ("{outcome=\"undecided\"}", count(&counts.undecided)),
        ],
    );
    let plain = [
        ("cache_hits_total", "Tokens whose signature was verified before.", &counts.cache_hits),
        ("introspections_total", "Tokens that the issuer was asked about.", &counts.introspections),
        ("key_fetches_total", "Fetches of the key set.", &counts.key_fetches),
        ("key_fetch_failures_total", "Fetches of the key set that failed.", &counts.failed_key_fetches),
        ("polls_total", "Requests of the feed.", &counts.polls),
        ("poll_failures_total", "Requests of the feed that brought nothing.", &counts.failed_polls),
        ("faults_total", "Answers of the feed that were not believed.", &counts.faults),
    ];
    for (name, help, value) in plain {
        family(name, "counter", help, &[("", count(value))]);
    }
    let remaining = status.lease_remaining.as_secs_f64();
    family("lease_seconds", "gauge", "How long the lease lasts; 0 without one.", &[("", remaining)]);
    family("entries", "gauge", "Entries of the revocation set.", &[("", size(status.entries))]);
    family("keys", "gauge", "Public keys of the issuer.", &[("", size(status.keys))]);
    family("cache_bytes", "gauge", "Memory of tokens seen before.", &[("", size(state.seen.bytes()))]);
    #[expect(clippy::cast_precision_loss, reason = "positions are at most 2^53")]
    let position = status.position as f64;
    family("position", "gauge", "Log position that is applied.", &[("", position)]);
    text
}
