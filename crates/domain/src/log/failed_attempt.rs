//! Refused attempts: the credential presented, the endpoint, the address, and the count.

use std::net::IpAddr;

use claviger_contract::{RealmLabel, Timestamp};

use crate::log::actor::Actor;

/// The endpoint at which a credential was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    Token,
    Introspection,
    /// The feed of revocations.
    Revocations,
    Revocation,
    Registry,
    ForwardAuth,
    Whoami,
    Administration,
    Vault,
    /// The console, by a session or a local account.
    Console,
}

impl Door {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Introspection => "introspect",
            Self::Revocations => "revocations",
            Self::Revocation => "revoke",
            Self::Registry => "registry_token",
            Self::ForwardAuth => "forward_auth",
            Self::Whoami => "whoami",
            Self::Administration => "administration",
            Self::Vault => "vault",
            Self::Console => "console",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FailedAttempt {
    /// Authentication failed. The client is as presented, sanitized for display; empty if the request names none.
    Authentication { door: Door, client: String },
    /// Authenticated, but not authorized.
    Act { actor: Actor, operation: String, path: String },
}

/// One kind of attempt from one address, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempts {
    pub realm: RealmLabel,
    /// `None` for the sum of attempts that exceed the list.
    pub attempt: Option<(FailedAttempt, IpAddr)>,
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

const MAX_SHOWN_CHARS: usize = 64;

/// External text for logs and the audit trail: truncated, without control or invisible characters, and without
/// misplaced secrets.
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (at, character) in text.char_indices().take(MAX_SHOWN_CHARS) {
        if is_secret(&text[at..]) {
            return shown + "…";
        }
        if character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric() {
            shown.push(character);
        } else {
            shown.extend(character.escape_unicode());
        }
    }
    if text.chars().nth(MAX_SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// This server's secrets begin with `clv?_`; tokens and their parts begin with `{"` in base64.
fn is_secret(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    rest.starts_with("eyJ") || (rest.starts_with("clv") && bytes.get(4) == Some(&b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_short_visible_and_holds_no_secret() {
        for (text, expected) in [
            ("0198a1c0-0000-7000-8000-000000000000", "0198a1c0-0000-7000-8000-000000000000"),
            ("", ""),
            ("a\nb\u{1b}[31m", "a\\u{a}b\\u{1b}[31m"),
            ("a\u{200b}b\u{202e}", "a\\u{200b}b\\u{202e}"),
            ("ünïcode 夜", "ünïcode 夜"),
            ("clvk_0123456789", "…"),
            ("id:clva_0123456789", "id:…"),
            ("x eyJhbGciOi.J9.x", "x …"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        let long = shown(&"é".repeat(1_000));
        assert_eq!(long.chars().count(), MAX_SHOWN_CHARS + 1);
        assert!(shown(&"\u{0}".repeat(1_000)).len() < 700);
    }
}
