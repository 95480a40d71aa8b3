//! How members sign in, and when they did as far as this node remembers their sessions.

use std::collections::HashMap;

use claviger_contract::Timestamp;

use crate::http::console::visit::Visit;
use claviger_domain::{MemberId, MemberTokenKind, SignInProvider};

/// When the latest session of each member began.
pub struct SignIns(HashMap<MemberId, Timestamp>);

impl SignIns {
    pub fn known(visit: &Visit) -> Self {
        let mut latest = HashMap::new();
        let tokens = visit.session.realm.member_tokens.values();
        for session in tokens.filter(|token| token.kind == MemberTokenKind::Session) {
            let known = latest.entry(session.member).or_insert(session.created_at);
            *known = session.created_at.max(*known);
        }
        Self(latest)
    }

    pub fn at(&self, member: MemberId) -> Option<Timestamp> {
        self.0.get(&member).copied()
    }

    /// `Acme SSO, local account`; empty if the member is linked with nobody at the provider, and has no password.
    pub fn by(visit: &Visit, member: MemberId) -> String {
        let realm = &visit.session.realm;
        let is_linked = |provider: &SignInProvider| {
            let mut links = realm.identities.of_member(member).filter(|link| link.is_linked());
            links.any(|link| link.identity.issuer == provider.settings.issuer)
        };
        let provider = realm.sign_in_provider.as_ref().filter(|provider| is_linked(provider));
        let provider = provider.map(|provider| provider.settings.provider_name.to_string());
        let account = realm.local_accounts.get(&member).filter(|account| account.password_set_at.is_some());
        let account = account.map(|account| match account.has_second_factor {
            true => "local account, with a code".to_owned(),
            false => "local account".to_owned(),
        });
        provider.into_iter().chain(account).collect::<Vec<_>>().join(", ")
    }
}
