//! `claviger node`: the servers on the same database.

use clap::{Args, Subcommand};
use claviger_api::{Listed, NodeView};
use claviger_domain::NodeStatus;

use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::cell::{BAD, Cell, GOOD, WARNING};
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::{ListFlags, StatusFlag};
use crate::values::shared_flags::SignedIn;

const EXAMPLES: &str = "\
Examples:
  claviger node list
  claviger node list --status silent --json";

/// The servers that must confirm a revocation
#[derive(Debug, Args)]
pub struct NodeCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: NodeAct,
}

#[derive(Debug, Subcommand)]
enum NodeAct {
    /// List the servers, and how far each has applied the change log
    ///
    /// A server is in_step, behind, or silent: its lease is over, and it accepts nothing. A server that stopped without
    /// leaving is listed for an hour. `claviger doctor` checks the same on the machine of a server.
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,
    },
}

const ROUTE: &str = "nodes";

impl NodeCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "node", output)?;
        let NodeAct::List { flags, status } = self.act;
        output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_with(status))?, list_page)
    }
}

fn list_page(page: &mut Page, listed: Listed<NodeView>) {
    let mut table = Table::new(["NODE", "STATUS", "POSITION", "VERSION", "LAST SEEN", "LEASE"]);
    for node in &listed.items {
        let lease = match node.lease_ms_left {
            0 => "over".to_owned(),
            left => format!("{left} ms left"),
        };
        table.row([
            node.name.as_str().into(),
            status(node.status),
            node.position.into(),
            Cell::or_dash(node.version.as_deref()),
            node.last_seen_at.into(),
            lease.into(),
        ]);
    }
    page.table(&table, "No server.");
}

fn status(status: NodeStatus) -> Cell {
    let style = match status {
        NodeStatus::InStep => GOOD,
        NodeStatus::Behind => WARNING,
        NodeStatus::Silent => BAD,
    };
    Cell::painted(style, status.as_str())
}
