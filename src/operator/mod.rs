//! Commands on the server's machine: realms, member tokens, backup, restore, doctor, master keys and migrations.

mod beside;
mod damage;
mod doctor;
mod local;
mod maintenance;
mod master_keys;
mod restore;
mod sealed_parts;

pub use crate::replication::{Place, Reach};
pub use crate::store::MigrationState;
pub use damage::{damaged_rows, find_damage, skip_row};
pub use doctor::{Finding, Findings, examine};
pub use local::{
    OperatorLink, OperatorToken, create_realm, delete_realm, member_token, operator, sign_in_link,
    suspend_realm,
};
pub use maintenance::{Progress, backup, list_realms, migrate, migration_state, verify_audit};
pub use master_keys::{
    MasterKeyRole, MasterKeyUse, Promoted, add_key, init_keys, list_keys, promote_key, remove_key,
};
pub use restore::{RestoreDone, RestoreFrom, restore, restore_from};
