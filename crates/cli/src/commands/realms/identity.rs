//! `claviger member identity`: the people at the identity provider who sign in as a member.

use clap::{Args, Subcommand};
use claviger_api::NewIdentity;
use serde_json::{Value, json};

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::values::identifier::{Identifier, Reference};
use crate::values::shared_flags::{SignedIn, WaitFlag};

const MEMBERS: &str = "members";
const IDENTITIES: &str = "identities";

/// Let people at the identity provider sign in as a member, or no longer
///
/// `claviger member show` lists who is linked, and who asks to be. Only account holders may change it.
#[derive(Debug, Args)]
pub struct IdentityCommand {
    #[command(subcommand)]
    act: IdentityAct,
}

#[derive(Debug, Subcommand)]
enum IdentityAct {
    /// Approve the request of a person who signed in with the address of a member
    Approve {
        /// The id or e-mail address of the member
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        /// The id of the request, as `claviger member show` lists it
        #[arg(value_name = "IDENTITY")]
        identity: Identifier,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Link a person ahead of their first sign-in
    Link {
        /// The id or e-mail address of the member
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        /// The issuer of the provider, exactly as it writes it
        #[arg(long, value_name = "URL")]
        issuer: String,

        /// The `sub` of the person there
        #[arg(long, value_name = "SUB")]
        subject: String,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Remove a person, or decline their request
    ///
    /// The sessions of the member that began at the provider end.
    Remove {
        /// The id or e-mail address of the member
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        /// The id of the link or request, as `claviger member show` lists it
        #[arg(value_name = "IDENTITY")]
        identity: Identifier,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,

        #[command(flatten)]
        server: SignedIn,
    },
}

impl IdentityCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let connect = |server, output: &mut Output| Client::connect(server, "member identity", output);
        match self.act {
            IdentityAct::Approve { id, identity, server } => {
                let client = connect(server, output)?;
                let id = client.find(MEMBERS, &id)?;
                let member = client.get(&[MEMBERS, id.as_str()])?.decode::<Value>()?;
                let new = requested(&member, identity.as_str()).ok_or_else(|| {
                    Failure::usage(format!("the member has no identity {}", identity.as_str()))
                })?;
                output.answer::<Object>(&client.create(&[MEMBERS, id.as_str(), IDENTITIES], &new)?)
            }
            IdentityAct::Link { id, issuer, subject, server } => {
                let client = connect(server, output)?;
                let id = client.find(MEMBERS, &id)?;
                let new = json!({"issuer": issuer, "subject": subject});
                output.answer::<Object>(&client.create(&[MEMBERS, id.as_str(), IDENTITIES], &new)?)
            }
            IdentityAct::Remove { id, identity, wait, how, server } => {
                let client = connect(server, output)?;
                let id = client.find(MEMBERS, &id)?;
                let question = Question {
                    act: format!("Remove the identity {}", identity.as_str()),
                    effect: "The sessions of the member that began at the provider end at once.",
                };
                let path = [MEMBERS, id.as_str(), IDENTITIES, identity.as_str()];
                let change = client.deletion(&path, wait);
                let shown = [MEMBERS, id.as_str()];
                let confirmed = how.confirm(&question, &client, Some(&shown), change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    let done = format_args!("Removed the identity {}.", identity.as_str());
                    write_receipt(page, done, &receipt);
                })
            }
        }
    }
}

/// What links the person of a request.
fn requested(member: &Value, identity: &str) -> Option<NewIdentity> {
    let found = member[IDENTITIES].as_array()?.iter().find(|one| one["id"] == identity)?;
    serde_json::from_value(json!({"issuer": found["issuer"], "subject": found["subject"]})).ok()
}
