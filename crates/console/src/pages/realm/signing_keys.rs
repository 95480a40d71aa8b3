//! The keys that sign this realm's tokens.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::{Mark, Tone};
use crate::text::{date_time, day, number};

#[derive(Template)]
#[template(path = "pages/realm/signing-keys.html")]
pub struct SigningKeysPage {
    pub frame: Frame,
    /// Active, next, retired, withdrawn.
    pub keys: Vec<KeyRow>,
    /// The address of the key set.
    pub key_set: String,
    /// About how many tokens the active key signed that are alive; `None` if unknown.
    pub tokens_alive: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct KeyRow {
    /// The thumbprint.
    pub kid: String,
    pub algorithm: String,
    pub published_at: Timestamp,
    pub state: KeyUse,
}

#[derive(Clone, Debug)]
pub enum KeyUse {
    Active {
        since: Timestamp,
    },
    Next,
    /// Published until its last token ends.
    Retired {
        until: Timestamp,
    },
    Withdrawn {
        at: Timestamp,
        by: String,
    },
}

impl SigningKeysPage {
    fn title(&self) -> &'static str {
        "Signing keys"
    }

    fn alive(&self) -> String {
        match &self.tokens_alive {
            Some(count) => format!(", about {} now,", number(count)),
            None => String::new(),
        }
    }

    fn more(&self, key: &KeyRow) -> String {
        match &key.state {
            KeyUse::Active { since } => format!("signs all tokens since {}", day(since)),
            KeyUse::Next => "will sign when you rotate".to_owned(),
            KeyUse::Retired { until } => {
                format!("published until its last token ends, {} UTC", date_time(until, &self.frame.now))
            }
            KeyUse::Withdrawn { at, by } => format!("by {by}, {} UTC", date_time(at, &self.frame.now)),
        }
    }
}

impl KeyRow {
    /// `mGk2…Zt9Q`.
    fn short(&self) -> String {
        let letters: Vec<char> = self.kid.chars().collect();
        match (letters.first_chunk::<4>(), letters.last_chunk::<4>()) {
            (Some(first), Some(last)) if letters.len() > 8 => {
                format!("{}…{}", first.iter().collect::<String>(), last.iter().collect::<String>())
            }
            _ => self.kid.clone(),
        }
    }

    fn mark(&self) -> Mark {
        match self.state {
            KeyUse::Active { .. } => Mark::new(Tone::Ok, "ok", "Active"),
            KeyUse::Next => Mark::new(Tone::Info, "clock", "Next"),
            KeyUse::Retired { .. } => Mark::new(Tone::Off, "dash", "Retired"),
            KeyUse::Withdrawn { .. } => Mark::new(Tone::Off, "ban", "Withdrawn"),
        }
    }

    fn withdrawn(&self) -> bool {
        matches!(self.state, KeyUse::Withdrawn { .. })
    }
}

page!(SigningKeysPage);
