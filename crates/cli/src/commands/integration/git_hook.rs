//! `claviger git-hook`: checks which refs a push may change, one by one, in the repository that holds the objects.

use std::collections::HashSet;
use std::io::{Read, stdin};

use clap::{Args, Subcommand};
use claviger_contract::ScopeSet;

use crate::environment::{pushers_scopes, replacement_refs};
use crate::failure::{Exit, Failure};
use crate::terminal::output::Output;
use crate::values::pushed_ref::{Change, is_reserved};

const EXAMPLE: &str = "\
Example, as hooks/pre-receive of a repository:
  #!/bin/sh
  exec claviger git-hook pre-receive";

/// Decide as a git server's hook which refs may be pushed to
///
/// The proxy in front of the server sets CLAVIGER_SCOPES to the value of X-Claviger-Scopes; without it every push is
/// refused. A new ref needs source:create, a deleted or forced one source:delete, any other source:read-update.
/// Ancestry is computed without replacements and grafts. Pushes to refs/replace/ and similar namespaces are refused.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct GitHookCommand {
    #[command(subcommand)]
    hook: Hook,
}

#[derive(Debug, Subcommand)]
enum Hook {
    /// Refuse the whole push if one of its refs may not be changed; refused objects are not kept
    PreReceive,

    /// Refuse single refs; with `git push --atomic` one is enough to refuse all
    Update {
        /// As git says them
        reference: String,
        old: String,
        new: String,
    },
}

/// A push of a million refs is not a legitimate push.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

impl GitHookCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let held = held()?;
        let lines = match self.hook {
            Hook::Update { reference, old, new } => vec![(old, new, reference)],
            Hook::PreReceive => read_lines()?,
        };
        let own = replacement_refs();
        let mut refused = Vec::new();
        let mut seen = HashSet::new();
        for (old, new, reference) in lines {
            if is_reserved(&reference, own.as_deref()) {
                refused.push(format!(
                    "{reference}: reserved for the server's administrator; it cannot be pushed to"
                ));
                continue;
            }
            if !seen.insert(reference.clone()) {
                refused.push(format!("{reference}: listed twice; push it once"));
                continue;
            }
            let change = Change::of(&old, &new)?;
            if !held.covers(&change.scope()?) {
                refused.push(format!("{reference}: {} needs the scope {}", change.words(), change.needs()));
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => {
                for line in &refused {
                    output.note(line);
                }
                let held = if held.is_empty() { "none".to_owned() } else { held.to_string() };
                let message = format!("the push is refused; the token's scopes: {held}");
                Err(Failure::new(Exit::Failure, message))
            }
        }
    }
}

fn held() -> Result<ScopeSet, Failure> {
    let text = pushers_scopes().ok_or_else(|| {
        let message =
            "CLAVIGER_SCOPES is not set or empty, so every push is refused: the token has no scopes, or the proxy does \
             not pass on X-Claviger-Scopes";
        Failure::new(Exit::Failure, message)
    })?;
    Ok(text.split_whitespace().filter_map(|scope| scope.parse().ok()).collect())
}

fn read_lines() -> Result<Vec<(String, String, String)>, Failure> {
    let mut bytes = Vec::new();
    let read = stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let read =
        read.map_err(|error| Failure::new(Exit::Failure, format!("git's input cannot be read: {error}")))?;
    // Truncated lines would not be checked.
    if read as u64 > MAX_BYTES {
        return Err(Failure::new(Exit::Failure, "the push is refused: it names too many refs; push fewer"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = |line: &str| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let parts = (words.next(), words.next(), words.next());
        match parts {
            (Some(old), Some(new), Some(reference)) => Ok((old, new, reference)),
            _ => Err(Failure::usage(
                "standard input must contain lines of the form OLD NEW REF, as git writes them",
            )),
        }
    };
    text.lines().map(line).collect()
}
