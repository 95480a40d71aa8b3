//! Keeps a node on the master key that the database names, and reports which keys it holds.

use std::time::Duration;

use crate::crypto::Keyring;
use crate::replication::error::ReplicationError;
use crate::replication::membership::Membership;
use crate::replication::part::Part;
use crate::store::Session;

/// A promotion waits for this interval.
const EVERY: Duration = Duration::from_millis(500);

#[derive(Default)]
pub struct KeyWatch {
    looked_at: Option<Duration>,
    /// What was last reported: the incarnation and its keys.
    told: Option<(String, Vec<String>)>,
}

impl KeyWatch {
    /// Fails if this node lacks the active master key: it could not open what other nodes seal.
    pub fn look(
        &mut self,
        session: &mut Session,
        keyring: &Keyring,
        membership: Option<&Membership>,
        part: &Part,
        now: Duration,
    ) -> Result<(), ReplicationError> {
        let incarnation = match (part, membership) {
            (_, Some(member)) => Some(&member.incarnation),
            (Part::Server { incarnation, .. }, None) => Some(incarnation),
            (Part::Command, None) => None,
        };
        let is_anew = incarnation != self.told.as_ref().map(|(by, _)| by);
        if !is_anew && self.looked_at.is_some_and(|at| now < at + EVERY) {
            return Ok(());
        }
        if let Some(id) = session.active_master_key()?
            && !keyring.activate(&id)
        {
            return Err(ReplicationError::MasterKeyMissing { id });
        }
        if let (Part::Server { node, .. }, Some(incarnation)) = (part, incarnation) {
            let telling = (incarnation.clone(), keyring.ids());
            if self.told.as_ref() != Some(&telling) {
                session.note_keys(incarnation, node, &telling.1)?;
                self.told = Some(telling);
            }
        }
        self.looked_at = Some(now);
        Ok(())
    }
}
