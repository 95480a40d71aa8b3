//! Who checks tokens offline by the cuts of a realm decides as the server does, whatever acts were made.

use std::collections::BTreeMap;

use claviger::snapshot::{RealmView, consequences};
use claviger_contract::{Liveness, Position, Timestamp, TokenFacts, TokenLiveness, grant_of};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialState, Change, ClientId, Cut, CutKey, Id, Key, Record,
    ResourceServer, SecretDigest,
};

use crate::plain_realm::{Chance, Course, NOW, Plain, SCOPES, act, loaded};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const ACTS: usize = 260;
const OVERLAP_SECONDS: i64 = 3_600;
const AUDIENCES: [&str; 3] = ["urn:example:a", "urn:example:b", "urn:example:c"];

#[derive(Clone, Debug)]
struct Token {
    client: ClientId,
    audience: String,
    jti: String,
    facts: TokenFacts,
}

/// The set of one that checks tokens offline, and how far it is told.
#[derive(Clone, Default)]
struct Offline {
    set: BTreeMap<CutKey, Cut>,
    reached: Position,
}

impl Offline {
    fn follow(&mut self, realm: &RealmView, position: Position) {
        if self.reached < realm.cuts.known_since() {
            *self = Self::default();
        }
        for cut in realm.cuts.after(self.reached).flat_map(|kept| kept.cuts.iter()) {
            let known = self.set.entry(cut.key()).or_insert_with(|| cut.clone());
            if cut.before() >= known.before() {
                *known = cut.clone();
            }
        }
        self.reached = position;
    }

    fn accepts(&self, token: &Token, now: Timestamp) -> bool {
        let is_before = |before: &Position| token.facts.position < *before;
        let kills = |cut: &Cut| match cut {
            Cut::Realm { before } => is_before(before),
            Cut::Key { .. } => false,
            Cut::ResourceServer { audience, before } => {
                audience.as_str() == token.audience && is_before(before)
            }
            Cut::Client { id, before } => *id == token.client && is_before(before),
            Cut::ClientFrom { id, from } => *id == token.client && now >= *from,
            Cut::Token { jti, .. } => **jti == *token.jti || **jti == *grant_of(&token.jti),
        };
        let nothing_ended = TokenLiveness {
            token_revoked: self.set.values().any(kills),
            credential: Liveness::Live { cut: Position::ZERO },
            signing_key: Liveness::Live { cut: Position::ZERO },
            resource_server: Liveness::Live { cut: Position::ZERO },
            realm: Liveness::Live { cut: Position::ZERO },
        };
        token.facts.are_active(&nothing_ended, now)
    }
}

fn is_active(realm: &RealmView, token: &Token, now: Timestamp) -> bool {
    let liveness = TokenLiveness {
        token_revoked: realm.revocation_of(&token.jti).is_some(),
        credential: realm.credential_liveness(token.client, now),
        signing_key: Liveness::Live { cut: Position::ZERO },
        resource_server: realm.audience_liveness(&token.audience),
        realm: realm.liveness(),
    };
    token.facts.are_active(&liveness, now)
}

/// A token that the server would issue in this state, if any.
fn issued(course: &Course, chance: &mut Chance, number: usize) -> Option<Token> {
    let realm = course.realm();
    let clients = realm.credentials.keys().map(|id| id.widen());
    let mut clients: Vec<ClientId> = clients.chain(realm.applications.keys().map(|id| id.widen())).collect();
    clients.sort();
    let live = |liveness: Liveness| matches!(liveness, Liveness::Live { .. });
    clients.retain(|id| live(realm.credential_liveness(*id, NOW)));
    let client = chance.pick(&clients).filter(|_| live(realm.liveness()))?;
    let standing = realm.servers.standing().map(|server| server.record.audience.to_string());
    let mut audiences: Vec<String> = standing.collect();
    audiences.push(realm.issuer.to_string());
    let ends_at = realm
        .find_credential(client.for_lookup())
        .and_then(|known| known.ends_at())
        .or_else(|| realm.applications.get(&client.for_lookup()).and_then(|known| known.record.ends_at()));
    let longest = NOW.plus_seconds(86_400);
    let expires_at = ends_at.map_or(longest, |end| end.min(longest));
    Some(Token {
        client,
        audience: chance.pick(&audiences)?,
        jti: format!("{:022}{number:022}", number / 2),
        facts: TokenFacts { issued_at: NOW, expires_at, position: course.snapshot.position },
    })
}

fn server(number: u128, audience: &str) -> ResourceServer {
    ResourceServer {
        id: Id::from_u128(number),
        name: format!("server-{number}").parse().unwrap(),
        audience: audience.parse().unwrap(),
        key_digest: SecretDigest([0; 32]),
        created_at: NOW,
        replaces: None,
        overlap_ends_at: None,
    }
}

