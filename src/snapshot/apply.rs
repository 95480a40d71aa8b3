//! Builds the next snapshot from a log row, or the first one from table rows.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use uuid::Uuid;

use crate::snapshot::consequences::consequences;
use crate::snapshot::holdings::Ending;
use crate::snapshot::keys::LiveKey;
use crate::snapshot::realm_view::{Application, LiveServer, RealmView};
use crate::snapshot::revoked_token::RevokedToken;
use crate::snapshot::view::Snapshot;
use claviger_domain::{
    ApplicationCredential, Change, Consequences, Group, LogEntry, Member, MemberToken, Realm,
    RegistryRefreshToken, Resource, ResourceServer, ScopeEntry, SigningKey,
};

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the change log refers to realm \"{0}\", which does not exist")]
    UnknownRealm(RealmLabel),
    #[error("signing key {kid} cannot be opened: {reason}")]
    Key { kid: String, reason: String },
}

/// Finds and decrypts the private half of a key, which the log does not hold.
pub trait KeyOpener {
    fn open(
        &mut self,
        realm: &RealmLabel,
        key: &SigningKey,
        cut: Position,
    ) -> Result<Option<LiveKey>, ApplyError>;
}

impl Snapshot {
    /// Applies the row at `position`, which must directly follow the snapshot's own.
    pub fn apply(
        &mut self,
        position: Position,
        entry: &LogEntry,
        keys: &mut dyn KeyOpener,
    ) -> Result<(), ApplyError> {
        if let Change::RealmPut { realm } = &entry.change {
            let before = self.find_realm(realm.label.as_str());
            let consequences = before.map(|before| consequences(before, &entry.change));
            self.put_realm_record(realm, position);
            if let (Some(consequences), Some(view)) = (consequences, self.realm_mut(&realm.label)) {
                view.note_restricted(position, consequences);
            }
        } else {
            let realm =
                self.realm_mut(&entry.realm).ok_or_else(|| ApplyError::UnknownRealm(entry.realm.clone()))?;
            let consequences = consequences(realm, &entry.change);
            realm.apply(position, entry, keys)?;
            realm.bear(position, &consequences);
            realm.note_restricted(position, consequences);
        }
        if let Change::ApplicationCredentialPut { credential } = &entry.change {
            self.put_application_realm(credential.id, entry.realm.clone());
        }
        self.position = position;
        Ok(())
    }

    /// Forgets restrictions at or before `position`: nothing issued before it can still be active.
    pub fn forget_restrictions_up_to(&mut self, position: Position) {
        let old = |realm: &&Arc<RealmView>| realm.restrictions.reaches_back_to(position);
        let labels: Vec<RealmLabel> =
            self.realms().filter(old).map(|realm| realm.record.label.clone()).collect();
        for label in labels {
            if let Some(realm) = self.realm_mut(&label) {
                realm.restrictions.forget_up_to(position);
            }
        }
    }

    fn put_realm_record(&mut self, record: &Realm, position: Position) {
        match self.realm_mut(&record.label) {
            Some(known) => known.record = Arc::new(record.clone()),
            None => self.load_realm(record.clone(), position),
        }
    }

    pub fn load_realm(&mut self, record: Realm, cut: Position) {
        let issuer = self.issuer_of(&record.label);
        self.put_realm(RealmView::new(record, issuer, cut));
    }

    /// For loading table rows.
    pub fn loading_realm(&mut self, label: &RealmLabel) -> Result<&mut RealmView, ApplyError> {
        self.realm_mut(label).ok_or_else(|| ApplyError::UnknownRealm(label.clone()))
    }

    /// Call after the last table row.
    pub fn finish_loading(&mut self) {
        let labels: Vec<RealmLabel> = self.realms().map(|realm| realm.record.label.clone()).collect();
        for label in labels {
            if let Some(realm) = self.realm_mut(&label) {
                realm.forget_unheld_grants();
            }
        }
    }
}

