//! What an act takes away, found by comparing a realm before it with the same realm after it.

use std::collections::BTreeMap;
use std::fmt::Display;

use claviger_contract::{Liveness, Timestamp};

use crate::snapshot::grant_sets::scopes_of;
use crate::snapshot::realm_view::RealmView;
use claviger_domain::{Affected, AffectedEffect, AffectedKind, MemberTokenKind};

/// By kind and effect. The cost is proportional to the size of the realm, whatever the act.
pub fn taken_away(before: &RealmView, after: &RealmView, now: Timestamp) -> Vec<Affected> {
    let mut found = Found::default();
    let difference = Difference { before, after, now };
    difference.of_credentials(&mut found);
    difference.of_applications(&mut found);
    difference.of_tokens(&mut found);
    difference.of_members(&mut found);
    difference.of_grants(&mut found);
    difference.of_others(&mut found);
    difference.of_vault(&mut found);
    found.0.into_values().collect()
}

#[derive(Default)]
struct Found(BTreeMap<(AffectedKind, AffectedEffect), Affected>);

impl Found {
    fn add(&mut self, kind: AffectedKind, effect: Option<AffectedEffect>, name: impl Display) {
        let Some(effect) = effect else { return };
        let new = || Affected { kind, effect, count: 0, names: Vec::new() };
        let affected = self.0.entry((kind, effect)).or_insert_with(new);
        affected.count += 1;
        if affected.names.len() < Affected::MAX_NAMES {
            affected.names.push(name.to_string());
        }
    }
}

struct Difference<'a> {
    before: &'a RealmView,
    after: &'a RealmView,
    now: Timestamp,
}

impl Difference<'_> {
    fn of_credentials(&self, found: &mut Found) {
        for (id, known) in &self.before.credentials {
            let liveness = |realm: &RealmView| realm.credential_liveness(id.widen(), self.now);
            let effect = loss(liveness(self.before), liveness(self.after));
            found.add(AffectedKind::ServiceCredential, effect, &known.name);
        }
    }

    fn of_applications(&self, found: &mut Found) {
        for (id, known) in &self.before.applications {
            let liveness = |realm: &RealmView| realm.credential_liveness(id.widen(), self.now);
            let effect = loss(liveness(self.before), liveness(self.after));
            found.add(AffectedKind::ApplicationCredential, effect, &known.record.name);
        }
    }

    fn of_tokens(&self, found: &mut Found) {
        let live = |realm: &RealmView, id| {
            let token = realm.member_tokens.get(id)?;
            Some(realm.within(realm.live_owner(token, self.now)?, &token.scopes))
        };
        for (id, token) in &self.before.member_tokens {
            let Some(scopes) = live(self.before, id) else { continue };
            let effect = match live(self.after, id) {
                None => Some(AffectedEffect::Ends),
                Some(left) if !left.covers_all(&scopes) => Some(AffectedEffect::LosesAccess),
                Some(_) => None,
            };
            let kind = match token.kind {
                MemberTokenKind::ApiToken => AffectedKind::ApiToken,
                MemberTokenKind::PersonalAccessToken => AffectedKind::PersonalAccessToken,
                MemberTokenKind::Session => AffectedKind::Session,
            };
            found.add(kind, effect, &token.description);
        }
        for (id, token) in &self.before.registry_tokens {
            let is_live = |realm: &RealmView| {
                let token = realm.registry_tokens.get(id);
                token.is_some_and(|token| realm.admits_registry_token(token, self.now))
            };
            let ends = is_live(self.before) && !is_live(self.after);
            found.add(AffectedKind::RegistryToken, ends.then_some(AffectedEffect::Ends), &token.service);
        }
    }

    fn of_members(&self, found: &mut Found) {
        for (id, member) in self.before.members.iter().filter(|(_, member)| member.is_active()) {
            let effect = match self.after.members.get(id).filter(|member| member.is_active()) {
                None => Some(AffectedEffect::Ends),
                Some(left) => {
                    let keeps_roles = member.roles.iter().all(|role| left.has_role(*role));
                    let keeps_scopes = left.administers() || {
                        let scopes = self.before.inherited_scopes(member);
                        self.after.inherited_scopes(left).covers_all(&scopes)
                    };
                    (!keeps_roles || !keeps_scopes).then_some(AffectedEffect::LosesAccess)
                }
            };
            found.add(AffectedKind::Member, effect, &member.email);
        }
    }

    /// Groups, resources and scopes.
    fn of_grants(&self, found: &mut Found) {
        for name in self.before.groups.keys() {
            let names = std::slice::from_ref(name);
            let scopes = |realm: &RealmView| scopes_of(&realm.groups, names, &[]);
            let loses = || !scopes(self.after).covers_all(&scopes(self.before));
            let effect = match self.after.groups.contains_key(name) {
                false => Some(AffectedEffect::Ends),
                true => loses().then_some(AffectedEffect::LosesAccess),
            };
            found.add(AffectedKind::Group, effect, name);
        }
        for (name, resource) in &self.before.resources {
            let effect = match self.after.resources.get(name) {
                None => Some(AffectedEffect::Ends),
                Some(left) => {
                    let loses = resource.actions.iter().any(|action| !left.offers(action));
                    loses.then_some(AffectedEffect::LosesAccess)
                }
            };
            found.add(AffectedKind::Resource, effect, name);
        }
        for scope in self.before.scopes.keys() {
            let ends = !self.after.scopes.contains_key(scope);
            found.add(AffectedKind::Scope, ends.then_some(AffectedEffect::Ends), scope);
        }
    }

    /// Resource servers and signing keys.
    fn of_others(&self, found: &mut Found) {
        for server in self.before.servers.iter() {
            let ends = self.after.servers.get(server.record.id).is_none();
            let effect = ends.then_some(AffectedEffect::Ends);
            found.add(AffectedKind::ResourceServer, effect, &server.record.name);
        }
        for key in self.before.keys.iter() {
            let ends = self.after.keys.find(&key.record.kid).is_none();
            found.add(AffectedKind::SigningKey, ends.then_some(AffectedEffect::Ends), &key.record.kid);
        }
    }

    fn of_vault(&self, found: &mut Found) {
        let has = |realm: &RealmView, id| realm.vault.credential(id).is_some();
        for (id, known) in self.before.vault.credentials() {
            let ends = !has(self.after, *id);
            found.add(AffectedKind::SourceCredential, ends.then_some(AffectedEffect::Ends), &known.name);
        }
        for (id, source) in self.before.vault.sources() {
            let effect = match self.after.vault.source(id) {
                None => Some(AffectedEffect::Ends),
                Some(left) => {
                    let stops = has(self.before, source.credential) && !has(self.after, left.credential);
                    stops.then_some(AffectedEffect::Stops)
                }
            };
            found.add(AffectedKind::Source, effect, &source.name);
        }
    }
}

/// Of a client, whose access tokens are valid from its cut on.
fn loss(before: Liveness, after: Liveness) -> Option<AffectedEffect> {
    match (before, after) {
        (Liveness::Live { .. }, Liveness::Ended) => Some(AffectedEffect::Ends),
        (Liveness::Live { cut: before }, Liveness::Live { cut: after }) => {
            (before < after).then_some(AffectedEffect::LosesTokens)
        }
        (Liveness::Ended, _) => None,
    }
}
