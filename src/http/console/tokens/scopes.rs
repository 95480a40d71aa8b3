//! The scopes that a member may choose for what it owns, as the form shows them.

use std::collections::BTreeSet;
use std::sync::Arc;

use claviger_console::{MatrixRow, OfferedAction, ScopeWord, TokenKind};
use claviger_contract::Scope;

use crate::http::console::service_credentials::pickers::rows;
use crate::http::console::visit::Visit;
use claviger_domain::{BuiltInScope, Resource, ResourceName, SCOPE_PRESETS, ScopePreset};

/// Rows for resources. A realm may have thousands.
const MAX_RESOURCES: usize = 100;

pub struct Offer {
    pub matrix: Vec<MatrixRow>,
    /// Whether the member holds scopes of further resources.
    pub more_resources: bool,
    /// Scopes of one word.
    pub words: Vec<ScopeWord>,
}

pub fn find_preset(name: &str) -> Option<&'static ScopePreset> {
    SCOPE_PRESETS.iter().find(|preset| preset.name == name)
}

/// Whether the member may choose it.
pub fn may_choose(visit: &Visit, kind: TokenKind, scope: &Scope) -> bool {
    let administers = kind == TokenKind::Personal && BuiltInScope::parse(scope).is_some();
    administers || visit.session.realm.holds(&visit.session.member, scope)
}

/// What the member holds, with ticks.
pub fn offer(visit: &Visit, kind: TokenKind, ticked: &[String]) -> Offer {
    let is_ticked = |scope: &str| ticked.iter().any(|known| known == scope);
    let (mut matrix, mut words) = (Vec::new(), Vec::new());
    if kind == TokenKind::Personal {
        matrix.push(administration(&is_ticked));
    }
    for (scope, entry) in &visit.session.realm.scopes {
        if !may_choose(visit, kind, scope) {
            continue;
        }
        let description = entry.description.to_string();
        let ticked = is_ticked(scope.as_str());
        match scope.as_str().split_once(':') {
            None => words.push(ScopeWord { scope: scope.to_string(), description, ticked }),
            Some((of, action)) => push(&mut matrix, of, offered(action, description, ticked)),
        }
    }
    let mut resources = held_resources(visit);
    for resource in resources.by_ref().take(MAX_RESOURCES) {
        matrix.extend(row(visit, kind, &resource, &is_ticked));
    }
    Offer { matrix, more_resources: resources.next().is_some(), words }
}

/// As [`offer`], with what is ticked on further resources.
pub fn offer_with_ticked(visit: &Visit, kind: TokenKind, ticked: &[String]) -> Offer {
    let mut offer = offer(visit, kind, ticked);
    let named = ticked.iter().filter_map(|scope| scope.rsplit_once(':')).map(|(of, _)| of);
    let mut missing: Vec<String> =
        named.filter(|of| !offer.matrix.iter().any(|row| row.of == *of)).map(str::to_owned).collect();
    missing.sort();
    missing.dedup();
    offer.matrix.extend(rows(visit, missing, ticked));
    offer
}

impl Offer {
    /// The scopes with a tick.
    pub fn ticked(&self) -> Vec<String> {
        let of_row = |row: &MatrixRow| {
            let ticked = row.offered.iter().filter(|one| one.ticked);
            ticked.map(|one| format!("{}:{}", row.of, one.action)).collect::<Vec<_>>()
        };
        let words = self.words.iter().filter(|word| word.ticked).map(|word| word.scope.clone());
        self.matrix.iter().flat_map(of_row).chain(words).collect()
    }
}

fn offered(action: &str, description: String, ticked: bool) -> OfferedAction {
    let words = if description.is_empty() { action.to_owned() } else { description };
    OfferedAction { action: action.to_owned(), words, ticked }
}

/// Scopes are in order, so those of one kind follow one another.
fn push(matrix: &mut Vec<MatrixRow>, of: &str, action: OfferedAction) {
    match matrix.last_mut().filter(|row| row.of == of) {
        Some(row) => row.offered.push(action),
        None => {
            matrix.push(MatrixRow { of: of.to_owned(), description: String::new(), offered: vec![action] })
        }
    }
}

fn administration(is_ticked: &impl Fn(&str) -> bool) -> MatrixRow {
    let action = |scope: BuiltInScope, words: &str| {
        let action = scope.as_str().rsplit(':').next().unwrap_or_default();
        offered(action, words.to_owned(), is_ticked(scope.as_str()))
    };
    MatrixRow {
        of: "admin".to_owned(),
        description: "The administration API, as far as your role goes".to_owned(),
        offered: vec![
            action(BuiltInScope::AdminRead, "Read"),
            action(BuiltInScope::AdminReadUpdate, "Read and change"),
        ],
    }
}

/// Those with an action that the member holds.
fn held_resources(visit: &Visit) -> Box<dyn Iterator<Item = Arc<Resource>> + '_> {
    let (realm, member) = (&visit.session.realm, &visit.session.member);
    if member.administers() {
        return Box::new(realm.resources.values().cloned());
    }
    let scopes = realm.inherited_scopes(member);
    let names: BTreeSet<ResourceName> = scopes
        .iter()
        .filter_map(|scope| scope.resource())
        .filter_map(|(kind, name)| ResourceName::new(kind, name).ok())
        .collect();
    Box::new(names.into_iter().filter_map(|name| realm.resources.get(&name).cloned()))
}

fn row(
    visit: &Visit,
    kind: TokenKind,
    resource: &Resource,
    is_ticked: &impl Fn(&str) -> bool,
) -> Option<MatrixRow> {
    let actions = resource.actions.iter().filter_map(|action| {
        let scope: Scope = format!("{}:{action}", resource.name).parse().ok()?;
        may_choose(visit, kind, &scope).then(|| offered(action, String::new(), is_ticked(scope.as_str())))
    });
    let offered: Vec<OfferedAction> = actions.collect();
    let description = resource.description.to_string();
    (!offered.is_empty()).then(|| MatrixRow { of: resource.name.to_string(), description, offered })
}
