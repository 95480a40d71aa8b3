//! Whether an act restricts something, and what. The writer and readers compute the same result.

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{Change, Consequences, Key, RealmSettings, Record, Restriction, Subject};

/// `realm` is the state before the act; `consequences` are all others.
pub fn add_restricted(realm: &RealmView, change: &Change, consequences: &mut Consequences) {
    let less = consequences.take_from_holders();
    let (restricts, subject) = match change {
        Change::RealmCut { .. } | Change::RealmDeleted { .. } | Change::LogRowSkipped { .. } => {
            (true, Some(Subject::Realm))
        }
        Change::Put(Record::Realm(after)) => {
            (narrows(&realm.record.settings, &after.settings), Some(Subject::Settings))
        }
        Change::Put(Record::Member(member)) => {
            let loses = realm.members.get(&member.id).is_some_and(|known| {
                known.is_active() != member.is_active()
                    || known.roles.iter().any(|role| !member.roles.contains(role))
                    || known.groups.iter().any(|group| !member.groups.contains(group))
            });
            (less || loses, Some(Subject::Member(member.id)))
        }
        // Who resolves next gets the new secret, and nobody the old one.
        Change::Put(Record::SourceCredential(after)) => {
            let is_edited =
                realm.vault.credential(after.id).is_some_and(|known| known.version < after.version);
            (is_edited, Some(Key::SourceCredential(after.id).into()))
        }
        Change::Put(Record::Source(after)) => {
            let is_moved =
                realm.vault.source(after.id).is_some_and(|known| known.credential != after.credential);
            (is_moved, Some(Key::Source(after.id).into()))
        }
        // Who signs in next does so by the new rules.
        Change::Put(Record::SignInProvider(after)) => {
            let is_edited = realm.sign_in_provider.as_ref().is_some_and(|known| known.id == after.id);
            (is_edited, Some(Subject::Settings))
        }
        Change::Put(_) => match Restriction::of(change) {
            Some(left) => (less || left.ends(), Some(left.subject())),
            None => (less, None),
        },
        // Nothing judged here depends on a registry key.
        Change::Deleted(key @ Key::SigningKey(kid)) => {
            (realm.keys.find(kid).is_some(), Some(key.clone().into()))
        }
        Change::Deleted(Key::SignInProvider(_)) => (true, Some(Subject::Settings)),
        Change::Deleted(key) => (true, Some(key.clone().into())),
        Change::CredentialEdited { id, .. } => (less, Some(Subject::Credential(*id))),
        // Their own records hold the position of the revocation.
        Change::CredentialRevoked { .. } | Change::TokenRevoked { .. } => (true, None),
        // A replaced client is refused from a given second on, and ended by a separate act.
        Change::CredentialRenewed { .. }
        | Change::ApplicationRenewed { .. }
        | Change::ResourceServerRenewed { .. } => (less, None),
        // What it ends was refused before, since the member was disabled.
        Change::MemberEnabled { .. } => (less, None),
        // Everything was refused before.
        Change::RealmRemoved { .. } => (false, None),
    };
    consequences.restricts = restricts;
    if restricts {
        let groups = consequences.groups.iter().map(|group| Key::Group(group.name.clone()).into());
        let mut subjects: Vec<Subject> = subject.into_iter().chain(groups).collect();
        subjects.sort_unstable();
        subjects.dedup();
        consequences.subjects = subjects;
    }
}

/// Whether a token issued before is now refused.
fn narrows(before: &RealmSettings, after: &RealmSettings) -> bool {
    let (known, left) = (&before.registry_services, &after.registry_services);
    let fewer = !left.is_empty() && (known.is_empty() || known.iter().any(|one| !left.contains(one)));
    fewer
        || (after.require_resource && !before.require_resource)
        || (before.administrative_credentials && !after.administrative_credentials)
}
