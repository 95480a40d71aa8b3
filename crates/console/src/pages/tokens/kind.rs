//! The words for each kind.

use crate::frame::Entry;
use crate::links::TokenKind;

impl TokenKind {
    /// The heading of the list.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Api => "API tokens",
            Self::Personal => "Personal access tokens",
            Self::Application => "Application credentials",
        }
    }

    /// One of them, in a sentence.
    pub const fn one(&self) -> &'static str {
        match self {
            Self::Api => "API token",
            Self::Personal => "personal access token",
            Self::Application => "application credential",
        }
    }

    /// Several, in a sentence.
    pub const fn many(&self) -> &'static str {
        match self {
            Self::Api => "API tokens",
            Self::Personal => "personal access tokens",
            Self::Application => "application credentials",
        }
    }

    pub const fn lede(&self) -> &'static str {
        match self {
            Self::Api => {
                "Opaque tokens for REST, git and docker, each owned by a member. They end with their member."
            }
            Self::Personal => "Yours alone, for the API and the command line. They end with you.",
            Self::Application => {
                "Clients that a member owns: they trade an id and a key for short-lived tokens. They end with their \
                 member."
            }
        }
    }

    pub const fn new_lede(&self) -> &'static str {
        match self {
            Self::Api => {
                "One token for REST, git and docker. It acts for you, and never does more than you may."
            }
            Self::Personal => {
                "For the API and the command line. It acts for you, and never does more than you may."
            }
            Self::Application => {
                "A client id and a key for an application. It acts for you, and never does more than you may."
            }
        }
    }

    /// What is shown once.
    pub const fn secret(&self) -> &'static str {
        match self {
            Self::Api | Self::Personal => "token",
            Self::Application => "client key",
        }
    }

    /// Whether it has a name beside its description, and may never expire.
    pub const fn is_client(&self) -> bool {
        matches!(self, Self::Application)
    }

    pub(super) const fn icon(&self) -> &'static str {
        match self {
            Self::Api | Self::Personal => "token",
            Self::Application => "app",
        }
    }

    /// The entry of the menu; personal tokens are below the account.
    pub const fn entry(&self) -> Option<Entry> {
        match self {
            Self::Api => Some(Entry::ApiTokens),
            Self::Personal => None,
            Self::Application => Some(Entry::ApplicationCredentials),
        }
    }
}
