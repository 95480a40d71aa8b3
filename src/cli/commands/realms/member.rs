//! `claviger member`: people who sign in, and what they may administer.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::commands::operator::machine::Machine;
use crate::cli::commands::realms::member_view::{Member, list_page};
use crate::cli::commands::realms::receipt::Receipt;
use crate::cli::failure::Failure;
use crate::cli::server::client::Client;
use crate::cli::server::operator_token::{TokenOwner, show};
use crate::cli::terminal::output::Output;
use crate::cli::values::identifier::Identifier;
use crate::cli::values::list_flags::{ListFlags, StatusFlag};
use crate::cli::values::shared_flags::{SignedIn, replacement};

/// Members: people who sign in, and what they may administer
#[derive(Debug, Args)]
pub struct MemberCommand {
    #[command(subcommand)]
    act: MemberAct,
}

const TOKEN_EXAMPLE: &str = "\
Example:
  export CLAVIGER_REALM=acme
  export CLAVIGER_TOKEN=\"$(claviger member token ada@example.org)\"";

#[derive(Debug, Subcommand)]
enum MemberAct {
    /// Print a personal access token of a member, for the operator of this machine
    ///
    /// Opens the database of this machine; a server may be running on it. The token is good for one hour and for
    /// admin:read-update, and stands alone on standard output. The audit trail names the operator.
    #[command(after_help = TOKEN_EXAMPLE)]
    Token(TokenOwner),

    /// Add a member
    Create {
        /// Their e-mail address, which no member of the realm has
        email: String,

        /// The name to show for them
        #[arg(long)]
        name: String,

        /// account_holder, sys_admin, auditor or member; may be repeated
        #[arg(long = "role", value_name = "ROLE", default_value = "member")]
        roles: Vec<String>,

        /// A group to inherit scopes from; may be repeated
        #[arg(long = "group", value_name = "NAME")]
        groups: Vec<String>,

        #[command(flatten)]
        server: SignedIn,
    },

    /// List the realm's members
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Show one member
    Show {
        /// As `claviger member list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Change a member
    ///
    /// --role and --group replace the whole list each. What is taken away is gone from their tokens at the next use.
    Edit {
        /// As `claviger member list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        #[command(flatten)]
        edit: MemberEdit,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Disable a member and their tokens; service credentials they created stay valid
    Disable {
        /// As `claviger member list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        #[command(flatten)]
        server: SignedIn,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct MemberEdit {
    /// The name to show for them
    #[arg(long)]
    name: Option<String>,

    /// account_holder, sys_admin, auditor or member, instead of those before; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,

    /// A group to inherit scopes from, instead of those before; may be repeated
    #[arg(long = "group", value_name = "NAME", conflicts_with = "no_groups")]
    groups: Vec<String>,

    /// Leave every group
    #[arg(long)]
    no_groups: bool,
}

#[derive(Serialize)]
struct CreateBody {
    email: String,
    name: String,
    roles: Vec<String>,
    groups: Vec<String>,
}

#[derive(Serialize)]
struct EditBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
}

const ROUTE: &str = "members";

impl MemberCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let connect = |server, output: &mut Output| Client::connect(server, "member", output);
        match self.act {
            MemberAct::Token(owner) => {
                output.prefer_json(owner.json);
                let token = machine.member_token(&owner)?;
                show(token, &owner.realm, &owner.email, output)
            }
            MemberAct::Create { email, name, roles, groups, server } => {
                let client = connect(server, output)?;
                let body = CreateBody { email, name, roles, groups };
                output.answer::<Member>(&client.create(&[ROUTE], &body)?)
            }
            MemberAct::List { flags, status, server } => {
                let client = connect(server, output)?;
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_with(status))?, list_page)
            }
            MemberAct::Show { id, server } => {
                let client = connect(server, output)?;
                output.answer::<Member>(&client.get(&[ROUTE, id.as_str()])?)
            }
            MemberAct::Edit { id, edit, server } => {
                let client = connect(server, output)?;
                output.answer::<Member>(&client.edit(&[ROUTE, id.as_str()], &edit.body())?)
            }
            MemberAct::Disable { id, server } => {
                let client = connect(server, output)?;
                let answer = client.act(&[ROUTE, id.as_str(), "disable"], None, &serde_json::json!({}))?;
                output.answer_with(&answer, |page, receipt: Receipt| {
                    receipt.write_as(page, format_args!("Disabled the member {}.", id.as_str()));
                })
            }
        }
    }
}

impl MemberEdit {
    fn body(self) -> EditBody {
        EditBody {
            name: self.name,
            roles: replacement(self.roles, false),
            groups: replacement(self.groups, self.no_groups),
        }
    }
}
