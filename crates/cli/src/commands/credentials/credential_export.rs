//! `claviger credential export`: the active credentials as lines for an import elsewhere, without any secret.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::server::client::{Client, Listed};
use crate::terminal::output::Output;
use crate::values::grant::Grant;
use crate::values::list_flags::ListQuery;

#[derive(Debug, Args)]
pub struct CredentialExport {
    /// File to write to, which must not be there yet; without it, standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// One line: the input of a creation.
#[derive(Deserialize, Serialize)]
struct Line {
    name: String,
    description: String,
    validity_days: Option<u32>,
    token_ttl_seconds: i64,
    groups: Vec<String>,
    resources: Vec<Grant>,
}

#[derive(Deserialize)]
struct Found {
    status: String,
    overlap_ends_at: Option<String>,
    #[serde(flatten)]
    line: Line,
}

impl CredentialExport {
    pub fn run(&self, client: &Client, route: &str, output: &mut Output) -> Result<(), Failure> {
        let listed: Listed<Found> = client.list(&[route], None, &ListQuery::new())?.decode()?;
        let live = listed.items.iter().filter(|one| one.status == "active" && one.overlap_ends_at.is_none());
        let mut text = String::new();
        let mut count = 0;
        for one in live {
            let line = serde_json::to_string(&one.line)
                .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
            text.push_str(&line);
            text.push('\n');
            count += 1;
        }
        match &self.file {
            None if count == 0 => {}
            None => output.line(&text)?,
            Some(file) => write(file, &text)?,
        }
        output.note(&format!(
            "Exported {count} active credentials. Their validity starts again on import; groups and resources must \
             exist there."
        ));
        Ok(())
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failure, format!("{} cannot be written: {error}", file.display()))
    };
    let mut opened =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all()).map_err(failed)
}
