//! Finds out what a leaked secret is. Nothing is accepted, and nothing counts as used.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_contract::{MAX_TOKEN_BYTES, Timestamp};
use claviger_verifier::token::SignedToken;
use zeroize::Zeroizing;

use crate::issuance::context::Context;
use crate::issuance::own_tokens::{Judgment, client_of, judge, may_refresh, place, verify, verify_refresh};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{Client, HeadLooks, RealmView, Snapshot};
use claviger_domain::{
    ClientId, EmailAddress, Member, MemberTokenKind, SecretDigest, Status, Term, TracedKind,
};

/// A secret of the realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    pub kind: TracedKind,
    /// Of the client, or of the opaque token.
    pub id: String,
    pub name: String,
    pub owner: Option<EmailAddress>,
    /// Active only if it is accepted now.
    pub status: Status,
    pub expires_at: Option<Timestamp>,
    /// Of a signed token.
    pub jti: Option<String>,
}

/// More than that many words of a text are not looked at: each costs a comparison with every client.
const MAX_WORDS: usize = 8;

/// The length of an opaque secret; nothing shorter is one.
const SHORTEST: usize = 43;

/// The first secret of the realm in a text. What ended long ago, and is no longer in memory, is not found.
pub fn trace(
    context: &Context,
    snapshot: &Snapshot,
    realm: &RealmView,
    text: &str,
    (looks, now): (HeadLooks, Timestamp),
) -> Result<Option<Traced>, Refusal> {
    let decoded = decoded(text);
    let words = words(text).chain(decoded.iter().flat_map(|text| words(text)));
    for word in words.take(MAX_WORDS) {
        let found = match word.contains('.') {
            true => signed(context, snapshot, realm, word, (looks, now))?,
            false => opaque(context, realm, word, now),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// What may be a secret, without what stands around it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map(|word| word.trim_matches('.'))
        .filter(|word| (SHORTEST..=MAX_TOKEN_BYTES).contains(&word.len()))
        .filter(|word| word.starts_with("clv") || word.matches('.').count() == 2)
}

/// As in the header `Authorization: Basic`, and in the settings of docker.
fn decoded(text: &str) -> Vec<Zeroizing<String>> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')))
        .filter(|piece| piece.len() >= SHORTEST)
        .take(MAX_WORDS)
        .filter_map(|piece| String::from_utf8(STANDARD.decode(piece).ok()?).ok())
        .map(Zeroizing::new)
        .collect()
}

fn signed(
    context: &Context,
    snapshot: &Snapshot,
    realm: &RealmView,
    word: &str,
    (looks, now): (HeadLooks, Timestamp),
) -> Result<Option<Traced>, Refusal> {
    let access = verify(realm, word).map(|token| (token, TracedKind::AccessToken));
    let refresh = || verify_refresh(realm, word).map(|token| (token, TracedKind::RefreshToken));
    let Some((token, kind)) = access.or_else(refresh) else { return Ok(None) };
    let place = place(token.claims().pos, None, snapshot, looks);
    let is_accepted = match kind {
        TracedKind::RefreshToken => may_refresh(&token, realm, now),
        _ => match judge(&token, place, realm, now) {
            Judgment::Active => true,
            Judgment::Inactive => false,
            Judgment::Unknown => return Err(context.is_behind()),
        },
    };
    Ok(Some(of_client(realm, &token, kind, is_accepted, now)))
}

fn of_client(
    realm: &RealmView,
    token: &SignedToken,
    kind: TracedKind,
    is_accepted: bool,
    now: Timestamp,
) -> Traced {
    let (id, expires_at) = (client_of(token), token.facts().expires_at);
    let application = realm.applications.get(&id.for_lookup());
    Traced {
        kind,
        id: id.to_string(),
        name: realm.name_of_client(id),
        owner: application.and_then(|known| email(realm.members.get(&known.record.member))),
        status: match is_accepted {
            true => Status::Active,
            false if now >= expires_at => Status::Expired,
            false => Status::Revoked,
        },
        expires_at: Some(expires_at),
        jti: Some(token.claims().jti.clone()),
    }
}

/// Does not find sessions of the console, nor links that set a password.
fn opaque(context: &Context, realm: &RealmView, word: &str, now: Timestamp) -> Option<Traced> {
    let digests: Vec<SecretDigest> = context.keyring.digester().possible_digests(word).collect();
    let token = digests.iter().find_map(|digest| realm.find_member_token(digest)).map(|token| {
        let owner = realm.members.get(&token.member);
        let is_accepted = realm.live_owner(token, now).is_some();
        Traced {
            kind: match token.kind {
                MemberTokenKind::ApiToken => TracedKind::ApiToken,
                MemberTokenKind::PersonalAccessToken | MemberTokenKind::Session => {
                    TracedKind::PersonalAccessToken
                }
            },
            id: token.id.to_string(),
            name: token.description.to_string(),
            owner: email(owner),
            status: status(token.term(), is_accepted, now),
            expires_at: Some(token.expires_at),
            jti: None,
        }
    });
    let registry = || {
        let token = digests.iter().find_map(|digest| realm.find_registry_token(digest))?;
        Some(Traced {
            kind: TracedKind::RegistryToken,
            id: token.id.to_string(),
            name: token.service.to_string(),
            owner: None,
            status: status(token.term(), realm.admits_registry_token(token, now), now),
            expires_at: Some(token.expires_at),
            jti: None,
        })
    };
    token.or_else(registry).or_else(|| key_of_client(context, realm, word, &digests, now))
}

/// Looks at every client, so that the time tells nothing of which one it is. The key is then verified as in an
/// authentication.
fn key_of_client(
    context: &Context,
    realm: &RealmView,
    word: &str,
    digests: &[SecretDigest],
    now: Timestamp,
) -> Option<Traced> {
    let mut found: Option<ClientId> = None;
    let mut look = |id: ClientId, digest: &SecretDigest| {
        if digests.contains(digest) {
            found = Some(id);
        }
    };
    realm.credentials.iter().for_each(|(id, known)| look(id.widen(), &known.key_digest));
    realm.applications.iter().for_each(|(id, known)| look(id.widen(), &known.record.key_digest));
    realm.servers.iter().for_each(|known| look(known.record.id.widen(), &known.record.key_digest));
    let id = found?;
    let client = realm.find_client(id)?;
    context
        .keyring
        .digester()
        .matches(word, Some(client.key_digest()))
        .then(|| traced(realm, &client, id, now))
}

fn traced(realm: &RealmView, client: &Client<'_>, id: ClientId, now: Timestamp) -> Traced {
    let (id, is_accepted) = (id.to_string(), !realm.is_suspended());
    match client {
        Client::Credential(known) => Traced {
            kind: TracedKind::ServiceCredential,
            id,
            name: known.name.to_string(),
            owner: None,
            status: status(known.term(), is_accepted, now),
            expires_at: known.ends_at(),
            jti: None,
        },
        Client::Application(known) => Traced {
            kind: TracedKind::ApplicationCredential,
            id,
            name: known.record.name.to_string(),
            owner: email(realm.members.get(&known.record.member)),
            status: status(known.record.term(), realm.live_holder(known, now).is_some(), now),
            expires_at: known.record.ends_at(),
            jti: None,
        },
        Client::ResourceServer(known) => Traced {
            kind: TracedKind::ResourceServer,
            id,
            name: known.record.name.to_string(),
            owner: None,
            status: status(known.record.term(), is_accepted, now),
            expires_at: known.record.overlap_ends_at,
            jti: None,
        },
    }
}

/// What is not accepted although its own time is not over was ended with something else.
fn status(term: Term, is_accepted: bool, now: Timestamp) -> Status {
    term.status_after_cut(!is_accepted, now)
}

fn email(member: Option<&std::sync::Arc<Member>>) -> Option<EmailAddress> {
    member.map(|member| member.email.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "clvk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab";

    #[test]
    fn secrets_are_found_in_the_text_around_them() {
        for text in [
            KEY.to_owned(),
            format!("  {KEY}\n"),
            format!("CLIENT_KEY=\"{KEY}\""),
            format!("curl -u 0198:{KEY}@host, failed."),
            format!("It was {KEY}."),
        ] {
            assert_eq!(words(&text).collect::<Vec<_>>(), [KEY], "{text}");
        }
        let basic = format!("Authorization: Basic {}", STANDARD.encode(format!("0198:{KEY}")));
        assert_eq!(words(&basic).count(), 0);
        let decoded = decoded(&basic);
        assert_eq!(decoded.iter().flat_map(|text| words(text)).collect::<Vec<_>>(), [KEY]);
        assert_eq!(words("clvk_short and a.b.c and a sentence. With more. Words.").count(), 0);
    }
}
