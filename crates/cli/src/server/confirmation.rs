//! Asks the person at a terminal before something is taken away. Scripts are never asked.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, stderr, stdin};

use clap::Args;
use claviger_domain::DryRun;
use serde::Serialize;
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::confirmed::{Confirmed, PreparedChange};
use crate::terminal::affected::write_affected;
use crate::terminal::object::Object;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::Page;

/// Of every command that deletes, revokes or reduces.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct YesFlag {
    /// Do not ask for confirmation; without a terminal nobody is asked
    #[arg(long)]
    yes: bool,
}

/// Of every command that takes something away through the API.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct RemovalFlags {
    #[command(flatten)]
    yes: YesFlag,

    /// Show who would be affected, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is about to be taken away.
pub struct Question<'a> {
    /// As an order, such as `Delete the group "builders"`.
    pub act: String,
    /// One sentence.
    pub effect: &'a str,
}

impl YesFlag {
    /// `shown` is the path of the object, if the server can show it.
    pub fn confirm(
        self,
        question: &Question<'_>,
        client: &Client,
        shown: Option<&[&str]>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        if !self.asks() {
            return Ok(());
        }
        if let Some(path) = shown {
            show(client, path, output)?;
        }
        ask(question, output)
    }

    /// For an act on this machine.
    pub fn confirm_here(self, question: &Question<'_>, output: &mut Output) -> Result<(), Failure> {
        if self.asks() { ask(question, output) } else { Ok(()) }
    }

    fn asks(self) -> bool {
        !self.yes && stdin().is_terminal() && stderr().is_terminal()
    }
}

impl RemovalFlags {
    /// Shows the object and who is affected, then asks. `shown` is the path of the object, if the server can show it.
    pub fn confirm(
        self,
        question: &Question<'_>,
        client: &Client,
        shown: Option<&[&str]>,
        change: PreparedChange,
        output: &mut Output,
    ) -> Result<Confirmed, Failure> {
        if self.dry_run {
            return Ok(Confirmed::dry_run(change));
        }
        if self.yes.asks() {
            if let Some(path) = shown {
                show(client, path, output)?;
            }
            show_affected(client, &change, output);
            ask(question, output)?;
        }
        Ok(Confirmed::given(change))
    }

    /// Asks only if the edit removes something from a list of the object.
    pub fn confirm_edit(
        self,
        edit: &impl Serialize,
        client: &Client,
        path: &[&str],
        change: PreparedChange,
        output: &mut Output,
    ) -> Result<Confirmed, Failure> {
        if self.dry_run {
            return Ok(Confirmed::dry_run(change));
        }
        let removed = if self.yes.asks() { removals_of(edit, client, path)? } else { Vec::new() };
        if !removed.is_empty() {
            show_affected(client, &change, output);
            let question = Question {
                act: format!("Remove {}", removed.join(", ")),
                effect: "Tokens that have this access only here lose it at once.",
            };
            ask(&question, output)?;
        }
        Ok(Confirmed::given(change))
    }
}

/// Empty if the caller may not read the object.
fn removals_of(edit: &impl Serialize, client: &Client, path: &[&str]) -> Result<Vec<String>, Failure> {
    let before: Value = match client.get(path) {
        Err(failure) if failure.exit == Exit::Forbidden => return Ok(Vec::new()),
        answer => answer?.decode()?,
    };
    let edit = serde_json::to_value(edit).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    Ok(removals(&before, &edit))
}

/// What cannot be found out does not prevent the question: the change itself reports why it is refused.
fn show_affected(client: &Client, change: &PreparedChange, output: &mut Output) {
    if let Ok(DryRun { affected, .. }) = client.try_out(change).and_then(|answer| answer.decode()) {
        let mut page = Page::default();
        write_affected(&mut page, &affected);
        output.aside(&page);
    }
}

/// A caller who may not read the object is asked without it.
fn show(client: &Client, path: &[&str], output: &mut Output) -> Result<(), Failure> {
    let answer = match client.get(path) {
        Err(failure) if failure.exit == Exit::Forbidden => return Ok(()),
        answer => answer?,
    };
    let mut page = Page::default();
    answer.decode::<Object>()?.write(&mut page);
    output.aside(&page);
    Ok(())
}

fn ask(question: &Question<'_>, output: &mut Output) -> Result<(), Failure> {
    output.prompt(&format!("{}? {} [y/N] ", question.act, question.effect));
    let mut line = String::new();
    let read = stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::new(Exit::Failure, format!("no answer can be read: {error}")))?;
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Failure, "not confirmed, so nothing was changed")),
    }
}

/// The items of each list that the edit leaves out.
fn removals(before: &Value, edit: &Value) -> Vec<String> {
    let lists = edit.as_object().into_iter().flatten();
    let both =
        lists.filter_map(|(name, after)| Some((name, before.get(name)?.as_array()?, after.as_array()?)));
    both.filter_map(|(name, before, after)| {
        let kept: BTreeSet<String> = after.iter().flat_map(items).collect();
        let gone: Vec<String> = before.iter().flat_map(items).filter(|item| !kept.contains(item)).collect();
        (!gone.is_empty()).then(|| format!("{name} {}", gone.join(", ")))
    })
    .collect()
}

/// A text, or each action on a resource.
fn items(value: &Value) -> Vec<String> {
    match (value.as_str(), value["resource"].as_str(), value["actions"].as_array()) {
        (Some(text), ..) => vec![text.to_owned()],
        (None, Some(resource), Some(actions)) => {
            actions.iter().filter_map(Value::as_str).map(|action| format!("{resource}:{action}")).collect()
        }
        _ => vec![value.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_an_edit_leaves_out_is_removed() {
        let before = json!({
            "name": "g", "scopes": ["a:b", "c:d"], "groups": ["x"],
            "resources": [{"resource": "t/n", "actions": ["x", "y"]}],
        });
        let grant = |actions: &[&str]| json!({"resources": [{"resource": "t/n", "actions": actions}]});
        for (edit, removed) in [
            (json!({"description": "d"}), vec![]),
            (json!({"scopes": ["c:d", "a:b", "e:f"]}), vec![]),
            (json!({"scopes": ["c:d"]}), vec!["scopes a:b"]),
            (json!({"scopes": [], "groups": []}), vec!["groups x", "scopes a:b, c:d"]),
            (grant(&["y", "x", "z"]), vec![]),
            (grant(&["y"]), vec!["resources t/n:x"]),
            (json!({"scopes": null}), vec![]),
        ] {
            let mut found = removals(&before, &edit);
            found.sort_unstable();
            assert_eq!(found, removed, "{edit}");
        }
    }
}
