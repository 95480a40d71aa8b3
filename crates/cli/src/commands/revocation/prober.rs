//! Asks one service again and again, and notes what it said when.

use std::time::{Duration, Instant};

use ureq::http::StatusCode;

use crate::commands::revocation::course::{Course, Pace, Phase};
use crate::commands::revocation::probe::{Probe, Verdict};
use crate::environment::instant;
use crate::failure::{Exit, Failure};

/// A request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    pub sent: Instant,
    pub answered: Instant,
}

/// What one service said.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// How often it accepted the token before the receipt had arrived.
    pub accepted_before: u64,
    pub last_accepted: Option<Exchange>,
    pub first_refused: Option<Exchange>,
    /// Answers that say nothing of the token, and the last of them.
    pub undecided: u64,
    pub last_undecided: Option<String>,
    /// Of the last answer that says something.
    is_refusing: bool,
}

/// So often each service accepts the token before it is revoked.
const ACCEPTED_FIRST: u64 = 3;

/// A service is asked for so long after it has refused: another process of it may accept.
const ASKED_ON: Duration = Duration::from_secs(1);

/// Returns when the service refuses the token, when the time is over, or when the drill is stopped.
pub fn run(probe: &Probe, course: &Course) -> Trace {
    let mut trace = Trace::default();
    loop {
        let sent = instant();
        let verdict = probe.ask();
        let exchange = Exchange { sent, answered: instant() };
        let phase = course.phase();
        if phase == Phase::Stopped {
            return trace;
        }
        match verdict {
            Verdict::Accepted => {
                trace.accept(exchange, phase);
                if phase == Phase::Before && trace.accepted_before == ACCEPTED_FIRST {
                    course.note_accepting();
                }
            }
            Verdict::Refused(status) if phase == Phase::Before => {
                course.fail(not_accepted(probe, &refusal(status)));
                return trace;
            }
            Verdict::Refused(_) => trace.refuse(exchange),
            Verdict::Undecided(why) if phase == Phase::Before && trace.accepted_before == 0 => {
                course.fail(not_accepted(probe, &why));
                return trace;
            }
            Verdict::Undecided(why) => {
                trace.undecided += 1;
                trace.last_undecided = Some(why);
            }
        }
        if let Phase::Revoked(at) = phase
            && trace.is_over(at, exchange.answered, course.pace)
        {
            return trace;
        }
        course.pause_until(sent + course.pace.every);
    }
}

fn refusal(status: StatusCode) -> String {
    match status {
        StatusCode::FORBIDDEN => {
            format!("it answered {status}; add --group or --resource with the scopes that it needs")
        }
        _ => format!("it answered {status}; does it verify tokens of this realm, for this audience?"),
    }
}

fn not_accepted(probe: &Probe, why: &str) -> Failure {
    let Probe { url, audience, .. } = probe;
    let message = format!(
        "{url} does not accept a token for {audience} before the revocation: {why}. Nothing was measured"
    );
    Failure::new(Exit::Failure, message)
}

impl Trace {
    fn accept(&mut self, exchange: Exchange, phase: Phase) {
        if !matches!(phase, Phase::Revoked(_)) {
            self.accepted_before += 1;
        }
        self.last_accepted = Some(exchange);
        self.is_refusing = false;
    }

    fn refuse(&mut self, exchange: Exchange) {
        self.first_refused.get_or_insert(exchange);
        self.is_refusing = true;
    }

    fn is_over(&self, revoked_at: Instant, now: Instant, pace: Pace) -> bool {
        let accepted_at = self.last_accepted.map_or(revoked_at, |last| last.answered.max(revoked_at));
        now >= revoked_at + pace.at_most || (self.is_refusing && now >= accepted_at + ASKED_ON)
    }

    /// From the arrival of the receipt until the last request was sent that was accepted.
    pub fn accepted_for(&self, revoked_at: Instant) -> Duration {
        self.last_accepted.map_or(Duration::ZERO, |last| last.sent.saturating_duration_since(revoked_at))
    }

    /// Whether it accepts no more, as of its last answer.
    pub fn is_refusing(&self) -> bool {
        self.is_refusing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { every: Duration::from_millis(20), at_most: Duration::from_secs(30) };

    fn at(origin: Instant, sent: u64, answered: u64) -> Exchange {
        let moment = |millis| origin + Duration::from_millis(millis);
        Exchange { sent: moment(sent), answered: moment(answered) }
    }

    #[test]
    fn request_that_was_sent_before_the_receipt_says_nothing_against_it() {
        let origin = instant();
        let revoked_at = origin + Duration::from_millis(100);
        for (sent, answered, accepted_for) in
            [(50, 90, 0), (99, 150, 0), (101, 102, 1), (2_100, 2_101, 2_000)]
        {
            let mut trace = Trace::default();
            trace.accept(at(origin, sent, answered), Phase::Revoked(revoked_at));
            assert_eq!(trace.accepted_for(revoked_at), Duration::from_millis(accepted_for), "{sent}");
        }
        assert_eq!(Trace::default().accepted_for(revoked_at), Duration::ZERO);
    }

    #[test]
    fn service_is_asked_until_it_has_refused_for_a_while_or_the_time_is_over() {
        let origin = instant();
        let over =
            |trace: &Trace, millis| trace.is_over(origin, origin + Duration::from_millis(millis), PACE);
        let mut trace = Trace::default();
        trace.accept(at(origin, 10, 11), Phase::Revoked(origin));
        assert!(!over(&trace, 29_999) && over(&trace, 30_000), "it accepts");
        trace.refuse(at(origin, 400, 401));
        assert!(!over(&trace, 1_010) && over(&trace, 1_011));
        // Another process of the service accepts it.
        trace.accept(at(origin, 900, 901), Phase::Revoked(origin));
        assert!(!over(&trace, 1_900));
        trace.refuse(at(origin, 950, 951));
        assert!(!over(&trace, 1_900) && over(&trace, 1_901));
        assert_eq!(trace.first_refused.map(|first| first.sent), Some(origin + Duration::from_millis(400)));
        let unclear = Trace { undecided: 7, ..Trace::default() };
        assert!(!over(&unclear, 29_999) && over(&unclear, 30_000), "it said nothing");
    }
}
