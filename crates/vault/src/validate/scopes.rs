//! Which scopes a credential holds, in the ways that providers show them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::authenticate::{Authorized, Granted};
use crate::catalog::{Answered, Catalog, Outcome, ScopeOrigin, ScopeRule, WhenAbsent, text_of};
use crate::validate::steps::StepsReport;

pub enum Scopes {
    Known(Held),
    /// The provider shows them for other credentials, and not for this one.
    Absent,
    /// Not until items are chosen.
    Pending,
    /// This provider never shows them.
    NotShown,
}

pub struct Held {
    /// As the provider shows them.
    pub shown: BTreeSet<String>,
    /// With all that they include.
    pub closed: BTreeSet<String>,
    /// Where the provider was asked for some scopes only, those: nothing is known of others.
    pub asked: Option<BTreeSet<String>>,
}

/// What one response shows: names, and in a flag map those that are not held as well.
struct Shown {
    held: BTreeSet<String>,
    asked: Option<BTreeSet<String>>,
}

pub fn scopes_of_steps(
    rule: &ScopeRule,
    report: &StepsReport,
    authorized: &Authorized,
    catalog: &Catalog,
) -> Scopes {
    if matches!(rule.from, ScopeOrigin::Probes | ScopeOrigin::None) {
        return Scopes::NotShown;
    }
    if rule.discover.is_some() {
        return Scopes::Pending;
    }
    let last = report.answered.last();
    let refused = last.filter(|_| report.outcome == Outcome::InsufficientPermission);
    let in_refusal = refused.and_then(|(_, answered)| {
        let held = list_of(answered.pointer(rule.refused_at.as_deref()?)?)?;
        Some(Shown { held, asked: None })
    });
    let step = match &rule.step {
        Some(id) => report.answered.iter().rfind(|(other, _)| other.as_ref() == Some(id)),
        None => last,
    };
    let shown = in_refusal.or_else(|| match (&rule.from, &authorized.granted) {
        (ScopeOrigin::TokenAnswer, Granted::Scope(scope)) => {
            Some(Shown { held: scope.split_whitespace().map(str::to_owned).collect(), asked: None })
        }
        (ScopeOrigin::JwtAccess, Granted::RegistryToken(token)) => registry_claims(token),
        _ => shown_in(rule, step.map(|(_, answered)| &**answered)?),
    });
    known_or_absent(rule, shown, catalog)
}

/// Only what all chosen items hold counts. `None` for an item that was not listed.
pub fn scopes_of_items(rule: &ScopeRule, items: &[Option<Value>], catalog: &Catalog) -> Scopes {
    let mut common: Option<Shown> = None;
    for item in items {
        let Some(item) = item else { return Scopes::Pending };
        let Some(shown) = shown_in_json(rule, item) else {
            return known_or_absent(rule, None, catalog);
        };
        common = Some(match common {
            Some(common) => Shown { held: &common.held & &shown.held, asked: common.asked },
            None => shown,
        });
    }
    match common {
        Some(common) => known_or_absent(rule, Some(common), catalog),
        None => Scopes::Pending,
    }
}

fn known_or_absent(rule: &ScopeRule, shown: Option<Shown>, catalog: &Catalog) -> Scopes {
    let is_opaque = |shown: &Shown| rule.opaque.iter().any(|opaque| shown.held.contains(opaque));
    let shown = match shown.filter(|shown| !is_opaque(shown)) {
        Some(shown) => shown,
        None if rule.when_absent == WhenAbsent::None => Shown { held: BTreeSet::new(), asked: None },
        None => return Scopes::Absent,
    };
    let closed = closed_under_implication(&shown.held, rule.implies.as_deref(), catalog);
    Scopes::Known(Held { shown: shown.held, closed, asked: shown.asked })
}

fn closed_under_implication(
    held: &BTreeSet<String>,
    set: Option<&str>,
    catalog: &Catalog,
) -> BTreeSet<String> {
    let mut closed = held.clone();
    let mut open: Vec<String> = held.iter().cloned().collect();
    while let (Some(set), Some(scope)) = (set, open.pop()) {
        for implied in catalog.implied_by(set, &scope) {
            if closed.insert(implied.clone()) {
                open.push(implied.clone());
            }
        }
    }
    closed
}

fn shown_in(rule: &ScopeRule, answered: &Answered) -> Option<Shown> {
    match rule.from {
        ScopeOrigin::Header => {
            let separator = rule.split.as_deref().unwrap_or(",");
            let mut values = answered.response.headers(rule.name.as_deref()?).peekable();
            values.peek()?;
            let scopes = values.flat_map(|value| value.split(separator)).map(str::trim);
            Some(Shown {
                held: scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
                asked: None,
            })
        }
        _ => shown_in_json(rule, answered.json()?),
    }
}

fn shown_in_json(rule: &ScopeRule, json: &Value) -> Option<Shown> {
    let found = json.pointer(rule.at.as_deref()?)?;
    match rule.from {
        ScopeOrigin::Json => Some(Shown { held: list_of(found)?, asked: None }),
        ScopeOrigin::JsonMap => {
            let pairs = found.as_object()?.iter();
            let held =
                pairs.filter_map(|(name, level)| Some(format!("{name}:{}", text_of(level)?))).collect();
            Some(Shown { held, asked: None })
        }
        ScopeOrigin::JsonFlagMap => {
            let flag = rule.flag.as_deref()?;
            let is_set = |member: &Value| member.pointer(flag).and_then(Value::as_bool);
            let is_alias = |member: &Value| {
                let alias = rule.alias.as_deref().and_then(|alias| member.pointer(alias));
                alias.and_then(Value::as_bool) == Some(true)
            };
            let members = found.as_object()?.iter().filter(|(_, member)| !is_alias(member));
            let asked = members.clone().filter(|(_, member)| is_set(member).is_some());
            let held = members.filter(|(_, member)| is_set(member) == Some(true));
            Some(Shown {
                held: held.map(|(name, _)| name.clone()).collect(),
                asked: Some(asked.map(|(name, _)| name.clone()).collect()),
            })
        }
        _ => None,
    }
}

/// A list, or a text with commas or blanks.
fn list_of(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::Array(items) => Some(items.iter().filter_map(text_of).collect()),
        Value::String(text) => {
            let scopes = text.split([',', ' ']).filter(|scope| !scope.is_empty());
            Some(scopes.map(str::to_owned).collect())
        }
        _ => None,
    }
}

/// The claims `access` (of the registry's own form) and `scope`; `None` if the token is not a JWT or has neither.
fn registry_claims(token: &str) -> Option<Shown> {
    let payload = token.split('.').nth(1).filter(|_| token.split('.').count() == 3)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let (access, scope) = (claims.get("access"), claims.get("scope"));
    access.or(scope)?;
    let mut held = scope.and_then(list_of).unwrap_or_default();
    for entry in access.and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        for action in entry.get("actions").and_then(Value::as_array).into_iter().flatten() {
            held.insert(format!("{}:{}:{}", text("type"), text("name"), action.as_str().unwrap_or_default()));
        }
    }
    Some(Shown { held, asked: None })
}
