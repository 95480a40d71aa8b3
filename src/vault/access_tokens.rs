//! Short-lived tokens of service apps, which are never stored.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_vault::{Refused, access_token};
use zeroize::Zeroizing;

use crate::vault::held_tokens::Kept;
use crate::vault::providers::{Candidate, NotAsked, Providers};
use claviger_domain::SourceCredentialId;

/// What a pipeline gets in place of the secret behind it.
pub struct ShortLived {
    pub secret: Zeroizing<String>,
    pub usable_until: Timestamp,
}

impl Providers {
    /// The token of a service app. Blocks while one is fetched; concurrent callers may fetch one each.
    pub fn access_token(
        &self,
        realm: &RealmLabel,
        (id, version): (SourceCredentialId, u64),
        candidate: Candidate<'_>,
    ) -> Result<Result<ShortLived, Refused>, NotAsked> {
        let now = self.now();
        let known = self.held_tokens.find(realm, (id, version), now);
        let kept = match known {
            Some(kept) => kept,
            None => {
                let (_slot, subject) = (self.slots.take(realm)?, self.subject(candidate)?);
                let fetched = self.in_environment(|environment| access_token(&subject, environment));
                let fetched = match fetched {
                    Ok(fetched) => fetched,
                    Err(refused) => return Ok(Err(refused)),
                };
                let secret = Zeroizing::new(fetched.secret().to_owned());
                let kept = Kept { secret, usable_until: fetched.usable_until };
                self.held_tokens.keep(realm, (id, version), kept.clone(), now);
                kept
            }
        };
        let usable_until = Timestamp::from_epoch_seconds(kept.usable_until.timestamp());
        Ok(Ok(ShortLived { secret: kept.secret, usable_until }))
    }
}
