//! Whether a token is active: the rule that the issuer and every verifier share.

use crate::position::Position;
use crate::timestamp::Timestamp;

/// How far a token's `iat` may be ahead of the reader's clock, in seconds. `exp` has no leeway.
pub const CLOCK_LEEWAY_SECONDS: i64 = 60;

/// The current status of one object that a token depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Valid for tokens issued at the position of its cut or later.
    Live { cut: Position },
    /// Revoked, expired, disabled, withdrawn, suspended, deleted or unknown.
    Ended,
}

/// Facts from the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub position: Position,
}

/// The status of every object that the token depends on. All of them must be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLiveness {
    pub token_revoked: bool,
    pub credential: Liveness,
    pub signing_key: Liveness,
    pub resource_server: Liveness,
    pub realm: Liveness,
}

impl Liveness {
    /// Compares positions, never times: two events may occur within one second.
    pub fn admits(self, position: Position) -> bool {
        matches!(self, Self::Live { cut } if position >= cut)
    }
}

impl TokenFacts {
    /// Active ⇔ not expired, not from the future, not revoked itself, and no cut is later than its position.
    pub fn are_active(&self, liveness: &TokenLiveness, now: Timestamp) -> bool {
        now < self.expires_at
            && self.issued_at <= now.plus_seconds(CLOCK_LEEWAY_SECONDS)
            && !liveness.token_revoked
            && [liveness.credential, liveness.signing_key, liveness.resource_server, liveness.realm]
                .into_iter()
                .all(|one| one.admits(self.position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);
    const LIVE: Liveness = Liveness::Live { cut: Position::new(5) };

    fn facts() -> TokenFacts {
        TokenFacts { issued_at: NOW, expires_at: NOW.plus_seconds(900), position: Position::new(5) }
    }

    fn liveness() -> TokenLiveness {
        TokenLiveness {
            token_revoked: false,
            credential: LIVE,
            signing_key: LIVE,
            resource_server: LIVE,
            realm: LIVE,
        }
    }

    /// Every single reason, and every pair of reasons, must suffice.
    #[test]
    fn each_reason_and_each_pair_of_reasons_kills() {
        type Kill = fn(&mut TokenFacts, &mut TokenLiveness);
        const BEHIND: Liveness = Liveness::Live { cut: Position::new(6) };
        let reasons: [Kill; 11] = [
            |token, _| token.expires_at = NOW,
            |token, _| token.issued_at = NOW.plus_seconds(CLOCK_LEEWAY_SECONDS + 1),
            |_, known| known.token_revoked = true,
            |_, known| known.credential = BEHIND,
            |_, known| known.credential = Liveness::Ended,
            |_, known| known.signing_key = BEHIND,
            |_, known| known.signing_key = Liveness::Ended,
            |_, known| known.resource_server = BEHIND,
            |_, known| known.resource_server = Liveness::Ended,
            |_, known| known.realm = BEHIND,
            |_, known| known.realm = Liveness::Ended,
        ];
        assert!(facts().are_active(&liveness(), NOW));
        for first in reasons {
            for second in reasons {
                let (mut token, mut known) = (facts(), liveness());
                first(&mut token, &mut known);
                second(&mut token, &mut known);
                assert!(!token.are_active(&known, NOW), "{token:?} {known:?}");
            }
        }
    }

    #[test]
    fn token_lives_up_to_the_second_before_its_end() {
        assert!(facts().are_active(&liveness(), NOW.plus_seconds(899)));
        assert!(!facts().are_active(&liveness(), NOW.plus_seconds(900)));
    }
}
