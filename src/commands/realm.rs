//! `claviger realm`: tenants, each with its own issuer, keys and members.

use clap::{Args, Subcommand};
use claviger_cli::commands::realms::realm::RealmAct;
use claviger_cli::commands::realms::receipt::write_receipt;
use claviger_cli::failure::Failure;
use claviger_cli::server::confirmation::{Question, YesFlag};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Page, Table};
use claviger_contract::RealmLabel;
use claviger_domain::EmailAddress;
use serde_json::json;

use crate::administration::Preset;
use crate::commands::local_server::OnThisMachine;
use crate::commands::operator_token::show;
use crate::operator;

/// Manage realms: create, list, suspend, resume, delete, show, edit
///
/// The commands create, list, suspend, resume and delete use the database of this machine; show and edit use a server.
#[derive(Debug, Args)]
pub struct RealmCommand {
    #[command(subcommand)]
    act: Act,
}

const EXAMPLE: &str = "\
Example:
  export CLAVIGER_REALM=acme
  export CLAVIGER_TOKEN=\"$(claviger realm create acme --owner ada@example.org)\"
  claviger member list";

const DELETE_EXAMPLE: &str = "\
Example:
  claviger realm delete acme --name acme";

#[derive(Debug, Subcommand)]
enum Act {
    /// Create a realm and its owner, and print the owner's personal access token
    ///
    /// Opens the database of this machine; a server may be running on it. The token expires after one hour. Only the
    /// token is printed to standard output.
    #[command(after_help = EXAMPLE)]
    Create(NewRealm),

    /// List the realms
    ///
    /// Opens the database of this machine; a server may be running on it.
    List {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Issue and accept no tokens of a realm until it is resumed
    ///
    /// Tokens issued before become invalid permanently. Opens the database of this machine; a server may be running on
    /// it. Returns when that server has applied the change, or fails with an error.
    Suspend {
        #[command(flatten)]
        realm: KnownRealm,

        #[command(flatten)]
        yes: YesFlag,
    },

    /// Resume a suspended realm; tokens issued before stay invalid
    Resume(KnownRealm),

    /// Delete a realm for good
    ///
    /// None of its tokens counts any more, and its clients and members find no realm of that name. Opens the database
    /// of this machine; a server may be running on it. Returns when no server accepts its tokens, with a receipt. Its
    /// rows are removed after `ended_credential_retention_days`, 31 days at least; until then the name is not free.
    #[command(after_help = DELETE_EXAMPLE)]
    Delete {
        #[command(flatten)]
        realm: KnownRealm,

        /// The realm's name again, exactly: it confirms that this is the one
        #[arg(long = "name", value_name = "NAME")]
        typed_name: String,

        #[command(flatten)]
        yes: YesFlag,
    },

    #[command(flatten)]
    AtServer(RealmAct),
}

#[derive(Debug, Args)]
struct KnownRealm {
    /// The realm's name
    name: RealmLabel,

    #[command(flatten)]
    place: OnThisMachine,
}

#[derive(Debug, Args)]
struct NewRealm {
    /// The realm's name in URLs and tokens: a-z, 0-9 and -
    name: RealmLabel,

    /// The e-mail address of its first account holder
    #[arg(long, value_name = "EMAIL")]
    owner: EmailAddress,

    /// Register a preset of scopes: foundries
    ///
    /// foundries: the 14 scopes of source, containers, ci, devices and targets.
    #[arg(long, value_name = "PRESET")]
    preset: Option<Preset>,

    #[command(flatten)]
    place: OnThisMachine,
}

impl RealmCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            Act::Create(new) => new.create(output),
            Act::List { place } => list(&place, output),
            Act::Suspend { realm: KnownRealm { name, place }, yes } => {
                let question = Question {
                    act: format!("Suspend the realm {name}"),
                    effect: "Its tokens become invalid for good, and no new ones are issued until it is resumed.",
                };
                yes.confirm_here(&question, output)?;
                operator::suspend_realm(&place.settings(output)?, &name, true)?;
                let sentence = format!("The realm {name} is suspended; its tokens are invalid.");
                output.report(&sentence, &json!({ "realm": name, "suspended": true }))
            }
            Act::Resume(KnownRealm { name, place }) => {
                operator::suspend_realm(&place.settings(output)?, &name, false)?;
                let sentence =
                    format!("The realm {name} is active again; tokens issued before stay invalid.");
                output.report(&sentence, &json!({ "realm": name, "suspended": false }))
            }
            Act::Delete { realm: KnownRealm { name, place }, typed_name, yes } => {
                let question = Question {
                    act: format!("Delete the realm {name}"),
                    effect: "Everything in it is lost for good, and its tokens become invalid at once.",
                };
                yes.confirm_here(&question, output)?;
                let receipt = operator::delete_realm(&place.settings(output)?, &name, &typed_name)?;
                if output.wants_json() {
                    return output.json(&json!(receipt));
                }
                let mut page = Page::default();
                write_receipt(&mut page, format_args!("The realm {name} is deleted."), &receipt);
                output.page(&page)
            }
            Act::AtServer(act) => act.run(output),
        }
    }
}

fn list(place: &OnThisMachine, output: &mut Output) -> Result<(), Failure> {
    let mut table = Table::new(["REALM", "NAME", "STATUS", "CREATED"]);
    let mut listed = Vec::new();
    for realm in operator::list_realms(&place.settings(output)?)? {
        let status = match (realm.deleted_at, realm.suspended_at) {
            (Some(_), _) => "deleted",
            (None, Some(_)) => "suspended",
            (None, None) => "active",
        };
        listed.push(json!({
            "realm": realm.label,
            "display_name": realm.display_name,
            "status": status,
            "suspended_at": realm.suspended_at,
            "deleted_at": realm.deleted_at,
            "created_at": realm.created_at,
        }));
        table.row([
            realm.label.to_string().into(),
            realm.display_name.to_string().into(),
            status.into(),
            realm.created_at.to_string().into(),
        ]);
    }
    if output.wants_json() {
        return output.json(&json!({ "items": listed }));
    }
    let mut page = Page::default();
    page.table(&table, "There are no realms.");
    output.page(&page)
}

impl NewRealm {
    fn create(self, output: &mut Output) -> Result<(), Failure> {
        let Self { name, owner, preset, place } = self;
        let token = operator::create_realm(&place.settings(output)?, &name, &owner, preset)?;
        output.note(&format!("Created the realm {name}. A personal access token of its owner {owner}:"));
        show(token, &name, &owner, output)
    }
}