/// Acts on what the other acts leave alone.
fn more(course: &Course, chance: &mut Chance, tokens: &[Token], number: u128) -> Option<Change> {
    let realm = course.realm();
    let overlap_ends_at = NOW.plus_seconds(OVERLAP_SECONDS);
    let servers: Vec<ResourceServer> = realm.servers.iter().map(|server| (*server.record).clone()).collect();
    let standing: Vec<ResourceServer> =
        servers.iter().filter(|server| server.overlap_ends_at.is_none()).cloned().collect();
    Some(match chance.below(9) {
        0..2 => {
            let audience = chance.pick(&AUDIENCES)?;
            // An audience has one server.
            if servers.iter().any(|known| known.audience.as_str() == audience) {
                return None;
            }
            Change::put(server(number, audience))
        }
        2 => Change::Deleted(Key::ResourceServer(chance.pick(&servers)?.id)),
        3 => {
            let replaced = chance.pick(&standing)?;
            let successor =
                ResourceServer { replaces: Some(replaced.id), ..server(number, replaced.audience.as_str()) };
            Change::ResourceServerRenewed { successor, overlap_ends_at }
        }
        4..6 => {
            let token = chance.pick(tokens)?;
            let jti = if chance.one_in(2) { grant_of(&token.jti) } else { &token.jti };
            let expires_at = NOW.plus_seconds(86_400);
            Change::TokenRevoked { jti: jti.into(), client_id: token.client, expires_at }
        }
        6 if realm.is_suspended() || chance.one_in(4) => {
            let suspended_at = (!realm.is_suspended()).then_some(NOW);
            Change::RealmCut { suspended_at, at: NOW }
        }
        7 if chance.one_in(6) => {
            Change::LogRowSkipped { position: course.snapshot.position, hash: "0".repeat(64) }
        }
        8 => {
            let known = realm.applications.values().map(|known| &known.record);
            let active: Vec<ApplicationCredential> = known
                .filter(|known| known.state == ApplicationCredentialState::Active)
                .filter(|known| known.overlap_ends_at.is_none())
                .map(|known| (**known).clone())
                .collect();
            let replaced = chance.pick(&active)?;
            let name = format!("successor-{number}").parse().unwrap();
            let successor = ApplicationCredential {
                id: Id::from_u128(number),
                name,
                replaces: Some(replaced.id),
                ..replaced
            };
            Change::ApplicationRenewed { successor, overlap_ends_at }
        }
        _ => return None,
    })
}

/// A revoked application credential never becomes active again, and an edit does not undo a renewal.
fn is_impossible(realm: &RealmView, change: &Change) -> bool {
    let Change::Put(Record::Application(after)) = change else { return false };
    realm.applications.get(&after.id).is_some_and(|known| {
        known.record.state != after.state || known.record.overlap_ends_at != after.overlap_ends_at
    })
}

#[track_caller]
fn assert_same_verdicts(realm: &RealmView, offline: &Offline, tokens: &[Token], what: &str) -> usize {
    let mut dead = 0;
    for token in tokens {
        for now in [NOW, NOW.plus_seconds(OVERLAP_SECONDS - 1), NOW.plus_seconds(OVERLAP_SECONDS)] {
            let expected = is_active(realm, token, now);
            assert_eq!(offline.accepts(token, now), expected, "{what}: {token:?} at {now:?}");
            dead += usize::from(!expected);
        }
    }
    dead
}

/// Of one that begins now.
fn fresh(realm: &RealmView, position: Position) -> Offline {
    let mut offline = Offline::default();
    offline.follow(realm, position);
    offline
}

on_both_databases! {
    fn offline_verdicts_equal_those_of_the_server(world: World) {
        world.stop();
        for seed in 11..=14 {
            let mut chance = Chance(seed);
            let mut course = Course::begin(&world, &format!("course-{seed}"));
            let mut plain =
                Plain { scopes: SCOPES.iter().map(|scope| scope.parse().unwrap()).collect(), ..Plain::default() };
            let (mut tokens, mut follower) = (Vec::new(), Offline::default());
            let (mut acts, mut dead, mut kinds) = (0, 0, std::collections::BTreeSet::new());
            for index in 0..ACTS {
                tokens.extend(issued(&course, &mut chance, index));
                let number = (u128::from(seed) << 100) + u128::try_from(index).unwrap() + 1;
                let is_plain = !chance.one_in(3);
                let change = match is_plain {
                    true => act(&plain, &mut chance, index),
                    false => more(&course, &mut chance, &tokens, number),
                };
                let Some(change) = change.filter(|change| !is_impossible(course.realm(), change)) else { continue };
                let what = format!("seed {seed}, act {index}: {change:?}");
                let found = consequences(course.realm(), &change);
                let position = course.commit(change.clone(), found);
                if is_plain {
                    plain.apply(&change, position);
                }
                if index.is_multiple_of(3) {
                    follower.follow(course.realm(), position);
                    dead += assert_same_verdicts(course.realm(), &follower, &tokens, &format!("followed, {what}"));
                    let whole = fresh(course.realm(), position);
                    assert_same_verdicts(course.realm(), &whole, &tokens, &format!("complete, {what}"));
                    kinds.extend(whole.set.values().map(std::mem::discriminant).map(|kind| format!("{kind:?}")));
                }
                if index.is_multiple_of(7) {
                    // A node that starts now.
                    course.snapshot = loaded(&course.store);
                    let whole = fresh(course.realm(), position);
                    assert_same_verdicts(course.realm(), &whole, &tokens, &format!("loaded, {what}"));
                }
                acts += 1;
            }
            assert!(acts > ACTS / 2 && dead > 100, "{acts} acts, {dead} dead tokens");
            assert_eq!(kinds.len(), 5, "every kind of cut but keys: {kinds:?}");
            let alive = tokens.iter().filter(|token| is_active(course.realm(), token, NOW)).count();
            assert!(alive > 0 || course.realm().is_suspended(), "some are active");
        }
    }
}
