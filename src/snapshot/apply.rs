//! How a snapshot becomes the next one: by a row of the log, or by rows of the tables at the start.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use uuid::Uuid;

use super::credential::scopes_of;
use super::shared_grants::{Grants, SharedGrants};
use super::{Application, Credential, LiveKey, LiveServer, RealmView, RevokedToken, Snapshot, consequences};
use crate::domain::{
    ApplicationCredential, Change, Consequences, Group, LogEntry, Member, MemberToken, Realm,
    RegistryRefreshToken, Resource, ResourceServer, ScopeEntry, ServiceCredential, SigningKey,
};

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the log speaks of realm \"{0}\", which does not exist")]
    UnknownRealm(RealmLabel),
    #[error("signing key {kid} cannot be opened: {reason}")]
    Key { kid: String, reason: String },
}

/// Finds and opens the private half of a key, which the log does not hold.
pub trait KeyOpener {
    fn open(
        &mut self,
        realm: &RealmLabel,
        key: &SigningKey,
        cut: Position,
    ) -> Result<Option<LiveKey>, ApplyError>;
}

impl Snapshot {
    /// The snapshot at `position`, which must be the one after its own.
    pub fn apply(
        &mut self,
        position: Position,
        entry: &LogEntry,
        keys: &mut dyn KeyOpener,
    ) -> Result<(), ApplyError> {
        if let Change::RealmPut { realm } = &entry.change {
            self.put_realm_record(realm, position);
        } else {
            let realm =
                self.realm_mut(&entry.realm).ok_or_else(|| ApplyError::UnknownRealm(entry.realm.clone()))?;
            let consequences = consequences(realm, &entry.change);
            realm.apply(position, entry, keys)?;
            realm.bear(position, &consequences);
        }
        if let Change::ApplicationCredentialPut { credential } = &entry.change {
            self.put_application_realm(credential.id, entry.realm.clone());
        }
        self.position = position;
        Ok(())
    }

