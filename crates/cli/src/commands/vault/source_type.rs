//! `claviger source-type`: what third-party credentials can be of, and what each needs.

use clap::{Args, Subcommand};
use claviger_api::{Listed, SourceFieldView, SourceTypeView};

use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::SignedIn;

/// Source types: what a credential of each third party needs
#[derive(Debug, Args)]
pub struct SourceTypeCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: SourceTypeAct,
}

#[derive(Debug, Subcommand)]
enum SourceTypeAct {
    /// List the source types
    List {
        #[command(flatten)]
        flags: ListFlags,

        /// Filter by category, such as vcs
        #[arg(long, value_name = "CATEGORY")]
        category: Option<String>,
    },

    /// Show the fields, permissions and questions of a source type
    Show {
        /// Reference shown by the `list` command, such as github
        #[arg(value_name = "ID|NAME")]
        id: String,
    },
}

const ROUTE: &str = "source-types";

impl SourceTypeCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "source-type", output)?;
        match self.act {
            SourceTypeAct::List { flags, category } => {
                let mut query = flags.query();
                query.extend(category.map(|category| ("category", category)));
                output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
            }
            SourceTypeAct::Show { id } => output.answer_with(&client.get(&[ROUTE, &id])?, show_page),
        }
    }
}

fn list_page(page: &mut Page, listed: Listed<SourceTypeView>) {
    let mut table = Table::new(["ID", "NAME", "CATEGORY", "WAYS TO AUTHENTICATE"]);
    for known in &listed.items {
        let modes: Vec<&str> =
            known.auth_modes.iter().filter(|mode| !mode.retired).map(|mode| mode.id.as_str()).collect();
        table.row([
            (&known.id).into(),
            (&known.name).into(),
            known.category.join(", ").into(),
            modes.join(", ").into(),
        ]);
    }
    page.table(&table, "There is no such source type.");
}

fn show_page(page: &mut Page, known: SourceTypeView) {
    page.heading(&known.name);
    for mode in known.auth_modes.iter().filter(|mode| !mode.retired) {
        page.blank();
        page.line(format_args!("{} (--auth-mode {})", mode.label, mode.id));
        let mut table = Table::new(["FIELD", "KIND", "REQUIRED", "HELP"]);
        for field in &mode.fields {
            table.row([
                (&field.name).into(),
                kind(field).into(),
                if field.required { "yes" } else { "no" }.into(),
                (&field.help).into(),
            ]);
        }
        page.table(&table, "It needs no field.");
    }
    page.blank();
    let mut table = Table::new(["PROFILE", "REQUIRED PERMISSIONS", "RECOMMENDED"]);
    for profile in &known.profiles {
        table.row([
            (&profile.id).into(),
            profile.required.join(", ").into(),
            profile.recommended.join(", ").into(),
        ]);
    }
    page.table(&table, "It has no profiles.");
    for question in &known.questions {
        page.line(format_args!("Question {}: {}", question.id, question.prompt));
    }
    if !known.notes.is_empty() {
        page.blank();
        page.line(&known.notes);
    }
}

fn kind(field: &SourceFieldView) -> String {
    match field.options.is_empty() {
        true => field.kind.clone(),
        false => field.options.join(" | "),
    }
}
