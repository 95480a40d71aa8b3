//! `claviger git-hook`: which refs a push may change, judged one by one where the objects are.

use std::io::{Read, stdin};
use std::process::{Command, Stdio};

use clap::{Args, Subcommand};
use claviger_contract::{Scope, ScopeSet};

use super::failure::{Exit, Failure};
use super::output::Output;
use crate::config::pushers_scopes;

const EXAMPLE: &str = "\
Example, as hooks/pre-receive of a repository:
  #!/bin/sh
  exec claviger git-hook pre-receive";

/// Decide as a git server's hook which refs may be pushed to
///
/// The proxy in front of the server puts what X-Claviger-Scopes says into CLAVIGER_SCOPES; without it every push is
/// refused. A new ref needs source:create, a deleted or forced one source:delete, any other source:read-update.
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

/// What happens to one ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Created,
    Deleted,
    /// Not a fast-forward.
    Forced,
    Updated,
}

/// A push of a million refs is no push.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

impl GitHookCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let held = held()?;
        let lines = match self.hook {
            Hook::Update { reference, old, new } => vec![(old, new, reference)],
            Hook::PreReceive => read_lines()?,
        };
        let mut refused = Vec::new();
        for (old, new, reference) in lines {
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
            "CLAVIGER_SCOPES is not set, so nobody may push: the proxy must hand on X-Claviger-Scopes";
        Failure::new(Exit::Failure, message)
    })?;
    Ok(text.split_whitespace().filter_map(|scope| scope.parse().ok()).collect())
}

fn read_lines() -> Result<Vec<(String, String, String)>, Failure> {
    let mut text = String::new();
    let read = stdin().take(MOST_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::new(Exit::Failure, format!("git's lines cannot be read: {error}")))?;
    let line = |line: &str| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let parts = (words.next(), words.next(), words.next());
        match parts {
            (Some(old), Some(new), Some(reference)) => Ok((old, new, reference)),
            _ => Err(Failure::usage(
                "standard input must hold lines of the form OLD NEW REF, as git writes them",
            )),
        }
    };
    text.lines().map(line).collect()
}

impl Change {
    fn of(old: &str, new: &str) -> Result<Self, Failure> {
        for id in [old, new] {
            let hexadecimal = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal {
                return Err(Failure::usage("OLD and NEW must be whole object ids, as git writes them"));
            }
        }
        let none = |id: &str| id.bytes().all(|byte| byte == b'0');
        match (none(old), none(new)) {
            (_, true) => Ok(Self::Deleted),
            (true, false) => Ok(Self::Created),
            (false, false) if is_ancestor(old, new)? => Ok(Self::Updated),
            (false, false) => Ok(Self::Forced),
        }
    }

    const fn needs(self) -> &'static str {
        match self {
            Self::Created => "source:create",
            Self::Deleted | Self::Forced => "source:delete",
            Self::Updated => "source:read-update",
        }
    }

    fn scope(self) -> Result<Scope, Failure> {
        self.needs().parse().map_err(|error| Failure::new(Exit::Failure, format!("{error}")))
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Created => "creating it",
            Self::Deleted => "deleting it",
            Self::Forced => "forcing it",
            Self::Updated => "updating it",
        }
    }
}

/// The new objects are in quarantine while a hook runs, where git itself finds them. What is no commit is nobody's
/// ancestor.
fn is_ancestor(old: &str, new: &str) -> Result<bool, Failure> {
    let asked = Command::new("git")
        .args(["merge-base", "--is-ancestor", old, new])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match asked {
        Ok(status) => Ok(status.success()),
        Err(error) => Err(Failure::new(Exit::Failure, format!("git cannot be run: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "0000000000000000000000000000000000000000";
    const SOME: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn new_and_deleted_refs_are_told_by_their_ids_alone() {
        assert_eq!(Change::of(NONE, SOME), Ok(Change::Created));
        assert_eq!(Change::of(SOME, NONE), Ok(Change::Deleted));
        assert_eq!(Change::of(NONE, NONE), Ok(Change::Deleted));
        for bad in ["", "0", "zz11111111111111111111111111111111111111", "--all"] {
            assert!(Change::of(bad, SOME).is_err() && Change::of(SOME, bad).is_err(), "{bad}");
        }
    }
}
