//! The binary: hands the command line what it takes the whole server to do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use claviger::cli::{
    self, AuditTrail, BackedUp, DamagedLogRow, DevServer, Exit, Failure, Finding, KnownRealm, Machine,
    MasterKeyRole, MasterKeyUse, Migrations, NewRealm, OnThisMachine, OperatorToken, Restored, ServeFlags,
    SkippedLogRow, TokenOwner,
};
use claviger::config::{self, Flags, Settings};
use claviger::operator;
use claviger::operator::{Reach, RestoreFrom};
use claviger::serve::{self, Quickstart, ServeError};

/// Tokens and their requests are made of many small allocations: `make bench` gave about a twentieth more tokens a second with
/// this allocator than with the system's (docs/decisions/0001-libraries.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(&ThisMachine)
}

struct ThisMachine;

impl Machine for ThisMachine {
    fn serve(&self, flags: &ServeFlags) -> Result<(), Failure> {
        serve::serve(&settings(&flags.flags())?).map_err(failed)
    }

    fn serve_dev(&self, flags: &ServeFlags, announce: &mut dyn FnMut(&DevServer)) -> Result<(), Failure> {
        let settings = settings(&flags.flags())?;
        let tell = |quickstart: &Quickstart| announce(&dev_server(quickstart, &settings));
        serve::serve_dev(&settings, flags.keep, tell).map_err(failed)
    }

    fn openapi(&self) -> String {
        serve::openapi()
    }

    fn create_realm(&self, new: &NewRealm) -> Result<OperatorToken, Failure> {
        let settings = settings(&new.place.flags())?;
        operator::create_realm(&settings, &new.name, &new.owner, new.preset)
            .map(operator_token)
            .map_err(failed)
    }

    fn suspend_realm(&self, realm: &KnownRealm, suspended: bool) -> Result<(), Failure> {
        let settings = settings(&realm.place.flags())?;
        operator::suspend_realm(&settings, &realm.name, suspended).map_err(failed)
    }

    fn member_token(&self, owner: &TokenOwner) -> Result<OperatorToken, Failure> {
        let settings = settings(&owner.place.flags())?;
        operator::member_token(&settings, &owner.realm, &owner.email).map(operator_token).map_err(failed)
    }

