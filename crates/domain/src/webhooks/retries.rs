//! When a delivery is attempted again.

use claviger_contract::Timestamp;

use crate::webhooks::delivery::{Delivery, DeliveryAttempt, DeliveryStatus};

/// For a day.
pub const RETRY_SECONDS: i64 = 86_400;

/// The first pause; each is three times as long as the one before.
const FIRST_PAUSE: i64 = 10;
const FACTOR: i64 = 3;
const MAX_PAUSE: i64 = 2 * 3_600;

/// More than there are in a day.
const MAX_ATTEMPTS: usize = 32;

impl Delivery {
    /// What it is after an attempt. `random` spreads the attempts of many deliveries.
    pub fn after(mut self, attempt: DeliveryAttempt, random: u64) -> Self {
        let (ended, is_gone, has_succeeded) = (attempt.at, attempt.is_gone(), attempt.has_succeeded());
        self.attempts.push(attempt);
        let more = self.attempts.len().saturating_sub(MAX_ATTEMPTS);
        self.attempts.drain(..more);
        let next = ended.plus_seconds(pause(self.attempts.len(), random));
        (self.status, self.due_at) = match (has_succeeded, is_gone || next > self.retry_until) {
            (true, _) => (DeliveryStatus::Delivered, None),
            (false, true) => (DeliveryStatus::Failed, None),
            (false, false) => (DeliveryStatus::Pending, Some(next)),
        };
        self
    }

    /// Without an attempt.
    pub fn given_up(self) -> Self {
        Self { status: DeliveryStatus::Failed, due_at: None, ..self }
    }

    /// Due at once, and tried for another day: its attempts so far stay.
    pub fn again(self, now: Timestamp) -> Self {
        let retry_until = now.plus_seconds(RETRY_SECONDS);
        Self { status: DeliveryStatus::Pending, due_at: Some(now), retry_until, ..self }
    }
}

/// In seconds, after this number of attempts: a fifth more or less than the plain one.
fn pause(attempts: usize, random: u64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    let plain = FACTOR.saturating_pow(doublings).saturating_mul(FIRST_PAUSE).min(MAX_PAUSE);
    let spread = plain / 5;
    let offset = i64::try_from(random % (2 * spread.unsigned_abs() + 1)).unwrap_or_default();
    plain - spread + offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn delivery(now: Timestamp) -> Delivery {
        Delivery {
            id: Id::from_u128(1),
            realm: "acme".parse().expect("a label"),
            webhook: Id::from_u128(2),
            event_id: Id::from_u128(3),
            event_type: "service_credential.revoked".to_owned(),
            body: "{}".to_owned(),
            status: DeliveryStatus::Pending,
            created_at: now,
            due_at: Some(now),
            retry_until: now.plus_seconds(RETRY_SECONDS),
            attempts: Vec::new(),
        }
    }

    fn attempt(at: Timestamp, response_status: Option<u16>) -> DeliveryAttempt {
        DeliveryAttempt { at, response_status, duration_ms: 1, error: None }
    }

    #[test]
    fn pauses_grow_up_to_two_hours_and_are_spread() {
        for (attempts, plain) in
            [(1, 10), (2, 30), (3, 90), (4, 270), (5, 810), (6, 2_430), (7, 7_200), (usize::MAX, 7_200)]
        {
            let pauses = [0, 1, u64::MAX, 12_345].map(|random| pause(attempts, random));
            let spread = plain / 5;
            assert!(
                pauses.iter().all(|pause| (plain - spread..=plain + spread).contains(pause)),
                "{pauses:?}"
            );
            assert_eq!(pause(attempts, 0), plain - spread);
        }
    }

    #[test]
    fn receiver_that_stays_down_is_tried_for_a_day_and_not_longer() {
        let begin = Timestamp::from_epoch_seconds(1_800_000_000);
        for random in [0, u64::MAX] {
            let (mut known, mut tries) = (delivery(begin), 0);
            while let Some(due) = known.due_at {
                assert!(due <= known.retry_until);
                known = known.after(attempt(due, None), random);
                tries += 1;
                assert!(tries <= MAX_ATTEMPTS, "the log of attempts is complete");
            }
            assert_eq!(known.status, DeliveryStatus::Failed);
            let last = known.attempts.last().expect("an attempt").at;
            assert!(last.epoch_seconds() > begin.epoch_seconds() + RETRY_SECONDS - 2 * MAX_PAUSE);
            assert_eq!(known.attempts.len(), tries);
        }
    }

    #[test]
    fn only_a_status_of_success_delivers_and_gone_ends_at_once() {
        let now = Timestamp::from_epoch_seconds(1_800_000_000);
        for (status, expected) in [
            (Some(200), DeliveryStatus::Delivered),
            (Some(204), DeliveryStatus::Delivered),
            (Some(299), DeliveryStatus::Delivered),
            (Some(199), DeliveryStatus::Pending),
            (Some(301), DeliveryStatus::Pending),
            (Some(401), DeliveryStatus::Pending),
            (Some(410), DeliveryStatus::Failed),
            (Some(500), DeliveryStatus::Pending),
            (None, DeliveryStatus::Pending),
        ] {
            let after = delivery(now).after(attempt(now, status), 7);
            assert_eq!(after.status, expected, "{status:?}");
            assert_eq!(after.due_at.is_some(), expected == DeliveryStatus::Pending, "{status:?}");
        }
    }

    #[test]
    fn resent_delivery_is_due_at_once_and_keeps_its_message() {
        let now = Timestamp::from_epoch_seconds(1_800_000_000);
        let failed = delivery(now).after(attempt(now, Some(410)), 0);
        let later = now.plus_seconds(3 * 86_400);
        let again = failed.clone().again(later);
        assert_eq!((again.status, again.due_at), (DeliveryStatus::Pending, Some(later)));
        assert_eq!((again.event_id, &again.body), (failed.event_id, &failed.body));
        assert_eq!(again.attempts, failed.attempts);
    }
}
