//! What a push does to one ref, determined from the objects themselves, never from replacements, grafts or caches.

use std::process::{Command, Stdio};

use claviger_contract::Scope;

use crate::failure::{Exit, Failure};

/// The kind of change to one ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Created,
    Deleted,
    /// Not a fast-forward.
    Forced,
    Updated,
}

impl Change {
    pub fn of(old: &str, new: &str) -> Result<Self, Failure> {
        for id in [old, new] {
            let hexadecimal = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal {
                return Err(Failure::usage("OLD and NEW must be full object ids, as git writes them"));
            }
        }
        let none = |id: &str| id.bytes().all(|byte| byte == b'0');
        match (none(old), none(new)) {
            (_, true) => Ok(Self::Deleted),
            (true, false) => Ok(Self::Created),
            (false, false) if is_fast_forward(old, new)? => Ok(Self::Updated),
            (false, false) => Ok(Self::Forced),
        }
    }

    pub const fn needs(self) -> &'static str {
        match self {
            Self::Created => "source:create",
            Self::Deleted | Self::Forced => "source:delete",
            Self::Updated => "source:read-update",
        }
    }

    pub fn scope(self) -> Result<Scope, Failure> {
        self.needs().parse().map_err(|error| Failure::new(Exit::Failure, format!("{error}")))
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Created => "creating it",
            Self::Deleted => "deleting it",
            Self::Forced => "forcing it",
            Self::Updated => "updating it",
        }
    }
}

/// Namespaces that change how git reads other refs, or that belong to a work tree on the server. No scope of a push
/// covers them. An administrator of the server can still write there.
const RESERVED: [&str; 5] =
    ["refs/replace", "refs/namespaces", "refs/worktree", "refs/bisect", "refs/rewritten"];

/// Ignores case, because file systems may ignore it. `own` is the value of `GIT_REPLACE_REF_BASE`, if set.
pub fn is_reserved(reference: &str, own: Option<&str>) -> bool {
    let reference = reference.to_lowercase();
    let within = |base: &str| {
        let base = base.trim_end_matches('/').to_lowercase();
        reference.strip_prefix(&base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !reference.starts_with("refs/") || RESERVED.into_iter().chain(own).any(within)
}

/// A fast-forward moves a ref from a commit to one of its descendants. A change from an object that is not a commit,
/// such as an annotated tag, is not a fast-forward.
fn is_fast_forward(old: &str, new: &str) -> Result<bool, Failure> {
    Ok(is_commit(old)? && git(&["merge-base", "--is-ancestor", old, new])?.0)
}

fn is_commit(id: &str) -> Result<bool, Failure> {
    let (found, kind) = git(&["cat-file", "-t", id])?;
    Ok(found && kind.trim() == "commit")
}

/// Returns whether git succeeded, and its output. While a hook runs the new objects are in quarantine, and the
/// environment tells git where. Replacement refs, a grafts file and the commit graph can each report other parents than
/// a commit has, so they are disabled.
fn git(arguments: &[&str]) -> Result<(bool, String), Failure> {
    let asked = Command::new("git")
        .args(["--no-replace-objects", "-c", "core.useReplaceRefs=false", "-c", "core.commitGraph=false"])
        .args(arguments)
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_GRAFT_FILE", "/dev/null")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    match asked {
        Ok(output) => Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())),
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

    #[test]
    fn refs_that_change_how_others_are_read_are_reserved_in_any_case() {
        for reference in [
            "refs/replace/1111111111111111111111111111111111111111",
            "refs/Replace/x",
            "refs/namespaces/a/refs/replace/x",
            "refs/worktree/x",
            "refs/bisect/bad",
            "refs/rewritten/x",
            "refs/replace",
            "HEAD",
            "",
        ] {
            assert!(is_reserved(reference, None), "{reference}");
        }
        for reference in
            ["refs/heads/replace", "refs/heads/refs/replace/x", "refs/tags/v1", "refs/notes/commits"]
        {
            assert!(!is_reserved(reference, None), "{reference}");
        }
        assert!(is_reserved("refs/notes/swap/x", Some("refs/notes/swap/")));
    }
}
