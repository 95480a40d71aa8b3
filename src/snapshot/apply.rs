//! Builds the next snapshot from a log row.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::snapshot::consequences::consequences;
use crate::snapshot::endings::holdings::Ending;
use crate::snapshot::endings::holdings::RevokedToken;
use crate::snapshot::feed::cuts::cuts;
use crate::snapshot::keys::LiveKey;
use crate::snapshot::realm_view::RealmView;
use crate::snapshot::view::Snapshot;
use claviger_domain::{
    Change, Consequences, Group, LogEntry, Member, MemberState, Record, Replaced, ServiceCredentialId,
    SigningKey,
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
        let realm = &entry.realm;
        let before = self.find_realm_or_deleted(realm.as_str());
        let effects = before.map(|before| {
            let consequences = consequences(before, &entry.change);
            let cuts = cuts(before, position, &entry.change, &consequences);
            (consequences, cuts)
        });
        match &entry.change {
            Change::Put(Record::SigningKey(key)) => {
                self.existing_realm(realm)?.apply_key(position, realm, key, keys)?;
            }
            Change::Put(record) => self.put(realm, record.clone(), position)?,
            Change::Deleted(key) => {
                self.existing_realm(realm)?.remove(key);
            }
            Change::RealmRemoved { .. } => self.remove_realm(realm),
            act => {
                if let Change::ApplicationRenewed { successor, .. } = act {
                    self.put_application_realm(successor.id, realm.clone());
                }
                self.existing_realm(realm)?.act(position, act);
            }
        }
        let read_at = self.read_at;
        if let (Some((consequences, cuts)), Some(view)) = (effects, self.realm_mut(realm)) {
            view.cuts.note(position, read_at, cuts);
            view.bear(position, &consequences);
            view.note_restricted(position, consequences);
        }
        self.position = position;
        Ok(())
    }

    /// Forgets restrictions at or before `position`, and what acts before this time ended: nothing issued before can
    /// still be active.
    pub fn forget_restrictions(&mut self, position: Position, made_before: Timestamp) {
        let old = |realm: &&Arc<RealmView>| {
            realm.restrictions.reaches_back_to(position)
                || realm.cuts.has_some_to_forget(position, made_before)
        };
        let labels: Vec<RealmLabel> =
            self.realms_and_deleted().filter(old).map(|realm| realm.record.label.clone()).collect();
        for label in labels {
            if let Some(realm) = self.realm_mut(&label) {
                realm.restrictions.forget_up_to(position);
                realm.cuts.forget(position, made_before);
            }
        }
    }
}

impl RealmView {
    /// For a known key only the role changes.
    fn apply_key(
        &mut self,
        position: Position,
        realm: &RealmLabel,
        key: &SigningKey,
        keys: &mut dyn KeyOpener,
    ) -> Result<(), ApplyError> {
        let changed = match self.keys.find(&key.kid) {
            Some(known) => Some(known.in_role_of(key)),
            None => keys.open(realm, key, position)?,
        };
        if let Some(key) = changed {
            self.put_key(key);
        }
        Ok(())
    }

    fn act(&mut self, position: Position, act: &Change) {
        match act {
            // Handled by the snapshot.
            Change::Put(_) | Change::Deleted(_) | Change::RealmRemoved { .. } => {}
            Change::RealmCut { suspended_at, at } => {
                self.cut = position;
                let record = Arc::make_mut(&mut self.record);
                (record.suspended_at, record.updated_at) = (*suspended_at, *at);
            }
            Change::RealmDeleted { at } => {
                self.cut = position;
                let record = Arc::make_mut(&mut self.record);
                (record.deleted_at, record.updated_at) = (Some(*at), *at);
            }
            Change::LogRowSkipped { .. } => self.cut = position,
            // The only effect is the consequence applied by `bear`.
            Change::CredentialEdited { .. } => {}
            Change::CredentialRenewed { successor, overlap_ends_at } => {
                if let Some(id) = successor.replaces
                    && let Some(credential) = self.credentials.get_mut(&id)
                {
                    Arc::make_mut(credential).overlap_ends_at = Some(*overlap_ends_at);
                    self.overlaps.insert(*overlap_ends_at, Replaced::Credential(id));
                }
                self.put_credential(successor, position);
            }
            Change::ApplicationRenewed { successor, overlap_ends_at } => {
                self.replace_application(successor, *overlap_ends_at, position);
            }
            Change::ResourceServerRenewed { successor, overlap_ends_at } => {
                self.replace_server(successor, *overlap_ends_at, position);
            }
            Change::MemberEnabled { id, at, .. } => {
                if let Some(member) = self.members.get(id) {
                    let member = Member { state: MemberState::Active, updated_at: *at, ..(**member).clone() };
                    self.put_member(member);
                }
            }
            Change::CredentialRevoked { id, at, .. } => self.revoke_credential(*id, position, *at),
            Change::TokenRevoked { jti, client_id, expires_at } => {
                let revoked = RevokedToken { position, client_id: *client_id, forget_after: *expires_at };
                self.put_revoked_token(jti.clone(), revoked);
            }
        }
    }

    fn revoke_credential(&mut self, id: ServiceCredentialId, position: Position, at: Timestamp) {
        let Some(credential) = self.credentials.get_mut(&id).map(Arc::make_mut) else { return };
        credential.revoked = Some(position);
        self.holdings.put_end(at, Ending::Credential(id));
        if let Some(end) = credential.overlap_ends_at {
            self.overlaps.remove(end, Replaced::Credential(id));
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
        if let Some(owned) = &consequences.owned {
            self.end_owned(owned, position);
        }
        for consequence in &consequences.grants {
            self.grant_sets.apply(position, consequence);
        }
        if let Some(edited) = &consequences.edited
            && self.credentials.contains_key(&edited.id)
        {
            let held = self.hold(position, &edited.grants, edited.id);
            if let Some(credential) = self.credentials.get_mut(&edited.id) {
                let credential = Arc::make_mut(credential);
                let before = std::mem::replace(&mut credential.held, held);
                credential.own_cut = if edited.cut { position } else { edited.cut_before };
                self.grant_sets.exchange(before.set, held.set, edited.id);
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
}
