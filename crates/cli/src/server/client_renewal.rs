//! The renewal of a client of any kind: asks first if the old key ends at once.

use clap::Args;

use crate::failure::Failure;
use crate::server::answer::Answer;
use crate::server::client::Client;
use crate::server::confirmation::{Question, YesFlag};
use crate::terminal::output::Output;
use crate::values::credential_flags::CredentialRenewal;
use crate::values::identifier::Reference;
use crate::values::lifetime::Lifetime;
use crate::values::shared_flags::WaitFlag;

#[derive(Debug, Args)]
pub struct ClientRenewal {
    /// Its id, or its name if only one has it
    #[arg(value_name = "ID|NAME")]
    id: Reference,

    #[command(flatten)]
    renewal: CredentialRenewal,

    #[command(flatten)]
    wait: WaitFlag,

    #[command(flatten)]
    yes: YesFlag,
}

impl ClientRenewal {
    /// How long the old key stays valid.
    pub fn overlap(&self) -> Lifetime {
        self.renewal.overlap
    }

    /// `noun` is the kind of client, such as `service credential`. `effect` is what an end without overlap does, in one
    /// sentence.
    pub fn request(
        &self,
        client: &Client,
        route: &str,
        (noun, effect): (&str, &str),
        output: &mut Output,
    ) -> Result<Answer, Failure> {
        let id = client.find(route, &self.id)?;
        let id = id.as_str();
        if self.renewal.overlap == Lifetime::of_seconds(0) {
            let question = Question { act: format!("Replace the {noun} {id} without an overlap"), effect };
            self.yes.confirm(&question, client, Some(&[route, id]), output)?;
        }
        client.act(&[route, id, "renew"], self.wait, &self.renewal)
    }
}
