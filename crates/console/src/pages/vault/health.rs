//! The status of a source credential: the first that fits.

use claviger_contract::Timestamp;
use claviger_domain::ValidationOutcome;

use crate::parts::{EXPIRING_SOON_DAYS, Mark, Tone};
use crate::text::{in_time, things};

/// What the status depends on.
#[derive(Clone, Debug)]
pub struct CredentialHealth {
    /// Of the last validation.
    pub outcome: ValidationOutcome,
    /// How many required permissions it found missing.
    pub missing: u64,
    /// Whether it could not tell all required permissions.
    pub scopes_unknown: bool,
    /// `None` if it does not end, or if that is not known.
    pub expires_at: Option<Timestamp>,
}

impl CredentialHealth {
    pub fn mark(&self, now: &Timestamp) -> Mark {
        let left = |end: &Timestamp| end.epoch_seconds() - now.epoch_seconds();
        let ends_soon = self.expires_at.filter(|end| left(end) <= EXPIRING_SOON_DAYS * 86_400);
        match (self.outcome, ends_soon) {
            (ValidationOutcome::Expired, _) => Mark::new(Tone::Bad, "stop", "Expired"),
            (_, Some(end)) if end <= *now => Mark::new(Tone::Bad, "stop", "Expired"),
            (ValidationOutcome::InvalidCredential, _) => {
                Mark::new(Tone::Bad, "stop", "Not accepted any more")
            }
            (ValidationOutcome::WrongUrl, _) => Mark::new(Tone::Bad, "stop", "Nothing at its address"),
            (ValidationOutcome::InsufficientPermission, _) => {
                let missing = self.missing.max(1);
                let words = things(&missing, "permission missing", "permissions missing");
                Mark::new(Tone::Bad, "stop", words)
            }
            (_, Some(end)) => Mark::new(Tone::Warn, "clock", format!("Expires {}", in_time(&end, now))),
            (ValidationOutcome::Skipped, _) => Mark::new(Tone::Off, "dash", "Not verified, by choice"),
            (ValidationOutcome::Ok, _) if self.scopes_unknown => {
                Mark::new(Tone::Ok, "ok", "Valid, scopes unknown")
            }
            (ValidationOutcome::Ok, _) => Mark::new(Tone::Ok, "ok", "Valid"),
            (
                ValidationOutcome::RateLimited
                | ValidationOutcome::Unreachable
                | ValidationOutcome::ProviderError
                | ValidationOutcome::Unknown,
                _,
            ) => Mark::new(Tone::Warn, "help", "Could not verify"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_status_that_fits_is_shown() {
        let at = |text: &str| text.parse::<Timestamp>().expect(text);
        let now = at("2026-11-28T18:40:12Z");
        let of = |outcome, missing, scopes_unknown, expires_at: Option<&str>| {
            let health =
                CredentialHealth { outcome, missing, scopes_unknown, expires_at: expires_at.map(at) };
            let mark = health.mark(&now);
            (mark.tone, mark.words)
        };
        let (soon, late) = (Some("2026-12-03T18:40:12Z"), Some("2027-01-14T00:00:00Z"));
        for (found, tone, words) in [
            (of(ValidationOutcome::Ok, 0, false, late), Tone::Ok, "Valid"),
            (of(ValidationOutcome::Ok, 0, true, None), Tone::Ok, "Valid, scopes unknown"),
            (of(ValidationOutcome::Ok, 0, false, soon), Tone::Warn, "Expires in 5 days"),
            (of(ValidationOutcome::Skipped, 0, false, soon), Tone::Warn, "Expires in 5 days"),
            (of(ValidationOutcome::Ok, 0, false, Some("2026-11-28T18:40:12Z")), Tone::Bad, "Expired"),
            (of(ValidationOutcome::Expired, 0, false, late), Tone::Bad, "Expired"),
            (of(ValidationOutcome::InvalidCredential, 0, true, soon), Tone::Bad, "Not accepted any more"),
            (
                of(ValidationOutcome::InsufficientPermission, 1, false, late),
                Tone::Bad,
                "1 permission missing",
            ),
            (
                of(ValidationOutcome::InsufficientPermission, 2, false, late),
                Tone::Bad,
                "2 permissions missing",
            ),
            (of(ValidationOutcome::Unreachable, 0, false, late), Tone::Warn, "Could not verify"),
            (of(ValidationOutcome::Skipped, 0, false, None), Tone::Off, "Not verified, by choice"),
        ] {
            assert_eq!(found, (tone, words.to_owned()));
        }
    }
}
