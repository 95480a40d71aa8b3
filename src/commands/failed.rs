//! Message and exit code of a command that failed on this machine.

use claviger_cli::failure::{Exit, Failure};

use crate::administration::AdministrationError;
use crate::serve::ServeError;

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let exit = match &error {
            ServeError::Config(_) | ServeError::Verifier(_) => Exit::Usage,
            ServeError::Administration(error) => exit_of(error),
            _ => Exit::Failure,
        };
        Self::new(exit, error.to_string())
    }
}

fn exit_of(error: &AdministrationError) -> Exit {
    match error {
        AdministrationError::Denied(_) | AdministrationError::ServiceCredentialsOff => Exit::Forbidden,
        AdministrationError::NotFound(_) => Exit::NotFound,
        AdministrationError::Conflict(_)
        | AdministrationError::NamesTaken(_)
        | AdministrationError::NotActive
        | AdministrationError::Stale
        | AdministrationError::AlreadyMade(_) => Exit::Conflict,
        AdministrationError::Invalid(_)
        | AdministrationError::CredentialRefused { .. }
        | AdministrationError::NotVerified { .. }
        | AdministrationError::Unanswered { .. }
        | AdministrationError::Limit(_) => Exit::Invalid,
        AdministrationError::Busy(_) | AdministrationError::Ledger(_) | AdministrationError::Crypto(_) => {
            Exit::Failure
        }
    }
}
