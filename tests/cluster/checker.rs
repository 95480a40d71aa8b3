//! Checks the recorded answers against the promise. All times are of one clock, in this process.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Active,
    Inactive,
    /// 503, or no answer.
    Unknown,
}

/// The interface at which a token, or the credential itself, was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Introspection,
    ForwardAuth,
    /// The credential requested another token.
    Issuance,
    /// A registry client requested a registry token.
    Registry,
    /// A member's token was used at the administration API.
    Administration,
    /// A service whose verifier follows the feed.
    Verifier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For a verifier it says nothing.
    pub node: usize,
    pub wire: Wire,
    /// A node that lags refuses it, and cannot detect that it lags.
    pub may_lag: bool,
    pub invoked: Instant,
    pub returned: Instant,
    pub verdict: Verdict,
}

/// One revocation of a credential, as seen by the client that requested it.
#[derive(Clone, Copy, Debug)]
pub struct Revocation {
    /// Before the first attempt was sent.
    pub invoked: Instant,
    /// When the first 200 arrived.
    pub returned: Option<Instant>,
}

/// A period in which one node, or all, were under a fault or recovering from one.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub node: Option<usize>,
    /// Whether the node's wall clock is wrong, so that it may report a valid token as expired, or a verifier lacks a key.
    pub clock: bool,
    pub begun: Instant,
    pub ended: Option<Instant>,
}

/// For one kind of act.
#[derive(Clone, Copy, Debug, Default)]
pub struct LostAnswers {
    pub answered: u64,
    /// How many of those were answered only after an attempt without an answer.
    pub lost: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub violations: Vec<String>,
    /// Answers to requests that were sent within a second after the revocation had returned.
    pub races: u64,
    /// Answers of healthy nodes about tokens that were not yet revoked: how many were active, of how many.
    pub active: u64,
    pub asked: u64,
    /// The answers among those that were not active.
    pub lapses: Vec<Answer>,
}

const RACE: Duration = Duration::from_secs(1);

impl Window {
    /// Whether the node was under the fault at any moment between the two.
    pub fn touches(&self, node: usize, invoked: Instant, returned: Instant) -> bool {
        self.node.is_none_or(|own| own == node) && self.overlaps(invoked, returned)
    }

    /// Whether any node was under it at a moment between the two.
    pub fn overlaps(&self, invoked: Instant, returned: Instant) -> bool {
        returned >= self.begun && self.ended.is_none_or(|ended| invoked <= ended)
    }
}

impl Tally {
    pub fn of(answers: &[Answer], revocation: Revocation, windows: &[Window]) -> Self {
        let mut tally = Self::default();
        for answer in answers {
            let after =
                revocation.returned.and_then(|returned| answer.invoked.checked_duration_since(returned));
            if let Some(after) = after.filter(|after| !after.is_zero()) {
                if answer.verdict == Verdict::Active {
                    let what = format!("{answer:?} was invoked {after:?} after the revocation had returned");
                    tally.violations.push(what);
                }
                tally.races += u64::from(after <= RACE && answer.verdict != Verdict::Unknown);
            } else if answer.returned < revocation.invoked && !answer.may_lag {
                let touches = |window: &Window| window.touches(answer.node, answer.invoked, answer.returned);
                let healthy = !windows.iter().any(touches);
                let wrong_clock = windows.iter().any(|window| window.clock && touches(window));
                if answer.verdict == Verdict::Inactive && !wrong_clock {
                    tally
                        .violations
                        .push(format!("{answer:?} came before any revocation (healthy: {healthy})"));
                }
                tally.asked += u64::from(healthy);
                if healthy && answer.verdict == Verdict::Active {
                    tally.active += 1;
                } else if healthy {
                    tally.lapses.push(*answer);
                }
            }
        }
        tally
    }

    pub fn add(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.races += other.races;
        self.active += other.active;
        self.asked += other.asked;
        self.lapses.extend(other.lapses);
    }
}

#[test]
fn checker_distinguishes_violations_from_allowed_answers() {
    let zero = Instant::now();
    let at = |millis| zero + Duration::from_millis(millis);
    let answer = |invoked, verdict| Answer {
        node: 1,
        wire: Wire::Introspection,
        may_lag: false,
        invoked: at(invoked),
        returned: at(invoked + 10),
        verdict,
    };
    let revocation = Revocation { invoked: at(1_000), returned: Some(at(1_500)) };
    let tally = |answers: &[Answer], windows: &[Window]| Tally::of(answers, revocation, windows);
    // Before, during and after; a race is within a second.
    let fine = [
        answer(100, Verdict::Active),
        answer(200, Verdict::Unknown),
        answer(995, Verdict::Inactive),
        answer(1_100, Verdict::Active),
        answer(1_500, Verdict::Active),
        answer(1_501, Verdict::Inactive),
        answer(1_600, Verdict::Unknown),
        answer(2_501, Verdict::Inactive),
    ];
    let expected = Tally { violations: Vec::new(), races: 1, active: 1, asked: 2, lapses: vec![fine[1]] };
    assert_eq!(tally(&fine, &[]), expected);
    assert_eq!(tally(&[answer(1_501, Verdict::Active)], &[]).violations.len(), 1);
    assert_eq!(tally(&[answer(9_000, Verdict::Active)], &[]).violations.len(), 1);
    assert_eq!(tally(&[answer(900, Verdict::Inactive)], &[]).violations.len(), 1);
    // A node under a fault need not answer, but its answers must be right.
    let window = |node| Window { node, clock: false, begun: at(0), ended: Some(at(150)) };
    assert_eq!(tally(&[answer(140, Verdict::Unknown)], &[window(Some(1))]).asked, 0);
    assert_eq!(tally(&[answer(140, Verdict::Unknown)], &[window(Some(0))]).asked, 1);
    assert_eq!(tally(&[answer(140, Verdict::Inactive)], &[window(None)]).violations.len(), 1);
    // A node with a wrong clock may report a valid token as expired. It must not report a revoked token as active.
    let wrong = Window { clock: true, ..window(Some(1)) };
    assert_eq!(tally(&[answer(140, Verdict::Inactive)], &[wrong]).violations.len(), 0);
    let always = Window { begun: at(0), ended: None, ..wrong };
    assert_eq!(tally(&[answer(1_501, Verdict::Active)], &[always]).violations.len(), 1);
    // A node that lags does not know an opaque token.
    let opaque = Answer { may_lag: true, ..answer(140, Verdict::Inactive) };
    assert_eq!(tally(&[opaque], &[]).violations.len(), 0);
    // No client has received an answer to the revocation.
    let unknown = Revocation { returned: None, ..revocation };
    assert_eq!(Tally::of(&[answer(1_501, Verdict::Active)], unknown, &[]).violations.len(), 0);
}
