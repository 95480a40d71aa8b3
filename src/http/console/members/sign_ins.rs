//! How and when members signed in, as far as this node remembers their sessions.

use std::collections::HashMap;

use claviger_contract::Timestamp;

use crate::http::console::visit::Visit;
use claviger_domain::{MemberId, MemberTokenKind, SignInMethod};

/// The latest session of each member.
pub struct SignIns(HashMap<MemberId, (Timestamp, Option<SignInMethod>)>);

impl SignIns {
    pub fn known(visit: &Visit) -> Self {
        let mut latest = HashMap::new();
        let tokens = visit.session.realm.member_tokens.values();
        for session in tokens.filter(|token| token.kind == MemberTokenKind::Session) {
            let known = latest.entry(session.member).or_insert((session.created_at, session.sign_in));
            if known.0 <= session.created_at {
                *known = (session.created_at, session.sign_in);
            }
        }
        Self(latest)
    }

    pub fn at(&self, member: MemberId) -> Option<Timestamp> {
        self.0.get(&member).map(|(at, _)| *at)
    }

    /// `Acme SSO, local account`; empty if the member never signed in, and has no password.
    pub fn by(&self, visit: &Visit, member: MemberId) -> String {
        let realm = &visit.session.realm;
        let method = self.0.get(&member).and_then(|(_, method)| *method);
        let provider =
            realm.sign_in_provider.as_ref().filter(|_| method == Some(SignInMethod::IdentityProvider));
        let provider = provider.map(|provider| provider.settings.provider_name.to_string());
        let account = realm.local_accounts.get(&member).filter(|account| account.password_set_at.is_some());
        let account = account.map(|account| match account.has_second_factor {
            true => "local account, with a code".to_owned(),
            false => "local account".to_owned(),
        });
        provider.into_iter().chain(account).collect::<Vec<_>>().join(", ")
    }
}
