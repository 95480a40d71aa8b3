//! What was typed into the form, and what is wrong with it.

use claviger_console::{Address, Faults, TokenFault, TokenKind, name_fault, token_fault};
use claviger_contract::{Scope, Timestamp};

use crate::http::console::days::{DAY, date, start_of};
use crate::http::console::fields::{read_description, read_name};
use crate::http::console::tokens::scopes::{find_preset, may_choose};
use crate::http::console::visit::Visit;
use claviger_domain::{Description, Name};

const USUAL_DAYS: i64 = 90;

/// In an address, where an empty value is left out.
const NEVER: &str = "never";

#[derive(Default)]
pub struct Draft {
    pub name: String,
    pub description: String,
    /// `2027-02-26`; empty: never. `None`: not asked yet.
    expires: Option<String>,
    pub preset: String,
    scopes: Vec<String>,
}

/// What the use case is asked for.
pub struct Wanted {
    /// Of an application credential.
    pub name: Option<Name>,
    pub description: Description,
    pub expires_at: Option<Timestamp>,
    pub scopes: Vec<Scope>,
}

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "name" => value.clone_into(&mut draft.name),
            "description" => value.clone_into(&mut draft.description),
            "expires" => draft.expires = Some(if value == NEVER { "" } else { value }.to_owned()),
            "preset" => value.clone_into(&mut draft.preset),
            "scope" => draft.scopes.push(value.to_owned()),
            _ => {}
        }
    }
    draft
}

impl Draft {
    /// The form with all of it.
    pub fn address(&self, visit: &Visit, kind: TokenKind) -> Address {
        let expires = match self.expires.as_deref() {
            Some("") => NEVER,
            expires => expires.unwrap_or_default(),
        };
        let form = visit.links().new_token(&kind);
        let form = form.with("name", &self.name).with("description", &self.description);
        let form = form.with("expires", expires);
        match find_preset(&self.preset) {
            Some(preset) => form.with("preset", preset.name),
            None => self.scopes.iter().fold(form, |address, scope| address.with("scope", scope)),
        }
    }

    /// What it will be called.
    pub fn title(&self, kind: TokenKind) -> &str {
        if kind.is_client() { &self.name } else { &self.description }
    }

    pub fn expires(&self, now: Timestamp) -> String {
        self.expires.clone().unwrap_or_else(|| date(now.plus_seconds(USUAL_DAYS * DAY)))
    }

    /// `At the start of that day, UTC. In 90 days.`
    pub fn expires_hint(&self, now: Timestamp) -> String {
        let day = "At the start of that day, UTC.";
        let days =
            start_of(&self.expires(now)).map(|end| end.epoch_seconds() / DAY - now.epoch_seconds() / DAY);
        match days {
            Some(1) => format!("{day} Tomorrow."),
            Some(days) if days > 1 => format!("{day} In {days} days."),
            _ => day.to_owned(),
        }
    }

    pub fn ticked(&self) -> Vec<String> {
        match find_preset(&self.preset) {
            Some(preset) => preset.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            None => self.scopes.clone(),
        }
    }

    /// All faults at once.
    pub fn judged(&self, visit: &Visit, kind: TokenKind) -> Result<Wanted, Faults> {
        let mut faults = Vec::new();
        let name = match kind.is_client().then(|| read_name(&self.name)) {
            Some(Ok(name)) => Some(name),
            Some(Err(fault)) => {
                faults.push(name_fault(fault));
                None
            }
            None => None,
        };
        let description = read_description(&self.description);
        faults.extend(description.as_ref().err().cloned());
        let typed = self.expires(visit.now());
        let expires_at = start_of(&typed).filter(|end| *end > visit.now());
        if expires_at.is_none() && !(kind.is_client() && typed.is_empty()) {
            faults.push(token_fault(TokenFault::PastDay));
        }
        let scopes: Vec<Scope> = self.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
        if self.scopes.is_empty() {
            faults.push(token_fault(TokenFault::NoScope));
        } else if scopes.len() < self.scopes.len()
            || !scopes.iter().all(|scope| may_choose(visit, kind, scope))
        {
            faults.push(token_fault(TokenFault::NotHeld));
        }
        match description {
            Ok(description) if faults.is_empty() => Ok(Wanted { name, description, expires_at, scopes }),
            _ => Err(Faults(faults)),
        }
    }
}
