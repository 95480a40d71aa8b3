//! `claviger revocation`.

use clap::{Args, Subcommand};

use crate::commands::revocation::drill::Drill;
use crate::failure::Failure;
use crate::terminal::output::Output;
use crate::values::shared_flags::SignedIn;

/// Revocations: measure how soon each service refuses a revoked token
#[derive(Debug, Args)]
pub struct RevocationCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: RevocationAct,
}

const DRILL_EXAMPLE: &str = "\
Examples:
  claviger revocation drill --probe https://api.example.org=https://api.example.org/health --group readers
  claviger revocation drill --probe builds=https://builds.example.org/v1/jobs --for 15m --json

The caller needs what creates and revokes service credentials: the role sys_admin or account_holder.";

#[derive(Debug, Subcommand)]
enum RevocationAct {
    /// Revoke a throw-away credential, and measure how long services accept its tokens
    ///
    /// Creates a service credential, gets a token for each audience, and sends GET requests with it to the addresses
    /// until each is refused after the revocation. 2xx is accepted, 401 and 403 are refused. The credential is revoked
    /// however the drill ends. The exit code is 1 if an audience of the tier T0 or T1 accepted a request that was sent
    /// after the receipt had arrived, or refused none.
    #[command(after_help = DRILL_EXAMPLE)]
    Drill(Drill),
}

impl RevocationCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let RevocationAct::Drill(drill) = self.act;
        drill.run(&self.server, output)
    }
}
