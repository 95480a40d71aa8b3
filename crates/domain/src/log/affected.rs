//! Who is affected by an act that takes something away.

use serde::{Deserialize, Serialize};

use crate::records::built_in_scope::AdminScope;
use crate::words::words;

words! {
    /// The kind of an affected object.
    AffectedKind {
        ServiceCredential = "service_credential",
        ApplicationCredential = "application_credential",
        ApiToken = "api_token",
        PersonalAccessToken = "personal_access_token",
        Session = "session",
        RegistryToken = "registry_token",
        Member = "member",
        Group = "group",
        Resource = "resource",
        Scope = "scope",
        ResourceServer = "resource_server",
        SigningKey = "signing_key",
        SourceCredential = "source_credential",
        Source = "source",
    }
}

words! {
    /// What happens to an affected object.
    AffectedEffect {
        /// It is deleted, or no longer accepted.
        Ends = "ends",
        /// Its access tokens become invalid; the next one has less access, or the same.
        LosesTokens = "loses_tokens",
        /// It has fewer scopes, groups, roles or actions.
        LosesAccess = "loses_access",
        /// A source that cannot be resolved any more.
        Stops = "stops",
    }
}

impl AffectedKind {
    /// What a service credential needs to read objects of this kind; `None`: none may.
    pub fn admin_scope(self) -> Option<AdminScope> {
        AdminScope::to_read(self.as_str())
    }
}

/// Objects of one kind with one effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    pub kind: AffectedKind,
    pub effect: AffectedEffect,
    pub count: u64,
    /// At most [`Affected::MAX_NAMES`] of them; none if the caller may not read them.
    pub names: Vec<String>,
}

impl Affected {
    pub const MAX_NAMES: usize = 20;
}

/// What an act would do. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// Always true.
    pub dry_run: bool,
    pub affected: Vec<Affected>,
}
