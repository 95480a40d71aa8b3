//! Source credentials that fail, or are about to.

use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::{SourceCredentialId, ValidationOutcome};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsCare {
    pub id: SourceCredentialId,
    pub name: String,
    pub trouble: Trouble,
    /// How many sources use it.
    pub sources: usize,
}

/// The worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its provider has refused it, or a permission, since then.
    Failing {
        since: Timestamp,
        outcome: ValidationOutcome,
    },
    Expired {
        at: Timestamp,
    },
    Expiring {
        at: Timestamp,
    },
}

impl Trouble {
    const fn rank(self) -> (u8, Timestamp) {
        match self {
            Self::Failing { since, .. } => (0, since),
            Self::Expired { at } => (1, at),
            Self::Expiring { at } => (2, at),
        }
    }
}

/// Failing ones, expired ones, and those that end before `soon`.
pub fn source_credentials_needing_care(
    administration: &Administration,
    act: &Act,
    soon: Timestamp,
) -> Result<Vec<NeedsCare>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let vault = &reading.realm.vault;
    let mut found: Vec<NeedsCare> = vault
        .credentials()
        .filter_map(|(id, known)| {
            let ends_before = |time: Timestamp| known.expires_at.filter(|end| *end <= time);
            let failing = known.failed_since.map(|since| Trouble::Failing { since, outcome: known.outcome });
            let expired = || ends_before(reading.now).map(|at| Trouble::Expired { at });
            let expiring = || ends_before(soon).map(|at| Trouble::Expiring { at });
            let trouble = failing.or_else(expired).or_else(expiring)?;
            let (name, sources) = (known.name.to_string(), vault.linked(id).count());
            Some(NeedsCare { id: *id, name, trouble, sources })
        })
        .collect();
    found.sort_by_key(|one| one.trouble.rank());
    Ok(found)
}
