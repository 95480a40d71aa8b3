//! Service credentials that expired while something still uses them.

use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::ServiceCredentialId;

/// Expired, and refused since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillTrying {
    pub id: ServiceCredentialId,
    pub name: String,
    pub expired_at: Timestamp,
    /// Within the last [`StillTrying::HOURS`].
    pub refused: u64,
}

impl StillTrying {
    pub const HOURS: i64 = 24;

    /// Only those that expired last are looked at.
    const EXAMINED: usize = 20;
}

/// The one that was refused most comes first.
pub fn credentials_still_trying(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<StillTrying>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let expired = |known: &crate::snapshot::Credential| {
        known.ends_at().filter(|end| *end <= reading.now && known.revoked.is_none())
    };
    let mut lately: Vec<_> = reading
        .realm
        .credentials
        .iter()
        .filter_map(|(id, known)| Some((expired(known)?, *id, known.name.to_string())))
        .collect();
    lately.sort_unstable_by(|one, other| other.cmp(one));
    lately.truncate(StillTrying::EXAMINED);
    let since = reading.now.plus_seconds(-StillTrying::HOURS * 3_600);
    let mut trying = Vec::new();
    for (expired_at, id, name) in lately {
        let hours = administration.ledger.store().list_usage(id.widen(), since)?;
        let refused = hours.iter().map(|(_, count)| count.refused).sum();
        if refused > 0 {
            trying.push(StillTrying { id, name, expired_at, refused });
        }
    }
    trying.sort_by_key(|one| std::cmp::Reverse(one.refused));
    Ok(trying)
}
