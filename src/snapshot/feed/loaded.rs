//! What acts have ended lately, as far as it follows from the tables.

use std::collections::{BTreeMap, HashMap};

use claviger_contract::{Position, Timestamp};

use crate::snapshot::realm_view::{Application, RealmView};
use claviger_domain::{
    ApplicationCredentialState, Cut, Key, MemberState, ServerAudience, ServiceCredential, Subject,
};

/// The rows of one realm that a view does not hold.
#[derive(Default)]
pub struct LoadedCuts {
    /// The positions of restrictions, and their times where these are known. An object's first cut is none of them.
    restrictions: HashMap<Position, Option<Timestamp>>,
    ended: Vec<Ended>,
}

/// A cut, the position of its act if it is known, and when it was made, or a later time.
struct Ended {
    position: Option<Position>,
    at: Option<Timestamp>,
    cut: Cut,
}

impl LoadedCuts {
    pub fn credential(&mut self, record: &ServiceCredential) {
        let id = record.id.widen();
        match (&record.revocation, record.overlap_ends_at) {
            (Some(revocation), _) => {
                self.add(Some(revocation.position), Some(revocation.at), Cut::end_of(id));
            }
            // It was updated when its overlap was set, and maybe later.
            (None, Some(from)) => self.add(None, Some(record.updated_at), Cut::ClientFrom { id, from }),
            (None, None) => {}
        }
    }

    pub fn restriction(&mut self, position: Position, subject: &Subject, at: Option<Timestamp>) {
        self.restrictions.insert(position, at);
        if let Subject::Object(Key::SigningKey(kid)) = subject {
            self.add(Some(position), at, Cut::Key { kid: kid.as_str().into() });
        }
    }

    /// Call after the restrictions.
    pub fn deleted_audience(&mut self, position: Position, audience: ServerAudience) {
        let at = self.restrictions.get(&position).copied().flatten();
        self.add(Some(position), at, Cut::ResourceServer { audience, before: position });
    }

    fn add(&mut self, position: Option<Position>, at: Option<Timestamp>, cut: Cut) {
        self.ended.push(Ended { position, at, cut });
    }
}

impl RealmView {
    /// Call after the last row. What acts before `made_before` ended is left out.
    pub fn load_cuts(&mut self, head: Position, made_before: Option<Timestamp>, mut loaded: LoadedCuts) {
        self.add_realm(&mut loaded);
        self.add_credentials(&mut loaded);
        for application in self.applications.values() {
            self.add_application(application, &mut loaded);
        }
        for (jti, revoked) in &self.revoked_tokens {
            let cut = Cut::Token { jti: jti.clone(), expires_at: revoked.forget_after };
            if made_before.is_none_or(|before| revoked.forget_after >= before) {
                loaded.add(Some(revoked.position), None, cut);
            }
        }
        let mut by_position: BTreeMap<Position, (Option<Timestamp>, Vec<Cut>)> = BTreeMap::new();
        for Ended { position, at, cut } in loaded.ended {
            if at.zip(made_before).is_some_and(|(at, before)| at < before) {
                continue;
            }
            let (latest, cuts) = by_position.entry(position.unwrap_or(head)).or_insert((at, Vec::new()));
            *latest = latest.zip(at).map(|(one, other)| one.max(other));
            cuts.push(cut);
        }
        self.cuts = super::kept::Cuts::since(head);
        for (position, (at, cuts)) in by_position {
            self.cuts.note(position, at, cuts);
        }
    }

    /// A realm's first cut is told too: it does no harm, and a restore moves the cut without a row of the log.
    fn add_realm(&self, loaded: &mut LoadedCuts) {
        let at = loaded.restrictions.get(&self.cut).copied().flatten();
        let before = if self.is_deleted() { Position::END } else { self.cut };
        loaded.add(Some(self.cut), at, Cut::Realm { before });
    }

    fn add_credentials(&self, loaded: &mut LoadedCuts) {
        if loaded.restrictions.is_empty() {
            return;
        }
        for (id, credential) in self.credentials.iter().filter(|(_, known)| known.revoked.is_none()) {
            let Some(set) = self.grant_sets.get(credential.held.set) else { continue };
            let before = credential.cut(set);
            if let Some(at) = loaded.restrictions.get(&before).copied() {
                loaded.add(Some(before), at, Cut::Client { id: id.widen(), before });
            }
        }
    }

    fn add_application(&self, known: &Application, loaded: &mut LoadedCuts) {
        let (record, id) = (&known.record, known.record.id.widen());
        let owner = self.members.get(&record.member).map(|member| member.state);
        let ended_at = match (record.state, owner) {
            (ApplicationCredentialState::Revoked { at }, _) => Some(at),
            (_, Some(MemberState::Disabled { at })) => Some(at),
            _ => None,
        };
        if let Some(at) = ended_at {
            return loaded.add(None, Some(at), Cut::end_of(id));
        }
        if let Some(from) = record.overlap_ends_at {
            loaded.add(None, Some(record.updated_at), Cut::ClientFrom { id, from });
        }
        if let Some(at) = loaded.restrictions.get(&known.cut).copied() {
            loaded.add(Some(known.cut), at, Cut::Client { id, before: known.cut });
        }
    }
}