    /// Single revocations of tokens that were over before this need not be remembered.
    pub fn forget_tokens_ended_before(&mut self, before: Timestamp) {
        let ended = |realm: &&Arc<RealmView>| {
            realm.revoked_tokens.values().any(|revoked| revoked.forget_after < before)
        };
        let labels: Vec<RealmLabel> =
            self.realms().filter(ended).map(|realm| realm.record.label.clone()).collect();
        for label in labels {
            if let Some(realm) = self.realm_mut(&label) {
                realm.revoked_tokens.retain(|_, revoked| revoked.forget_after >= before);
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

    /// For filling in rows of the tables.
    pub fn loading_realm(&mut self, label: &RealmLabel) -> Result<&mut RealmView, ApplyError> {
        self.realm_mut(label).ok_or_else(|| ApplyError::UnknownRealm(label.clone()))
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
            Change::ScopePut { entry } => self.put_scope(entry.clone()),
            Change::ScopeDeleted { scope } => drop(self.scopes.remove(scope)),
            Change::ResourcePut { resource } => self.put_resource(resource.clone()),
            Change::ResourceDeleted { name } => drop(self.resources.remove(name)),
            Change::GroupPut { group } => self.put_group(group.clone()),
            Change::GroupDeleted { name } => drop(self.groups.remove(name)),
            Change::MemberPut { member } => self.put_member(member.clone()),
            Change::MemberTokenPut { token } => self.put_member_token(token.clone()),
            Change::ApplicationCredentialPut { credential } => {
                let cut = self.applications.get(&credential.id).map_or(position, |known| known.cut);
                self.put_application(credential.clone(), cut);
            }
            Change::RegistryTokenPut { token } => self.put_registry_token(token.clone()),
            Change::ResourceServerPut { server } => self.put_server(server.clone(), position),
            Change::ResourceServerDeleted { id } => {
                if let Some(server) = self.servers.remove(id) {
                    self.audiences.remove(&server.record.audience);
                }
            }
            Change::SigningKeyPut { key } => {
                // Another role is all that changes of a key that is there.
                let known = self.keys.find(&key.kid).map(|known| known.in_role_of(key));
                match known {
                    Some(changed) => self.put_key(changed),
                    None => keys.open(&entry.realm, key, position)?.map_or((), |key| self.put_key(key)),
                }
            }
            Change::SigningKeyDeleted { kid } => self.keys.remove(kid),
            Change::CredentialCreated { credential } => self.put_credential(credential, position),
            // What it does is the one consequence that `bear` writes.
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
            Change::CredentialRevoked { id, .. } => self.revoke_credential(*id, position),
            Change::TokenRevoked { jti, expires_at, .. } => {
                self.put_revoked_token(jti.clone(), position, *expires_at);
            }
        }
        Ok(())
    }

    fn revoke_credential(&mut self, id: Uuid, position: Position) {
        let Some(credential) = self.credentials.get_mut(&id).map(Arc::make_mut) else { return };
        credential.revoked = Some(position);
        if let Some(end) = credential.overlap_ends_at {
            self.overlaps.remove(&(end, id));
        }
        // Its name may be its successor's by now.
        if self.live_names.get(&credential.name) == Some(&id) {
            self.live_names.remove(&credential.name);
        }
    }

    fn bear(&mut self, position: Position, consequences: &Consequences) {
        self.bear_losses(consequences);
        for id in &consequences.applications {
            if let Some(application) = self.applications.get_mut(id) {
                application.cut = position;
            }
        }
        for consequence in &consequences.credentials {
            if let Some(credential) = self.credentials.get_mut(&consequence.id) {
                let credential = Arc::make_mut(credential);
                credential.groups = consequence.groups.as_slice().into();
                credential.resources = consequence.resources.as_slice().into();
                credential.scopes = scopes_of(&self.groups, &credential.groups, &credential.resources);
                if consequence.cut {
                    credential.cut = position;
                }
            }
        }
    }

    /// What groups and members lose.
    pub(super) fn bear_losses(&mut self, consequences: &Consequences) {
        for consequence in &consequences.groups {
            if let Some(group) = self.groups.get_mut(&consequence.name) {
                let group = Arc::make_mut(group);
                group.scopes.clone_from(&consequence.scopes);
                group.resources.clone_from(&consequence.resources);
            }
        }
        for consequence in &consequences.members {
            if let Some(member) = self.members.get_mut(&consequence.id) {
                Arc::make_mut(member).groups.clone_from(&consequence.groups);
            }
        }
    }

    pub fn put_scope(&mut self, entry: ScopeEntry) {
        self.scopes.insert(entry.scope.clone(), Arc::new(entry));
    }

    pub fn put_resource(&mut self, resource: Resource) {
        self.resources.insert(resource.name.clone(), Arc::new(resource));
    }

    pub fn put_group(&mut self, group: Group) {
        self.groups.insert(group.name.clone(), Arc::new(group));
    }

    pub fn put_member(&mut self, member: Member) {
        self.members.insert(member.id, Arc::new(member));
    }

    pub fn put_member_token(&mut self, token: MemberToken) {
        self.token_digests.insert(token.digest, token.id);
        self.member_tokens.insert(token.id, Arc::new(token));
    }

    pub fn put_registry_token(&mut self, token: RegistryRefreshToken) {
        self.registry_token_digests.insert(token.digest, token.id);
        self.registry_tokens.insert(token.id, Arc::new(token));
    }

    pub fn put_application(&mut self, credential: ApplicationCredential, cut: Position) {
        self.applications.insert(credential.id, Application { record: Arc::new(credential), cut });
    }

    pub fn put_server(&mut self, server: ResourceServer, cut: Position) {
        self.audiences.insert(server.audience.clone(), server.id);
        self.servers.insert(server.id, LiveServer { record: Arc::new(server), cut });
    }

    pub fn put_key(&mut self, key: LiveKey) {
        self.keys.put(Arc::new(key));
    }

    pub fn put_credential(&mut self, record: &ServiceCredential, cut: Position) {
        self.put_credential_with(record, cut, Grants::of(record, &self.groups));
    }

    /// For one of very many, of which most have grants that another has too.
    pub fn load_credential(&mut self, record: &ServiceCredential, cut: Position, shared: &mut SharedGrants) {
        let grants = shared.of(&self.record.label, record, &self.groups);
        self.put_credential_with(record, cut, grants);
    }

    fn put_credential_with(&mut self, record: &ServiceCredential, cut: Position, grants: Grants) {
        match record.overlap_ends_at {
            _ if record.revocation.is_some() => {}
            Some(end) => drop(self.overlaps.insert((end, record.id))),
            None => drop(self.live_names.insert(record.name.clone(), record.id)),
        }
        let credential = Credential::new(record, cut, grants);
        self.credentials.insert(record.id, Arc::new(credential));
    }

    pub fn put_revoked_token(&mut self, jti: Arc<str>, position: Position, forget_after: Timestamp) {
        self.revoked_tokens.insert(jti, RevokedToken { position, forget_after });
    }
}
