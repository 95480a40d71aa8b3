//! `claviger profile`: the servers and realms that `claviger login` saved under names.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::server::profile::Profile;
use crate::server::profile_files::{ProfileFile, current, names, select, select_none};
use crate::terminal::cell::Cell;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::profile_choice::{ProfileChoice, ProfileName};
use crate::values::shared_flags::JsonFlag;

const EXAMPLES: &str = "\
Examples:
  claviger login --profile staging --url https://staging.example.org --realm acme < token.txt
  claviger profile use staging
  claviger --profile default credential list";

/// Saved sign-ins by name: list them, select one, delete one
///
/// `claviger login --profile NAME` saves one. A command uses the one of --profile or CLAVIGER_PROFILE, else the one that
/// was selected, else the one named default.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ProfileCommand {
    #[command(subcommand)]
    act: ProfileAct,
}

#[derive(Debug, Subcommand)]
enum ProfileAct {
    /// List the saved profiles
    List {
        #[command(flatten)]
        form: JsonFlag,
    },

    /// Select the profile that commands use unless they say another
    Use {
        /// Name shown by the `list` command
        name: ProfileName,

        #[command(flatten)]
        form: JsonFlag,
    },

    /// Delete a profile; its token stays valid until it is revoked
    Delete {
        /// Name shown by the `list` command
        name: ProfileName,

        #[command(flatten)]
        form: JsonFlag,
    },
}

#[derive(Serialize)]
struct Row {
    name: String,
    is_current: bool,
    url: Option<String>,
    realm: Option<String>,
    has_personal_access_token: bool,
    client_id: Option<String>,
    /// Why the file cannot be used.
    error: Option<String>,
}

impl ProfileCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            ProfileAct::List { form } => {
                output.prefer_json(form.json);
                let current = current()?;
                let rows = names()?.iter().map(|name| row(name, &current)).collect::<Result<Vec<_>, _>>()?;
                if output.wants_json() {
                    return output.json(&json!({ "items": rows }));
                }
                output.page(&page(&rows))
            }
            ProfileAct::Use { name, form } => {
                output.prefer_json(form.json);
                if !names()?.contains(&name) {
                    return Err(unknown(&name));
                }
                select(&name)?;
                output.report(
                    &format!("Commands use the profile {name}."),
                    &json!({ "current": name.as_str() }),
                )
            }
            ProfileAct::Delete { name, form } => {
                output.prefer_json(form.json);
                let was_current = current()? == name;
                if !Profile::remove(Some(&ProfileChoice::Named(name.clone())))? {
                    return Err(unknown(&name));
                }
                if was_current {
                    select_none()?;
                }
                let sentence = format!(
                    "Deleted the profile {name}. Its token is still valid: revoke it if it is no longer needed."
                );
                output.report(&sentence, &json!({ "deleted": name.as_str() }))
            }
        }
    }
}

fn unknown(name: &ProfileName) -> Failure {
    let failure = Failure::new(Exit::NotFound, format!("there is no profile {name}"));
    failure.with_hint(Exit::NotFound, "`claviger profile list` shows what exists")
}

fn row(name: &ProfileName, current: &ProfileName) -> Result<Row, Failure> {
    let file = ProfileFile::of(Some(&ProfileChoice::Named(name.clone())))?;
    let loaded = file.map(|file| Profile::load_file(&file.path)).transpose().map(Option::flatten);
    let (profile, error) = match loaded {
        Ok(profile) => (profile, None),
        Err(failure) => (None, Some(failure.message)),
    };
    let known = profile.as_ref();
    Ok(Row {
        name: name.to_string(),
        is_current: name == current,
        url: known.and_then(|known| known.url().ok()).map(|url| url.to_string()),
        realm: known.map(|known| known.realm.to_string()),
        has_personal_access_token: known.is_some_and(|known| known.personal_access_token.is_some()),
        client_id: known.and_then(|known| known.client.as_ref()).map(|(id, _)| id.clone()),
        error,
    })
}

fn page(rows: &[Row]) -> Page {
    let mut table = Table::new(["NAME", "IN USE", "SERVER", "REALM", "SIGNED IN WITH"]);
    for row in rows {
        let token = row.has_personal_access_token.then(|| "a personal access token".to_owned());
        let client = row.client_id.as_ref().map(|id| format!("the client {id}"));
        let server = row.url.as_ref().or(row.error.as_ref());
        table.row([
            row.name.as_str().into(),
            Cell::or_dash(row.is_current.then_some("yes")),
            Cell::or_dash(server),
            Cell::or_dash(row.realm.as_ref()),
            Cell::joined(token.into_iter().chain(client)),
        ]);
    }
    let mut page = Page::default();
    page.table(&table, "There are no profiles: `claviger login` saves one.");
    page
}