    fn verify_audit(
        &self,
        place: &OnThisMachine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<AuditTrail, Failure> {
        let found = operator::verify_audit(&settings(&place.flags())?, progress).map_err(failed)?;
        Ok(AuditTrail {
            fitting: found.fitting,
            pruned: found.pruned,
            end: format!("{:?}", found.end),
            fault: found.fault.map(|fault| fault.to_string()),
            damage: operator::find_damage(&settings(&place.flags())?).map_err(failed)?,
        })
    }

    fn damaged_log_rows(
        &self,
        place: &OnThisMachine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<DamagedLogRow>, Failure> {
        let rows = operator::damaged_rows(&settings(&place.flags())?, progress).map_err(failed)?;
        let shown = rows.into_iter().map(|row| DamagedLogRow {
            position: row.position.as_u64(),
            realm: row.realm.map(|realm| realm.to_string()),
            what: row.what,
            newer: row.newer,
            skipped: row.skipped,
        });
        Ok(shown.collect())
    }

    fn skip_log_row(&self, place: &OnThisMachine, position: u64) -> Result<SkippedLogRow, Failure> {
        let done = operator::skip_row(&settings(&place.flags())?, position).map_err(failed)?;
        Ok(SkippedLogRow {
            position: done.position.as_u64(),
            realms: done.realms.iter().map(ToString::to_string).collect(),
        })
    }

    fn backup(
        &self,
        place: &OnThisMachine,
        file: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<BackedUp, Failure> {
        let taken = operator::backup(&settings(&place.flags())?, file, progress).map_err(failed)?;
        let damage = operator::find_damage(&settings(&place.flags())?).map_err(failed)?;
        Ok(BackedUp { rows: taken.rows, position: taken.header.position, damage })
    }

    fn restore(
        &self,
        place: &OnThisMachine,
        file: &Path,
        journals: &[PathBuf],
        progress: &mut dyn FnMut(u64),
    ) -> Result<Restored, Failure> {
        let from = RestoreFrom { backup: file, journals };
        let done = operator::restore(&settings(&place.flags())?, &from, progress).map_err(failed)?;
        Ok(Restored {
            rows: done.rows,
            made_at: done.header.made_at,
            journals: done.journals,
            ended_again: done.reasserted,
            known_up_to: match done.reach {
                Reach::UpTo(place) => Some((place.position.as_u64(), place.at)),
                Reach::Nothing => None,
            },
        })
    }

    fn migrate(&self, place: &OnThisMachine) -> Result<(Migrations, Migrations), Failure> {
        let (before, after) = operator::migrate(&settings(&place.flags())?).map_err(failed)?;
        let ours = |state: operator::MigrationState| Migrations {
            applied: state.applied,
            pending: state.pending,
            unknown: state.unknown,
        };
        Ok((ours(before), ours(after)))
    }

    fn migrations(&self, place: &OnThisMachine) -> Result<Migrations, Failure> {
        let state = operator::migration_state(&settings(&place.flags())?).map_err(failed)?;
        Ok(Migrations { applied: state.applied, pending: state.pending, unknown: state.unknown })
    }

    fn examine(&self, place: &OnThisMachine) -> Result<Vec<Finding>, Failure> {
        let findings = operator::examine(&settings(&place.flags())?).0;
        let shown = |finding: operator::Finding| Finding {
            what: finding.what.to_owned(),
            ok: finding.advice.is_none(),
            found: finding.found,
            advice: finding.advice,
        };
        Ok(findings.into_iter().map(shown).collect())
    }

    fn init_keys(&self, place: &OnThisMachine) -> Result<PathBuf, Failure> {
        operator::init_keys(&settings(&place.flags())?).map_err(failed)
    }

    fn list_keys(&self, place: &OnThisMachine) -> Result<Vec<MasterKeyUse>, Failure> {
        let uses = operator::list_keys(&settings(&place.flags())?).map_err(failed)?;
        let role = |role| match role {
            operator::MasterKeyRole::Active => MasterKeyRole::Active,
            operator::MasterKeyRole::Retired => MasterKeyRole::Retired,
            operator::MasterKeyRole::Added => MasterKeyRole::Added,
        };
        let shown = |one: operator::MasterKeyUse| MasterKeyUse {
            id: one.id,
            role: role(one.role),
            sealed: one.sealed,
            digests: one.digests,
            missing_at: one.missing_at,
        };
        Ok(uses.into_iter().map(shown).collect())
    }

    fn add_key(&self, place: &OnThisMachine) -> Result<String, Failure> {
        operator::add_key(&settings(&place.flags())?).map_err(failed)
    }

    fn promote_key(&self, place: &OnThisMachine, id: Option<&str>) -> Result<(String, usize), Failure> {
        let promoted = operator::promote_key(&settings(&place.flags())?, id).map_err(failed)?;
        Ok((promoted.id, promoted.resealed))
    }

    fn remove_key(&self, place: &OnThisMachine, id: &str) -> Result<(), Failure> {
        operator::remove_key(&settings(&place.flags())?, id).map_err(failed)
    }
}

/// A setting is wrong wherever it stands, as a flag is: the command line is not what it should be.
fn settings(flags: &Flags) -> Result<Settings, Failure> {
    config::load(flags).map_err(|error| Failure::usage(error.to_string()))
}

fn failed(error: ServeError) -> Failure {
    let exit = match &error {
        ServeError::Config(_) => Exit::Usage,
        ServeError::Administration(error) => error.into(),
        _ => Exit::Failure,
    };
    Failure::new(exit, error.to_string())
}

fn operator_token(made: operator::OperatorToken) -> OperatorToken {
    OperatorToken { token: made.token, expires_at: made.expires_at, unapplied: made.unapplied.map(failed) }
}

fn dev_server(quickstart: &Quickstart, settings: &Settings) -> DevServer {
    DevServer {
        base_url: quickstart.base_url.clone(),
        realm: quickstart.realm.clone(),
        owner_email: quickstart.owner.email.clone(),
        owner_token: quickstart.owner.personal_access_token.clone(),
        client_id: quickstart.client_id.to_string(),
        client_key: quickstart.client_key.clone(),
        server_client_id: quickstart.resource_server.client_id.to_string(),
        server_client_key: quickstart.resource_server.client_key.clone(),
        audience: quickstart.resource_server.audience.clone(),
        quickstart_file: settings.data_dir.join("quickstart.json"),
    }
}
