//! Finds the member whose browser presents a session of the console.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_contract::{RealmLabel, Timestamp};

use crate::crypto::{form_token, is_form_token};
use crate::issuance::context::Context;
use crate::issuance::failures::{Named, Origin};
use crate::issuance::issuer::Issuer;
use crate::issuance::refusal::Refusal;
use crate::snapshot::{RealmView, Snapshot};
use claviger_domain::{Door, Member, MemberId, MemberToken};

/// A member who is signed in, for the duration of one request.
pub struct Session {
    pub realm: Arc<RealmView>,
    pub member: Arc<Member>,
    pub token: Arc<MemberToken>,
    pub now: Timestamp,
}

impl Issuer {
    /// `None` if the secret belongs to no active session of this realm. Its use is not recorded.
    pub fn find_session(&self, realm: &str, secret: &str) -> Result<Option<Session>, Refusal> {
        let now = self.context.alarm.now();
        Ok(self
            .context
            .snapshots
            .answer(&*self.context.clock, |snapshot| find(&self.context, snapshot, realm, secret, now))?)
    }

    /// Also keeps the session from ending by itself.
    pub fn note_session_use(&self, session: &Session) {
        let label = &session.realm.record.label;
        self.context.usage.used(label, session.token.id.widen(), session.now);
    }

    /// Call before a password is verified. The refusal says when to try again.
    pub fn meter_sign_in(&self, realm: &RealmLabel, email: &str, address: IpAddr) -> Result<(), Refusal> {
        self.context.failures.meter_sign_in(realm, email, address)
    }

    /// Call before a code of a second factor is verified.
    pub fn meter_second_factor(&self, realm: &RealmLabel, member: MemberId) -> Result<(), Refusal> {
        self.context.failures.meter_second_factor(realm, member)
    }

    /// Counts a password that did not match, and records it for the audit trail.
    pub fn refuse_sign_in(&self, realm: &RealmLabel, email: &str, address: IpAddr) -> Refusal {
        let origin = Origin { door: Door::Console, address };
        self.context.failures.refuse(Some(realm), origin, Named::Client(email), Refusal::InvalidClient)
    }
}

impl Issuer {
    /// Counts a code of the command line that was not valid, and records it for the audit trail.
    pub fn refuse_approval(&self, realm: &RealmLabel, address: IpAddr) -> Refusal {
        let origin = Origin { door: Door::Administration, address };
        self.context.failures.refuse(Some(realm), origin, Named::Token(None), Refusal::InvalidClient)
    }

    /// Records for the audit trail that somebody whom the identity provider knows may not sign in.
    pub fn note_refused_sign_in(&self, realm: &RealmLabel, email: &str, address: IpAddr) {
        let origin = Origin { door: Door::Console, address };
        self.context.failures.note(Some(realm), origin, Named::Client(email));
    }
}

fn find(
    context: &Context,
    snapshot: &Snapshot,
    realm: &str,
    secret: &str,
    now: Timestamp,
) -> Option<Session> {
    let realm = snapshot.find_realm(realm)?;
    let mut digests = context.keyring.digester().possible_digests(secret);
    let token = digests.find_map(|digest| realm.find_session(&digest))?;
    let member = realm.live_owner(token, now)?;
    Some(Session { realm: realm.clone(), member: member.clone(), token: token.clone(), now })
}

impl Issuer {
    /// The text that every form of a session carries.
    pub fn form_token(&self, secret: &str) -> String {
        form_token(secret)
    }

    pub fn is_form_token(&self, secret: &str, presented: &str) -> bool {
        is_form_token(secret, presented)
    }
}
