//! The client that a request to the token endpoints comes from.

use clap::Args;

use crate::failure::{Exit, Failure};
use crate::server::profile::Profile;
use crate::terminal::output::Output;
use crate::terminal::secret_input::{PresentedSecret, SecretSource};

/// Who asks.
#[derive(Debug, Args)]
pub struct Identity {
    /// The client id [default: that of `claviger login --client-id`]
    #[arg(long, value_name = "ID", requires = "key_file")]
    client_id: Option<String>,

    /// File that holds the client key; - is standard input
    #[arg(long, value_name = "FILE", requires = "client_id")]
    pub key_file: Option<SecretSource>,
}

impl Identity {
    pub fn is_given(&self) -> bool {
        self.client_id.is_some()
    }

    pub fn settle(
        self,
        profile: Option<&Profile>,
        output: &mut Output,
    ) -> Result<(String, PresentedSecret), Failure> {
        if let (Some(id), Some(file)) = (self.client_id, self.key_file) {
            return Ok((id, file.read("client key", output)?));
        }
        let kept = profile.and_then(|profile| profile.client.clone());
        kept.ok_or_else(|| {
            let message = "no client is selected: add --client-id and --key-file, or sign in with \
                           `claviger login --client-id ID`";
            Failure::new(Exit::NotSignedIn, message)
        })
    }
}