impl RealmView {
    fn apply(
        &mut self,
        position: Position,
        entry: &LogEntry,
        keys: &mut dyn KeyOpener,
    ) -> Result<(), ApplyError> {
        match &entry.change {
            // Handled by the snapshot, which holds the realms.
            Change::RealmPut { .. } => {}
            Change::RealmCut { suspended_at, at } => {
                self.cut = position;
                let record = Arc::make_mut(&mut self.record);
                (record.suspended_at, record.updated_at) = (*suspended_at, *at);
            }
            Change::LogRowSkipped { .. } => self.cut = position,
            Change::ScopePut { entry } => self.put_scope(entry.clone()),
            Change::ScopeDeleted { scope } => drop(self.scopes.remove(scope)),
            Change::ResourcePut { resource } => self.put_resource(resource.clone()),
            Change::ResourceDeleted { name } => drop(self.resources.remove(name)),
            Change::GroupPut { group } => self.put_group(group.clone()),
            Change::GroupDeleted { name } => self.remove_group(name),
            Change::MemberPut { member } => self.put_member(member.clone()),
            Change::MemberTokenPut { token } => {
                let position = self.member_tokens.get(&token.id).map_or(position, |known| known.position);
                self.put_member_token(MemberToken { position, ..token.clone() });
            }
            Change::ApplicationCredentialPut { credential } => {
                let cut = self.applications.get(&credential.id).map_or(position, |known| known.cut);
                self.put_application(credential.clone(), cut);
            }
            Change::RegistryTokenPut { token } => {
                let position = self.registry_tokens.get(&token.id).map_or(position, |known| known.position);
                self.put_registry_token(RegistryRefreshToken { position, ..token.clone() });
            }
            Change::ResourceServerPut { server } => self.put_server(server.clone(), position),
            Change::ResourceServerDeleted { id } => {
                if let Some(server) = self.servers.remove(id) {
                    self.audiences.remove(&server.record.audience);
                }
            }
            Change::SigningKeyPut { key } => {
                // For a known key only the role changes.
                let known = self.keys.find(&key.kid).map(|known| known.in_role_of(key));
                match known {
                    Some(changed) => self.put_key(changed),
                    None => keys.open(&entry.realm, key, position)?.map_or((), |key| self.put_key(key)),
                }
            }
            Change::SigningKeyDeleted { kid } => self.keys.remove(kid),
            Change::CredentialCreated { credential } => self.put_credential(credential, position),
            // The only effect is the consequence applied by `bear`.
            Change::CredentialEdited { .. } => {}
            Change::CredentialRenewed { successor, overlap_ends_at } => {
                if let Some(id) = successor.replaces
                    && let Some(credential) = self.credentials.get_mut(&id)
                {
                    Arc::make_mut(credential).overlap_ends_at = Some(*overlap_ends_at);
                    self.overlaps.insert((*overlap_ends_at, id));
                }
                self.put_credential(successor, position);
            }
            Change::CredentialRevoked { id, at, .. } => self.revoke_credential(*id, position, *at),
            Change::TokenRevoked { jti, client_id, expires_at } => {
                let revoked = RevokedToken { position, client_id: *client_id, forget_after: *expires_at };
                self.put_revoked_token(jti.clone(), revoked);
            }
        }
        Ok(())
    }

    fn revoke_credential(&mut self, id: Uuid, position: Position, at: Timestamp) {
        let Some(credential) = self.credentials.get_mut(&id).map(Arc::make_mut) else { return };
        credential.revoked = Some(position);
        self.holdings.put_end(at, Ending::Credential(id));
        if let Some(end) = credential.overlap_ends_at {
            self.overlaps.remove(&(end, id));
        }
        // Its successor may hold the name by now.
        if self.live_names.get(&credential.name) == Some(&id) {
            self.live_names.remove(&credential.name);
        }
    }

    fn note_restricted(&mut self, position: Position, consequences: Consequences) {
        if consequences.restricts {
            self.restrictions.note_position(position);
        }
        for subject in consequences.subjects {
            self.restrictions.note(position, subject);
        }
    }

    fn bear(&mut self, position: Position, consequences: &Consequences) {
        self.bear_losses(consequences);
        for id in &consequences.applications {
            if let Some(application) = self.applications.get_mut(id) {
                application.cut = position;
            }
        }
        for consequence in &consequences.grants {
            self.grant_sets.apply(position, consequence);
        }
        if let Some(edited) = &consequences.edited
            && self.credentials.contains_key(&edited.id)
        {
            let held = self.hold(position, &edited.grants);
            if let Some(credential) = self.credentials.get_mut(&edited.id) {
                let credential = Arc::make_mut(credential);
                let before = std::mem::replace(&mut credential.held, held);
                credential.own_cut = if edited.cut { position } else { edited.cut_before };
                self.grant_sets.release(before.set);
            }
        }
    }

    /// Applies what groups and members lose.
    pub(super) fn bear_losses(&mut self, consequences: &Consequences) {
        for consequence in &consequences.groups {
            if let Some(group) = self.groups.get(&consequence.name) {
                self.put_group(Group {
                    scopes: consequence.scopes.clone(),
                    resources: consequence.resources.clone(),
                    ..(**group).clone()
                });
            }
        }
        for consequence in &consequences.members {
            if let Some(member) = self.members.get(&consequence.id) {
                self.put_member(Member { groups: consequence.groups.clone(), ..(**member).clone() });
            }
        }
    }

    pub fn put_scope(&mut self, entry: ScopeEntry) {
        self.scopes.insert(entry.scope.clone(), Arc::new(entry));
    }

    pub fn put_resource(&mut self, resource: Resource) {
        self.resources.insert(resource.name.clone(), Arc::new(resource));
    }

    pub fn put_member_token(&mut self, token: MemberToken) {
        self.tokens_by_member.insert(token.member, token.id);
        if let Some(before) = self.member_tokens.get(&token.id) {
            self.holdings.remove_member_token(before);
        }
        self.holdings.put_member_token(&token);
        self.token_digests.insert(token.digest, token.id);
        self.member_tokens.insert(token.id, Arc::new(token));
    }

    pub fn put_registry_token(&mut self, token: RegistryRefreshToken) {
        if let Some(before) = self.registry_tokens.get(&token.id) {
            self.holdings.remove_registry_token(before);
        }
        self.holdings.put_registry_token(&token);
        self.registry_token_digests.insert(token.digest, token.id);
        self.registry_tokens.insert(token.id, Arc::new(token));
    }

    pub fn put_application(&mut self, credential: ApplicationCredential, cut: Position) {
        self.applications_by_member.insert(credential.member, credential.id);
        if let Some(before) = self.applications.get(&credential.id) {
            self.holdings.remove_application(&before.record);
        }
        self.holdings.put_application(&credential);
        self.applications.insert(credential.id, Application { record: Arc::new(credential), cut });
    }

    pub fn put_server(&mut self, server: ResourceServer, cut: Position) {
        self.audiences.insert(server.audience.clone(), server.id);
        self.servers.insert(server.id, LiveServer { record: Arc::new(server), cut });
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
