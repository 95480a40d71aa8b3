//! `claviger credential import`: creates a credential for each line of a file, in batches of 1,000.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use claviger_api::{ImportedCredential, Items};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use crate::commands::credentials::keys_file::{KeyLine, KeysFile};
use crate::commands::credentials::lost_keys::revoke_lost;
use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page};

#[derive(Debug, Args)]
pub struct CredentialImport {
    /// A line of JSON for each credential, as `claviger credential export` writes them
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Write the new client keys to this file as JSON Lines
    ///
    /// A new file is created with mode 0600. With the file of an interrupted run of the same import, the import
    /// resumes.
    #[arg(long, value_name = "FILE")]
    keys_out: PathBuf,

    /// Recreate credentials whose keys an interrupted run has lost
    ///
    /// Revokes the credentials with the same names first, if none of them was ever used.
    #[arg(long)]
    revoke_lost: bool,
}

/// Maximum number of lines that the server accepts in one request.
const BATCH: usize = 1_000;

/// Maximum size of a request that the server accepts.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl CredentialImport {
    pub fn run(&self, client: &Client, route: &str, output: &mut Output) -> Result<(), Failure> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| {
            Failure::new(Exit::Failure, format!("{} cannot be read: {error}", self.file.display()))
        })?;
        let lines: Vec<&str> = text.lines().collect();
        let names = names(&lines, &self.file)?;
        let realm = client.realm().as_str();
        let (mut keys, mut done) = KeysFile::open(&self.keys_out, realm, &names)?;
        if done > 0 {
            output
                .note(&format!("The keys of {done} credentials are already in {}.", self.keys_out.display()));
        }
        let progress = progress(lines.len(), done);
        while done < lines.len() {
            let end = done + batch_length(lines.get(done..).unwrap_or_default());
            let batch = lines.get(done..end).unwrap_or_default();
            let send = || client.import(&[route, "import"], done + 1, batch.join("\n"));
            let sent = match send() {
                Err(failure) if self.revoke_lost && failure.exit == Exit::Conflict => {
                    let lost = revoke_lost(client, route, names.get(done..end).unwrap_or_default())?;
                    output.note(&format!(
                        "Revoked {lost} credentials whose keys were lost; they are created again now."
                    ));
                    send()
                }
                sent => sent,
            };
            let answer = sent.map_err(|failure| self.explained(failure, done, end))?;
            let imported: Items<ImportedCredential> = answer.decode()?;
            let made: Vec<KeyLine<'_>> = imported.items.iter().map(|item| key_line(realm, item)).collect();
            keys.append(&made)?;
            done = end;
            progress.set_position(done as u64);
        }
        progress.finish_and_clear();
        self.report(done, output)
    }

    /// Adds what is known about these lines, and what to do.
    fn explained(&self, failure: Failure, done: usize, end: usize) -> Failure {
        let (first, keys) = (done + 1, self.keys_out.display());
        let rest = match failure.exit {
            Exit::Unreachable => format!(
                "It is unknown whether lines {first} to {end} were imported. If they were, their keys are lost. Run \
                 the same command again: it continues at line {first} and names credentials that exist already"
            ),
            Exit::Conflict => format!(
                "None of lines {first} to {end} was imported. If an earlier run of this import was interrupted, it \
                 created the credentials named above, and their keys are lost: revoke each with `claviger credential \
                 revoke ID --name NAME` and run the same command again, or do both with --revoke-lost"
            ),
            _ => format!(
                "None of lines {first} to {end} was imported. Fix the error and run the same command again"
            ),
        };
        let message = format!(
            "{}\n{rest}. The keys of the {done} credentials before them are in {keys}.",
            failure.message
        );
        Failure::new(failure.exit, message)
    }

    fn report(&self, count: usize, output: &mut Output) -> Result<(), Failure> {
        let keys_file = self.keys_out.display().to_string();
        if output.wants_json() {
            return output.json(&serde_json::json!({ "imported": count, "keys_file": keys_file }));
        }
        let mut page = Page::default();
        page.heading(format_args!("Imported {count} service credentials."));
        page.facts(&Facts::default().fact("Keys file", keys_file));
        page.warning("No other copy of these keys exists.");
        output.page(&page)
    }
}

fn key_line<'a>(realm: &'a str, item: &'a ImportedCredential) -> KeyLine<'a> {
    let (name, client_key) = (item.name.as_str(), item.client_key.expose());
    KeyLine { realm, name, client_id: item.client_id, client_key }
}

/// Number of lines that fit into one request.
fn batch_length(lines: &[&str]) -> usize {
    let mut bytes = 0;
    let fitting = lines.iter().take(BATCH).take_while(|line| {
        bytes += line.len() + 1;
        bytes <= BATCH_BYTES
    });
    // A single line that is too long is sent, and the server refuses it.
    fitting.count().max(1)
}

/// The server would also detect a duplicate name, but only after it had created other credentials.
fn names(lines: &[&str], file: &Path) -> Result<Vec<String>, Failure> {
    let name = |(number, line): (usize, &&str)| {
        serde_json::from_str::<Named>(line).map(|named| named.name).map_err(|error| {
            let message = format!(
                "{} line {number} is not a credential as `claviger credential export` writes it: {error}",
                file.display()
            );
            Failure::new(Exit::Invalid, message)
        })
    };
    let names: Vec<String> = (1..).zip(lines).map(name).collect::<Result<_, _>>()?;
    let mut seen = HashMap::new();
    for (number, name) in (1..).zip(&names) {
        if let Some(first) = seen.insert(name, number) {
            let message = format!(
                "{} line {number} repeats the name \"{name}\" of line {first}: names must be unique",
                file.display()
            );
            return Err(Failure::new(Exit::Invalid, message));
        }
    }
    Ok(names)
}

/// Shown only if standard error is a terminal.
fn progress(total: usize, done: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_position(done as u64);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} credentials, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_in_lines_and_bytes() {
        assert_eq!(batch_length(&["{}"; 2_500]), 1_000);
        assert_eq!(batch_length(&["{}"; 7]), 7);
        let long = "x".repeat(BATCH_BYTES / 4 - 1);
        assert_eq!(batch_length(&[long.as_str(); 9]), 4);
        let too_long = "x".repeat(BATCH_BYTES + 1);
        assert_eq!(batch_length(&[too_long.as_str(), "{}"]), 1);
    }

    #[test]
    fn line_that_is_no_credential_is_named_before_anything_is_sent() {
        let failure = names(&[r#"{"name":"a"}"#, ""], Path::new("in.jsonl")).expect_err("line 2 is empty");
        assert_eq!(failure.exit, Exit::Invalid);
        assert!(failure.message.starts_with("in.jsonl line 2 "), "{}", failure.message);
        let twins = [r#"{"name":"a"}"#, r#"{"name":"b"}"#, r#"{"name":"a"}"#];
        let failure = names(&twins, Path::new("in.jsonl")).expect_err("line 3 is called as line 1");
        assert!(failure.message.contains("line 3") && failure.message.contains("of line 1"), "{failure:?}");
    }
}
