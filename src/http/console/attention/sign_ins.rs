//! Who asks to be let in.

use claviger_console::{AttentionAct, AttentionLine, MAX_ATTENTION, Tone, text};

use crate::http::console::visit::Visit;
use claviger_domain::Role;

/// Who signed in at the identity provider and asks an account holder to be let in.
pub fn requests(visit: &Visit) -> Vec<AttentionLine> {
    if !visit.session.member.has_role(Role::AccountHolder) {
        return Vec::new();
    }
    let (realm, now) = (&visit.session.realm, visit.now());
    let asking = realm.identities.requested(now).filter_map(|link| {
        let member = realm.members.get(&link.member)?;
        let name = link.name.as_ref().map_or_else(|| link.identity.subject.to_string(), ToString::to_string);
        Some(AttentionLine {
            tone: Tone::Warn,
            icon: "person",
            words: format!("{name} asks to sign in as {}", member.email),
            more: format!("They signed in at the identity provider {}.", text::ago(&link.created_at, &now)),
            act: AttentionAct::Open {
                words: "Answer",
                address: visit.links().member(&member.id.to_string()),
            },
        })
    });
    asking.take(MAX_ATTENTION).collect()
}
