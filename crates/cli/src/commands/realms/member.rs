//! `claviger member`: people who sign in, and what they may administer.

use clap::{Args, Subcommand};
use claviger_api::{Edited, SignInLink};
use serde::Serialize;

use crate::commands::realms::identity::IdentityCommand;
use crate::commands::realms::member_view::list_page;
use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::creation::Creation;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::values::identifier::Reference;
use crate::values::list_flags::{ListFlags, StatusFlag};
use crate::values::shared_flags::{SignedIn, WaitFlag, emptied_if};

/// Members: people who sign in, and what they may administer
#[derive(Debug, Args)]
pub struct MemberCommand {
    #[command(subcommand)]
    act: MemberAct,
}

#[derive(Debug, Subcommand)]
pub enum MemberAct {
    /// Add a member
    Create {
        #[command(flatten)]
        new: NewMember,

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
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Change a member
    ///
    /// --role and --group replace the whole list each. What is taken away is gone from their tokens at the next use.
    Edit {
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        edit: MemberEdit,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Make a link with which a member sets the password of a local account, once
    ///
    /// A local account signs in to the console while the identity provider does not answer, or if there is none. The link
    /// works for three days and replaces the one before.
    Invite {
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Reset the second factor of a member's local account
    ///
    /// For somebody who has lost the authenticator app and the recovery codes. The password alone signs in until they set
    /// another second factor up. Make sure that it is they who ask.
    ResetSecondFactor {
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        server: SignedIn,
    },
    /// Let people at the identity provider sign in as a member, or no longer
    Identity(IdentityCommand),

    /// Enable a disabled member; what they owned before stays revoked
    ///
    /// Roles and groups are as before. Their tokens and application credentials have to be created again.
    Enable {
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        server: SignedIn,
    },

    /// Disable a member and their tokens; service credentials they created stay valid
    Disable {
        /// Its id or e-mail address
        #[arg(value_name = "ID|EMAIL")]
        id: Reference,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,

        #[command(flatten)]
        server: SignedIn,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewMember {
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
}

/// A member of the body that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct MemberEdit {
    /// The name to show for them
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,

    /// account_holder, sys_admin, auditor or member, instead of those before; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,

    /// Group to inherit scopes from, replacing the list; may be repeated
    #[arg(long = "group", value_name = "NAME", conflicts_with = "no_groups")]
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,

    /// Leave every group
    #[arg(long)]
    #[serde(skip)]
    no_groups: bool,
}

const INVITATION: Creation = Creation {
    object: "link of the member",
    secret: "text",
    remedy: "make another one with `claviger member invite EMAIL`, which replaces it",
};

const ROUTE: &str = "members";

impl MemberCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        self.act.run(output)
    }
}

impl MemberAct {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let connect = |server, output: &mut Output| Client::connect(server, "member", output);
        match self {
            Self::Create { new, server } => {
                let client = connect(server, output)?;
                output.answer::<Object>(&client.create(&[ROUTE], &new)?)
            }
            Self::List { flags, status, server } => {
                let client = connect(server, output)?;
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_with(status))?, list_page)
            }
            Self::Show { id, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                output.answer::<Object>(&client.get(&[ROUTE, id.as_str()])?)
            }
            Self::Edit { id, edit, wait, how, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                let edit = edit.body();
                let change = client.editing(&[ROUTE, id.as_str()], wait, &edit)?;
                let confirmed = how.confirm_edit(&edit, &client, &[ROUTE, id.as_str()], change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer::<Edited<Object>>(&answer)
            }
            Self::Invite { id, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                let made = client.create(&[ROUTE, id.as_str(), "invite"], &serde_json::json!({}))?;
                output.created(&INVITATION, &made, |page, made: SignInLink| {
                    page.line(format_args!("{}", made.link.expose()));
                    page.blank();
                    page.line(format_args!(
                        "It works once, until {}. Send it to that member alone.",
                        made.expires_at
                    ));
                })
            }
            Self::ResetSecondFactor { id, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                let path = [ROUTE, id.as_str(), "reset-second-factor"];
                output.answer::<Object>(&client.create(&path, &serde_json::json!({}))?)
            }
            Self::Identity(command) => command.run(output),
            Self::Enable { id, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                output.answer::<Object>(
                    &client.create(&[ROUTE, id.as_str(), "enable"], &serde_json::json!({}))?,
                )
            }
            Self::Disable { id, wait, how, server } => {
                let client = connect(server, output)?;
                let id = client.find(ROUTE, &id)?;
                let question = Question {
                    act: format!("Disable the member {}", id.as_str()),
                    effect: "Their tokens become invalid at once.",
                };
                let path = [ROUTE, id.as_str(), "disable"];
                let change = client.ending(&path, wait, &serde_json::json!({}))?;
                let confirmed =
                    how.confirm(&question, &client, Some(&[ROUTE, id.as_str()]), change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    write_receipt(page, format_args!("Disabled the member {}.", id.as_str()), &receipt);
                })
            }
        }
    }
}

impl MemberEdit {
    /// With the list that is to be empty.
    fn body(mut self) -> Self {
        emptied_if(self.no_groups, &mut self.groups);
        self
    }
}
