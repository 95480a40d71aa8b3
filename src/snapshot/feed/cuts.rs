//! What an act ends, computed from the state before it.

use claviger_contract::Position;

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{
    ApplicationCredentialState, Change, Consequences, Cut, Key, Record, ResourceServerId, ServiceCredentialId,
};

/// `before` is the state before the act at `position`, and `consequences` are those that [`consequences`] finds.
///
/// Every token that is active before the act and not after it is dead by one of the cuts. A client that has ended is cut
/// before the end of every log, and a realm or an audience, which may return, before the act: nobody who knows the act
/// issues tokens for it until it returns.
///
/// [`consequences`]: crate::snapshot::consequences
pub fn cuts(
    before: &RealmView,
    position: Position,
    change: &Change,
    consequences: &Consequences,
) -> Vec<Cut> {
    let mut found = Vec::new();
    add_direct(before, position, change, &mut found);
    let cut = |id| Cut::Client { id, before: position };
    let edited = consequences.edited.iter().filter(|edited| edited.cut);
    found.extend(edited.map(|edited| cut(edited.id.widen())));
    found.extend(consequences.applications.iter().map(|id| cut(id.widen())));
    for consequence in consequences.grants.iter().filter(|one| one.cut) {
        let holders = before.grant_sets.holders_of(consequence.set);
        found.extend(holders.map(|id: ServiceCredentialId| cut(id.widen())));
    }
    found
}

/// What the act itself names.
fn add_direct(before: &RealmView, position: Position, change: &Change, found: &mut Vec<Cut>) {
    match change {
        Change::RealmCut { .. } | Change::LogRowSkipped { .. } => {
            found.push(Cut::Realm { before: position });
        }
        Change::RealmDeleted { .. } => found.push(Cut::Realm { before: Position::END }),
        Change::Deleted(Key::SigningKey(kid)) if before.keys.find(kid).is_some() => {
            found.push(Cut::Key { kid: kid.as_str().into() });
        }
        Change::Deleted(Key::ResourceServer(id)) => {
            found.extend(audience_of(before, *id, position));
        }
        Change::CredentialRevoked { id, .. } => found.push(Cut::end_of(id.widen())),
        Change::Put(Record::Application(after)) if after.state != ApplicationCredentialState::Active => {
            found.push(Cut::end_of(after.id.widen()));
        }
        // For good: what a disabled member owns does not return with the member.
        Change::Put(Record::Member(after)) if !after.is_active() => {
            let owned = before.applications_by_member.get(&after.id);
            found.extend(owned.map(|id| Cut::end_of(id.widen())));
        }
        Change::CredentialRenewed { successor, overlap_ends_at } => {
            let from = *overlap_ends_at;
            found.extend(successor.replaces.map(|id| Cut::ClientFrom { id: id.widen(), from }));
        }
        Change::ApplicationRenewed { successor, overlap_ends_at } => {
            let from = *overlap_ends_at;
            found.extend(successor.replaces.map(|id| Cut::ClientFrom { id: id.widen(), from }));
        }
        Change::TokenRevoked { jti, expires_at, .. } => {
            found.push(Cut::Token { jti: jti.clone(), expires_at: *expires_at });
        }
        // What else they end, the consequences say. A new object cuts nothing: no earlier token is of it.
        Change::Put(_)
        | Change::Deleted(_)
        | Change::CredentialEdited { .. }
        | Change::ResourceServerRenewed { .. }
        | Change::MemberEnabled { .. }
        | Change::RealmRemoved { .. } => {}
    }
}

/// `None` for a server with a successor, which stands for their audience.
fn audience_of(before: &RealmView, id: ResourceServerId, position: Position) -> Option<Cut> {
    let audience = &before.servers.get(id)?.record.audience;
    let standing = before.servers.find_by_audience(audience.as_str())?;
    let cut = || Cut::ResourceServer { audience: audience.clone(), before: position };
    (standing.record.id == id).then(cut)
}
