//! Compares the change log with the revocation journal of this data folder, as a starting server does.

use crate::config::Settings;
use crate::operator::doctor::findings::Findings;
use crate::replication::{Journal, ReplicationError, check_history};
use crate::store::Session;

/// Says nothing if it is: a healthy server has its findings on one page.
pub fn is_kept(settings: &Settings, findings: &mut Findings) {
    let journal = match Journal::look(&settings.data_dir) {
        Ok(journal) => journal,
        Err(error) => {
            let advice = "start no server on it; restore a backup with the journals of other servers, if there are any";
            return findings.wrong("journal", error.to_string(), advice);
        }
    };
    let checked = Session::look(&settings.database_url)
        .map_err(ReplicationError::from)
        .and_then(|mut session| check_history(&journal, &mut session));
    if let Err(error) = checked {
        let advice = "claviger restore, with this journal: no server starts on this database";
        findings.wrong("journal", error.to_string(), advice);
    }
}
