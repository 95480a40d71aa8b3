//! Puts records into a snapshot and removes them, whether they come from log rows or from table rows.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::snapshot::apply::ApplyError;
use crate::snapshot::endings::holdings::RevokedToken;
use crate::snapshot::feed::loaded::LoadedCuts;
use crate::snapshot::keys::LiveKey;
use crate::snapshot::realm_view::{Application, RealmView};
use crate::snapshot::view::Snapshot;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialState, Key, MemberToken, Realm, Record, RegistryRefreshToken,
    Replaced,
};

impl Snapshot {
    /// `position` is the cut of a new object: tokens from before it are invalid.
    pub fn put(&mut self, realm: &RealmLabel, record: Record, position: Position) -> Result<(), ApplyError> {
        if let Record::Application(credential) = &record {
            self.put_application_realm(credential.id, realm.clone());
        }
        match record {
            Record::Realm(new) if self.find_realm_or_deleted(realm.as_str()).is_none() => {
                self.put_new_realm(new, position)
            }
            record => self.existing_realm(realm)?.put(record, position),
        }
        Ok(())
    }

    fn put_new_realm(&mut self, record: Realm, cut: Position) {
        let issuer = self.issuer_of(&record.label);
        self.put_realm(RealmView::new(record, issuer, cut));
    }

    pub fn existing_realm(&mut self, label: &RealmLabel) -> Result<&mut RealmView, ApplyError> {
        self.realm_mut(label).ok_or_else(|| ApplyError::UnknownRealm(label.clone()))
    }

    /// Call after the last table row.
    pub fn finish_loading(
        &mut self,
        head: Position,
        made_before: Option<Timestamp>,
        cuts: &mut HashMap<RealmLabel, LoadedCuts>,
    ) {
        let labels: Vec<RealmLabel> =
            self.realms_and_deleted().map(|realm| realm.record.label.clone()).collect();
        for label in labels {
            if let Some(realm) = self.realm_mut(&label) {
                realm.forget_unheld_grants();
                realm.load_cuts(head, made_before, cuts.remove(&label).unwrap_or_default());
            }
        }
    }
}

impl RealmView {
    /// A known object keeps its position.
    pub(super) fn put(&mut self, record: Record, position: Position) {
        match record {
            Record::Realm(realm) => self.record = Arc::new(realm),
            Record::Scope(entry) => drop(self.scopes.insert(entry.scope.clone(), Arc::new(entry))),
            Record::Resource(resource) => {
                self.resources.insert(resource.name.clone(), Arc::new(resource));
            }
            Record::Group(group) => self.put_group(group),
            Record::Member(member) => self.put_member(member),
            Record::MemberToken(token) => self.put_member_token(token, position),
            Record::LocalAccount(account) => drop(self.local_accounts.insert(account.id, Arc::new(account))),
            Record::IdentityLink(link) => self.identities.put(link),
            Record::Application(credential) => self.put_application(credential, position),
            Record::RegistryToken(token) => self.put_registry_token(token, position),
            Record::ResourceServer(server) => self.put_server(server, position),
            // Its private half comes from elsewhere: see `put_key`.
            Record::SigningKey(_) => {}
            Record::Credential(credential) => self.put_credential(&credential, position),
            Record::SourceCredential(credential) => self.vault.put_credential(&credential),
            Record::Source(source) => self.vault.put_source(&source),
            Record::Webhook(webhook) => self.webhooks.put(&webhook),
            Record::SignInProvider(provider) => self.sign_in_provider = Some(Arc::new(provider)),
        }
    }

    /// Returns whether it existed.
    pub fn remove(&mut self, key: &Key) -> bool {
        match key {
            Key::Scope(scope) => self.scopes.remove(scope).is_some(),
            Key::Resource(name) => self.resources.remove(name).is_some(),
            Key::Group(name) => self.remove_group(name),
            Key::LocalAccount(id) => self.local_accounts.remove(id).is_some(),
            Key::IdentityLink(id) => self.identities.remove(*id),
            Key::ResourceServer(id) => self.remove_server(*id),
            Key::SigningKey(kid) => self.keys.remove(kid),
            Key::SourceCredential(id) => self.vault.remove_credential(*id),
            Key::Source(id) => self.vault.remove_source(*id),
            Key::Webhook(id) => self.webhooks.remove(*id),
            Key::SignInProvider(id) => self.sign_in_provider.take_if(|known| known.id == *id).is_some(),
        }
    }

    fn put_member_token(&mut self, mut token: MemberToken, position: Position) {
        token.position = self.member_tokens.get(&token.id).map_or(position, |known| known.position);
        self.tokens_by_member.insert(token.member, token.id);
        if let Some(before) = self.member_tokens.get(&token.id) {
            self.holdings.remove_member_token(before);
        }
        self.holdings.put_member_token(&token);
        self.token_digests.insert(token.digest, token.id);
        self.member_tokens.insert(token.id, Arc::new(token));
    }

    fn put_registry_token(&mut self, mut token: RegistryRefreshToken, position: Position) {
        token.position = self.registry_tokens.get(&token.id).map_or(position, |known| known.position);
        if let Some(before) = self.registry_tokens.get(&token.id) {
            self.holdings.remove_registry_token(before);
        }
        self.holdings.put_registry_token(&token);
        self.registry_token_digests.insert(token.digest, token.id);
        self.registry_tokens.insert(token.id, Arc::new(token));
    }

    fn put_application(&mut self, credential: ApplicationCredential, position: Position) {
        let cut = self.applications.get(&credential.id).map_or(position, |known| known.cut);
        self.applications_by_member.insert(credential.member, credential.id);
        if let Some(before) = self.applications.get(&credential.id) {
            self.holdings.remove_application(&before.record);
        }
        self.holdings.put_application(&credential);
        if let Some(end) = credential.overlap_ends_at {
            match credential.state {
                ApplicationCredentialState::Active => {
                    self.overlaps.insert(end, Replaced::Application(credential.id));
                }
                ApplicationCredentialState::Revoked { .. } => {
                    self.overlaps.remove(end, Replaced::Application(credential.id));
                }
            }
        }
        self.applications.insert(credential.id, Application { record: Arc::new(credential), cut });
    }

    /// Both are accepted until the end of the overlap.
    pub(super) fn replace_application(
        &mut self,
        successor: &ApplicationCredential,
        overlap_ends_at: Timestamp,
        position: Position,
    ) {
        let replaced = successor.replaces.and_then(|id| self.applications.get(&id));
        if let Some(replaced) = replaced.map(|known| (*known.record).clone()) {
            let (overlap_ends_at, updated_at) = (Some(overlap_ends_at), successor.created_at);
            let replaced = ApplicationCredential { overlap_ends_at, updated_at, ..replaced };
            self.put_application(replaced, position);
        }
        self.put_application(successor.clone(), position);
    }

    pub fn put_key(&mut self, key: LiveKey) {
        self.keys.put(Arc::new(key));
    }

    pub fn put_revoked_token(&mut self, jti: Arc<str>, revoked: RevokedToken) {
        self.restrictions.note_position(revoked.position);
        if let Some(before) = self.revoked_tokens.get(&jti) {
            self.holdings.remove_revoked_token(&jti, before);
        }
        self.holdings.put_revoked_token(&jti, &revoked);
        self.revoked_tokens.insert(jti, revoked);
    }
}
