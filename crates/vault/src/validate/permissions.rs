//! The verdict on each permission of a profile.

use std::collections::BTreeSet;

use crate::authenticate::{Authorized, Exchange, build_request, is_rate_limited};
use crate::catalog::{Answered, PermissionCheck, PermissionRule, Place, Probe, ScopeRule, text_of};
use crate::fields::Variables;
use crate::validate::scopes::Scopes;
use crate::validate::steps::error_type;
use crate::validate::subject::Subject;
use crate::validate::validation::{CheckedPermission, Verdict};

pub struct Permissions<'a> {
    pub subject: &'a Subject<'a>,
    pub rule: &'a ScopeRule,
    pub scopes: &'a Scopes,
    pub variables: &'a Variables<'a>,
    pub authorized: &'a Authorized,
    pub exchange: &'a Exchange<'a>,
}

impl Permissions<'_> {
    pub fn check(&self) -> Vec<CheckedPermission> {
        of_profile(self.subject)
            .map(|(permission, required)| {
                let (verdict, note) = self.verdict(permission);
                checked(permission, required, verdict, note)
            })
            .collect()
    }

    /// Scopes that no permission of the profile needs, of those that the provider shows.
    pub fn excess(&self) -> Vec<String> {
        let Scopes::Known(held) = self.scopes else { return Vec::new() };
        let needed: BTreeSet<String> =
            of_profile(self.subject).flat_map(|(permission, _)| self.needed_scopes(permission)).collect();
        held.shown.difference(&needed).cloned().collect()
    }

    fn verdict(&self, permission: &PermissionRule) -> (Verdict, Option<String>) {
        let by_scope = self.by_scope(permission);
        match permission.check {
            PermissionCheck::Manual => {
                (Verdict::Unknown, Some("Nobody can tell but the owner of the credential.".to_owned()))
            }
            _ if by_scope == Verdict::Granted => (Verdict::Granted, None),
            PermissionCheck::Scope if by_scope == Verdict::Missing => (Verdict::Missing, None),
            PermissionCheck::Scope if matches!(self.scopes, Scopes::Pending) => (Verdict::Unknown, None),
            PermissionCheck::Scope | PermissionCheck::Probe => {
                let id = permission.probe.as_ref();
                let probe =
                    id.and_then(|id| self.subject.source_type.probes.iter().find(|probe| &probe.id == id));
                match probe {
                    Some(probe) if is_for(probe, &self.subject.mode.id) => self.probe(probe),
                    // In other ways to authenticate the scopes alone decide.
                    Some(_) => (by_scope, None),
                    None => (Verdict::Unknown, Some("The provider does not show the scopes.".to_owned())),
                }
            }
        }
    }

    fn by_scope(&self, permission: &PermissionRule) -> Verdict {
        let Scopes::Known(held) = self.scopes else { return Verdict::Unknown };
        let satisfying = self.satisfying(permission);
        if satisfying.iter().any(|scope| held.closed.contains(scope)) {
            return Verdict::Granted;
        }
        let was_asked =
            held.asked.as_ref().is_none_or(|asked| satisfying.iter().any(|scope| asked.contains(scope)));
        if was_asked && !satisfying.is_empty() { Verdict::Missing } else { Verdict::Unknown }
    }

    /// Scopes of which one is enough.
    fn satisfying(&self, permission: &PermissionRule) -> Vec<String> {
        match (&permission.satisfied_by, permission.check) {
            (Some(scopes), _) => scopes.iter().filter_map(|scope| self.variables.render(scope)).collect(),
            (None, PermissionCheck::Scope) => vec![permission.id.clone()],
            (None, _) => Vec::new(),
        }
    }

    /// Those, what comes with them, and a scope of the permission's own name, which a probe may have to confirm.
    fn needed_scopes(&self, permission: &PermissionRule) -> Vec<String> {
        let further = permission.comes_with.iter().chain([&permission.id]).cloned();
        self.satisfying(permission).into_iter().chain(further).collect()
    }

    fn probe(&self, probe: &Probe) -> (Verdict, Option<String>) {
        let unknown = || (Verdict::Unknown, probe.note.clone());
        let is_answered =
            probe.needs.as_ref().is_none_or(|question| self.variables.answers.contains_key(question));
        if !is_answered || !self.variables.fits(probe.when_field.as_ref(), probe.unless_field.as_ref()) {
            return unknown();
        }
        let credential = &self.authorized.credential;
        let Some(request) = build_request(&probe.request, self.variables, credential, self.exchange, None)
        else {
            return unknown();
        };
        let Ok(answered) = self.exchange.send(request) else {
            return (Verdict::Unknown, Some("Could not verify: the provider does not answer.".to_owned()));
        };
        let denied_type = probe.error_type_at.as_ref().and_then(|at| error_type(&answered, at));
        let is_granted = probe.granted.contains(&answered.status());
        if denied_type.is_some_and(|name| probe.denied_types.contains(&name)) {
            (Verdict::Missing, self.needed(&answered))
        } else if is_granted {
            let holds = |answered: &Answered| {
                probe
                    .expect
                    .iter()
                    .all(|expectation| expectation.holds(answered.at(&expectation.at).as_ref()))
            };
            if holds(&answered) { (Verdict::Granted, None) } else { unknown() }
        } else if probe.denied.contains(&answered.status()) && !is_rate_limited(&answered) {
            (Verdict::Missing, self.needed(&answered))
        } else {
            unknown()
        }
    }

    fn needed(&self, answered: &Answered) -> Option<String> {
        needed_sentence(self.rule, answered, self.exchange)
    }
}

/// What the provider says that a refused request would have needed.
pub fn needed_sentence(rule: &ScopeRule, answered: &Answered, exchange: &Exchange<'_>) -> Option<String> {
    let text = rule.needed_at.iter().find_map(|place: &Place| {
        let found = answered.at(place)?;
        match found.as_array() {
            Some(items) => Some(items.iter().filter_map(text_of).collect::<Vec<_>>().join(", ")),
            None => text_of(&found),
        }
    })?;
    (!text.is_empty()).then(|| format!("The provider asks for: {}", exchange.text(&text)))
}

/// All unknown, because the provider could not be asked.
pub fn unknown_permissions(subject: &Subject<'_>) -> Vec<CheckedPermission> {
    of_profile(subject)
        .map(|(permission, required)| checked(permission, required, Verdict::Unknown, None))
        .collect()
}

fn of_profile<'a>(subject: &'a Subject<'a>) -> impl Iterator<Item = (&'a PermissionRule, bool)> {
    let profile = subject.profile;
    let required = profile.required.iter().map(|id| (id, true));
    let recommended = profile.recommended.iter().map(|id| (id, false));
    required.chain(recommended).filter_map(|(id, required)| {
        let rules = &subject.source_type.permissions;
        rules.iter().find(|rule| &rule.id == id).map(|rule| (rule, required))
    })
}

fn checked(
    permission: &PermissionRule,
    required: bool,
    verdict: Verdict,
    note: Option<String>,
) -> CheckedPermission {
    CheckedPermission { id: permission.id.clone(), label: permission.label.clone(), required, verdict, note }
}

fn is_for(probe: &Probe, mode: &str) -> bool {
    probe.modes.is_empty() || probe.modes.iter().any(|other| other == mode)
}
