//! What a provider said, as pages show it.

use claviger_api::{PermissionView, ValidationView};
use claviger_console::{Mark, PermissionLine, PermissionVerdict, Verdict};

pub fn verdict(said: &ValidationView, provider: &str, mark: Mark, sentence: String) -> Verdict {
    Verdict {
        mark,
        provider: provider.to_owned(),
        sentence,
        identity: said.identity.clone(),
        at: said.at,
        permissions: said.permissions.iter().map(line).collect(),
        excess: said.excess.clone(),
        sentences: said.sentences.clone(),
    }
}

fn line(permission: &PermissionView) -> PermissionLine {
    let verdict = match permission.verdict.as_str() {
        "granted" => PermissionVerdict::Granted,
        "missing" => PermissionVerdict::Missing,
        _ => PermissionVerdict::Unknown,
    };
    PermissionLine { label: permission.label.clone(), verdict, required: permission.required }
}

/// What is stored, in a sentence.
pub fn noun(mode: &str) -> &'static str {
    let mode = mode.to_lowercase();
    match () {
        () if mode.contains("token") => "token",
        () if mode.contains("key") => "key",
        () => "credential",
    }
}
