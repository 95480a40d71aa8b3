//! Entries of the menu, and who opens their pages.

use claviger_domain::Role;

use crate::links::{Address, Links};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    Overview,
    ServiceCredentials,
    ApplicationCredentials,
    ApiTokens,
    Members,
    Groups,
    Resources,
    Scopes,
    ResourceServers,
    SourceCredentials,
    Sources,
    SigningKeys,
    Webhooks,
    Audit,
    Organization,
}

/// Entries below one heading.
pub struct Section {
    pub title: &'static str,
    pub entries: &'static [Entry],
}

impl Section {
    pub const ALL: [Self; 4] = [
        Self {
            title: "Credentials",
            entries: &[Entry::ServiceCredentials, Entry::ApplicationCredentials, Entry::ApiTokens],
        },
        Self {
            title: "Directory",
            entries: &[
                Entry::Members,
                Entry::Groups,
                Entry::Resources,
                Entry::Scopes,
                Entry::ResourceServers,
            ],
        },
        Self { title: "Vault", entries: &[Entry::SourceCredentials, Entry::Sources] },
        Self {
            title: "Realm",
            entries: &[Entry::SigningKeys, Entry::Webhooks, Entry::Audit, Entry::Organization],
        },
    ];

    pub fn opens_for(&self, role: &Role) -> bool {
        self.entries.iter().any(|entry| entry.opens_for(role))
    }
}

impl Entry {
    pub const fn title(self) -> &'static str {
        self.named().0
    }

    pub const fn icon(self) -> &'static str {
        self.named().1
    }

    const fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("Overview", "overview"),
            Self::ServiceCredentials => ("Service credentials", "key"),
            Self::ApplicationCredentials => ("Application credentials", "app"),
            Self::ApiTokens => ("API tokens", "token"),
            Self::Members => ("Members", "people"),
            Self::Groups => ("Groups", "group"),
            Self::Resources => ("Resources", "resource"),
            Self::Scopes => ("Scopes", "scope"),
            Self::ResourceServers => ("Resource servers", "server"),
            Self::SourceCredentials => ("Source credentials", "vault"),
            Self::Sources => ("Sources", "source"),
            Self::SigningKeys => ("Signing keys", "seal"),
            Self::Webhooks => ("Webhooks", "out"),
            Self::Audit => ("Audit", "audit"),
            Self::Organization => ("Organization", "settings"),
        }
    }

    pub fn address(self, links: &Links) -> Address {
        match self {
            Self::Overview => links.overview(),
            Self::ServiceCredentials => links.service_credentials(),
            Self::ApplicationCredentials => links.application_credentials(),
            Self::ApiTokens => links.api_tokens(),
            Self::Members => links.members(),
            Self::Groups => links.groups(),
            Self::Resources => links.resources(),
            Self::Scopes => links.scopes(),
            Self::ResourceServers => links.resource_servers(),
            Self::SourceCredentials => links.source_credentials(),
            Self::Sources => links.sources(),
            Self::SigningKeys => links.signing_keys(),
            Self::Webhooks => links.webhooks(),
            Self::Audit => links.audit(),
            Self::Organization => links.organization(),
        }
    }

    /// Whether this role opens its pages. What a page then shows and does is decided below the handlers.
    pub const fn opens_for(self, role: &Role) -> bool {
        match self {
            Self::Overview | Self::ApplicationCredentials | Self::ApiTokens => true,
            _ => !matches!(role, Role::Member),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_see_what_they_may_open() {
        let shown = |role: Role| {
            let open = Section::ALL.into_iter().flat_map(|section| section.entries);
            open.filter(|entry| entry.opens_for(&role)).map(|entry| entry.title()).collect::<Vec<_>>()
        };
        assert_eq!(shown(Role::Member), ["Application credentials", "API tokens"]);
        for role in [Role::AccountHolder, Role::SysAdmin, Role::Auditor] {
            assert_eq!(shown(role).len(), 14, "{role}");
        }
    }
}
