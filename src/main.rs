//! The binary: hands the command line what it takes the whole server to do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use claviger::cli::{
    self, AuditTrail, BackedUp, DevServer, Exit, Failure, Finding, KnownRealm, Machine, MasterKeyUse,
    Migrations, NewRealm, OnThisMachine, OperatorToken, Restored, ServeFlags, TokenOwner,
};
use claviger::config::{self, Flags, Settings};
use claviger::serve::{self, Quickstart, Reach, RestoreFrom, ServeError};

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
        serve::create_realm(&settings, &new.name, &new.owner, new.preset).map(operator_token).map_err(failed)
    }

    fn suspend_realm(&self, realm: &KnownRealm, suspended: bool) -> Result<(), Failure> {
        let settings = settings(&realm.place.flags())?;
        serve::suspend_realm(&settings, &realm.name, suspended).map_err(failed)
    }

    fn member_token(&self, owner: &TokenOwner) -> Result<OperatorToken, Failure> {
        let settings = settings(&owner.place.flags())?;
        serve::member_token(&settings, &owner.realm, &owner.email).map(operator_token).map_err(failed)
    }

    fn verify_audit(
        &self,
        place: &OnThisMachine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<AuditTrail, Failure> {
        let found = serve::verify_audit(&settings(&place.flags())?, progress).map_err(failed)?;
        Ok(AuditTrail {
            fitting: found.fitting,
            pruned: found.pruned,
            end: format!("{:?}", found.end),
            fault: found.fault.map(|fault| fault.to_string()),
        })
    }

    fn backup(
        &self,
        place: &OnThisMachine,
        file: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<BackedUp, Failure> {
        let taken = serve::backup(&settings(&place.flags())?, file, progress).map_err(failed)?;
        Ok(BackedUp { rows: taken.rows, position: taken.header.position })
    }

    fn restore(
        &self,
        place: &OnThisMachine,
        file: &Path,
        journals: &[PathBuf],
        progress: &mut dyn FnMut(u64),
    ) -> Result<Restored, Failure> {
        let from = RestoreFrom { backup: file, journals };
        let done = serve::restore(&settings(&place.flags())?, &from, progress).map_err(failed)?;
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
        let (before, after) = serve::migrate(&settings(&place.flags())?).map_err(failed)?;
        let ours = |state: serve::MigrationState| Migrations {
            applied: state.applied,
            pending: state.pending,
            unknown: state.unknown,
        };
        Ok((ours(before), ours(after)))
    }

    fn migrations(&self, place: &OnThisMachine) -> Result<Migrations, Failure> {
        let state = serve::migration_state(&settings(&place.flags())?).map_err(failed)?;
        Ok(Migrations { applied: state.applied, pending: state.pending, unknown: state.unknown })
    }

    fn examine(&self, place: &OnThisMachine) -> Result<Vec<Finding>, Failure> {
        let findings = serve::examine(&settings(&place.flags())?).0;
        let shown = |finding: serve::Finding| Finding {
            what: finding.what.to_owned(),
            ok: finding.advice.is_none(),
            found: finding.found,
            advice: finding.advice,
        };
        Ok(findings.into_iter().map(shown).collect())
    }

    fn init_keys(&self, place: &OnThisMachine) -> Result<PathBuf, Failure> {
        serve::init_keys(&settings(&place.flags())?).map_err(failed)
    }

    fn list_keys(&self, place: &OnThisMachine) -> Result<Vec<MasterKeyUse>, Failure> {
        let uses = serve::list_keys(&settings(&place.flags())?).map_err(failed)?;
        let shown =
            |one: serve::MasterKeyUse| MasterKeyUse { id: one.id, seals: one.seals, sealed: one.sealed };
        Ok(uses.into_iter().map(shown).collect())
    }

    fn rotate_keys(&self, place: &OnThisMachine) -> Result<(String, usize), Failure> {
        serve::rotate_keys(&settings(&place.flags())?).map_err(failed)
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

fn operator_token(made: serve::OperatorToken) -> OperatorToken {
    OperatorToken { token: made.token, expires_at: made.expires_at }
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
