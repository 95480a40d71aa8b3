//! Losses computed with sets and indexes equal those of a plain walk over all holders; tables and log agree on them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claviger::replication::load_unopened;
use claviger::snapshot::{ApplyError, KeyOpener, LiveKey, RealmView, Snapshot, consequences};
use claviger::store::{Commit, Decision, Entry, Store, StoreError, Writer};
use claviger_contract::{Position, RealmLabel, Scope, ScopeSet, Timestamp};
use claviger_domain::{
    Actor, ActorKind, ApplicationCredential, ApplicationCredentialState, Change, Consequences,
    CredentialRevocation, Group, LogEntry, Member, MemberState, MemberToken, MemberTokenKind,
    MemberTokenState, Name, Realm, RealmSettings, Resource, ResourceGrant, ResourceName, Role, ScopeEntry,
    SecretDigest, ServiceCredential, SigningKey, TokenLifetime, Validity, effective_scopes,
};
use uuid::Uuid;

use crate::tables::Tables;
use claviger_testkit::clock::StillClock;
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::World;

const ACTS: usize = 220;
const GROUPS: [&str; 4] = ["all", "builders", "readers", "studio"];
const RESOURCES: [&str; 3] = ["studio/s1", "studio/s2", "lab/one"];
const ACTIONS: [&str; 3] = ["read", "read-update", "delete"];
const SCOPES: [&str; 5] = ["ci:read", "ci:read-update", "source:read", "source:delete", "studio:read"];

/// A small seeded generator, so that a failure can be replayed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.one_in(2)).cloned().collect()
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.below(of.len())].clone()) }
    }
}

/// The reference model for the plain walk: every credential has its own lists, scopes and cut.
#[derive(Clone, Default)]
struct Plain {
    groups: BTreeMap<Name, Group>,
    resources: BTreeMap<ResourceName, Resource>,
    scopes: BTreeSet<Scope>,
    members: BTreeMap<Uuid, Member>,
    tokens: BTreeMap<Uuid, MemberToken>,
    applications: BTreeMap<Uuid, (ApplicationCredential, Position)>,
    credentials: BTreeMap<Uuid, (ServiceCredential, Position)>,
}

impl Plain {
    fn granted(&self, id: Uuid) -> ScopeSet {
        let (record, _) = &self.credentials[&id];
        let groups = record.groups.iter().filter_map(|name| self.groups.get(name));
        effective_scopes(groups, &record.resources)
    }

    fn worth(&self, member: Uuid, scopes: &[Scope]) -> ScopeSet {
        let owner = &self.members[&member];
        if owner.state != MemberState::Active {
            return ScopeSet::default();
        }
        if owner.roles.contains(&Role::SysAdmin) {
            return scopes.iter().filter(|scope| self.knows(scope)).cloned().collect();
        }
        let groups = owner.groups.iter().filter_map(|name| self.groups.get(name));
        scopes.iter().cloned().collect::<ScopeSet>().intersection(&effective_scopes(groups, &[]))
    }

    fn knows(&self, scope: &Scope) -> bool {
        match scope.resource() {
            None => self.scopes.contains(scope),
            Some((kind, name)) => self
                .resources
                .get(&ResourceName::new(kind, name).unwrap())
                .is_some_and(|resource| resource.offers(scope.action().unwrap())),
        }
    }

    /// Returns whether anything was taken away.
    fn apply(&mut self, change: &Change, position: Position) -> bool {
        let before = self.clone();
        self.change(change, position);
        let mut lost = false;
        for id in before.credentials.keys() {
            if !self.granted(*id).covers_all(&before.granted(*id)) {
                self.credentials.get_mut(id).unwrap().1 = position;
                lost = true;
            }
        }
        for (id, (old, _)) in &before.applications {
            let left = self.worth(old.member, &self.applications[id].0.scopes);
            if !left.covers_all(&before.worth(old.member, &old.scopes)) {
                self.applications.get_mut(id).unwrap().1 = position;
                lost = true;
            }
        }
        for token in before.tokens.values() {
            let worth = |plain: &Self| plain.worth(token.member, &token.scopes);
            lost |= !worth(self).covers_all(&worth(&before));
        }
        lost
    }

    fn change(&mut self, change: &Change, position: Position) {
        match change {
            Change::ScopePut { entry } => drop(self.scopes.insert(entry.scope.clone())),
            Change::GroupPut { group } => drop(self.groups.insert(group.name.clone(), group.clone())),
            Change::GroupDeleted { name } => {
                self.groups.remove(name);
                self.members.values_mut().for_each(|member| member.groups.retain(|known| known != name));
                let records = self.credentials.values_mut();
                records.for_each(|(record, _)| record.groups.retain(|known| known != name));
            }
            Change::ResourcePut { resource } => {
                self.resources.insert(resource.name.clone(), resource.clone());
                self.prune(&resource.name, &resource.actions);
            }
            Change::ResourceDeleted { name } => {
                self.resources.remove(name);
                self.prune(name, &[]);
            }
            Change::MemberPut { member } => drop(self.members.insert(member.id, member.clone())),
            Change::MemberTokenPut { token } => drop(self.tokens.insert(token.id, token.clone())),
            Change::ApplicationCredentialPut { credential } => {
                let cut = self.applications.get(&credential.id).map_or(position, |(_, cut)| *cut);
                self.applications.insert(credential.id, (credential.clone(), cut));
            }
            Change::CredentialCreated { credential }
            | Change::CredentialRenewed { successor: credential, .. } => {
                self.credentials.insert(credential.id, (credential.clone(), position));
            }
            Change::CredentialEdited { id, groups, resources, .. } => {
                let (record, _) = self.credentials.get_mut(id).unwrap();
                (record.groups, record.resources) = (groups.clone(), resources.clone());
            }
            Change::CredentialRevoked { id, at, by } => {
                let revocation = CredentialRevocation { at: *at, by: by.clone(), position };
                self.credentials.get_mut(id).unwrap().0.revocation = Some(revocation);
            }
            _ => {}
        }
    }

    /// Acts affect ended objects until memory drops them, and not afterwards.
    fn forget_revoked(&mut self) {
        self.credentials.retain(|_, (record, _)| record.revocation.is_none());
    }

    fn prune(&mut self, name: &ResourceName, kept: &[String]) {
        let prune = |grants: &mut Vec<ResourceGrant>| {
            for grant in grants.iter_mut().filter(|grant| grant.resource == *name) {
                grant.actions.retain(|action| kept.contains(action));
            }
            grants.retain(|grant| !grant.actions.is_empty());
        };
        for group in self.groups.values_mut() {
            prune(&mut group.resources);
            group.scopes.retain(|scope| {
                scope.resource() != Some((name.kind(), name.name()))
                    || kept.iter().any(|action| Some(action.as_str()) == scope.action())
            });
        }
        self.credentials.values_mut().for_each(|(record, _)| prune(&mut record.resources));
    }

    fn assert_is(&self, realm: &RealmView, what: &str) {
        assert_eq!(realm.credentials.len(), self.credentials.len(), "{what}");
        for (id, (record, cut)) in &self.credentials {
            let found = realm.find_credential(*id).unwrap_or_else(|| panic!("{what}: {id} is gone"));
            let seen = (found.groups(), found.resources(), found.scopes(), found.cut());
            let expected = (&*record.groups, &*record.resources, &self.granted(*id), *cut);
            assert_eq!(seen, expected, "{what}: {}", record.name);
        }
        for (id, (_, cut)) in &self.applications {
            assert_eq!(realm.applications[id].cut, *cut, "{what}: an application");
        }
        let groups: Vec<&Group> = self.groups.values().collect();
        assert_eq!(realm.groups.values().map(|group| &**group).collect::<Vec<_>>(), groups, "{what}");
        let members: Vec<&Member> = self.members.values().collect();
        assert_eq!(realm.members.values().map(|member| &**member).collect::<Vec<_>>(), members, "{what}");
    }
}

const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

fn operator() -> Actor {
    Actor { kind: ActorKind::Operator, id: None, name: "test".to_owned() }
}

/// A random act that the rules allow in this state.
fn act(plain: &Plain, chance: &mut Chance, index: usize) -> Option<Change> {
    let id = Uuid::from_u128((u128::from(chance.0) << 64) + u128::try_from(index).unwrap());
    let names: Vec<Name> = plain.groups.keys().cloned().collect();
    let offered: Vec<ResourceGrant> = plain
        .resources
        .values()
        .filter(|resource| !resource.actions.is_empty())
        .map(|resource| ResourceGrant { resource: resource.name.clone(), actions: resource.actions.clone() })
        .collect();
    let mut grants = |chance: &mut Chance| -> Vec<ResourceGrant> {
        let mut some = chance.some(&offered);
        some.iter_mut().for_each(|grant| grant.actions = chance.some(&grant.actions));
        some.retain(|grant| !grant.actions.is_empty());
        some
    };
    let credentials: Vec<Uuid> = plain.credentials.keys().copied().collect();
    let scopes = |chance: &mut Chance| -> Vec<Scope> {
        let mut scopes: Vec<Scope> =
            chance.some(&SCOPES).iter().map(|scope| scope.parse().unwrap()).collect();
        for grant in &offered {
            if chance.one_in(4) {
                let (kind, name) = (grant.resource.kind(), grant.resource.name());
                scopes.push(Scope::on_resource(kind, name, &grant.actions[0]).unwrap());
            }
        }
        scopes
    };
    Some(match chance.below(16) {
        0..3 => {
            let name: Name = chance.pick(&GROUPS)?.parse().unwrap();
            let known = plain.groups.get(&name);
            let described = Group {
                description: format!("described {index}").parse().unwrap(),
                ..known.cloned().unwrap_or_else(|| group(name.clone()))
            };
            match chance.one_in(3) {
                true => Change::GroupPut { group: described },
                false => Change::GroupPut {
                    group: Group { scopes: scopes(chance), resources: grants(chance), ..described },
                },
            }
        }
        3 => Change::GroupDeleted { name: chance.pick(&names)? },
        4..6 => {
            let actions = chance.some(&ACTIONS).iter().map(ToString::to_string).collect();
            Change::ResourcePut { resource: resource(chance.pick(&RESOURCES)?, actions) }
        }
        6 => Change::ResourceDeleted {
            name: chance.pick(&plain.resources.keys().cloned().collect::<Vec<_>>())?,
        },
        7..9 => Change::CredentialCreated {
            credential: credential(id, index, chance.some(&names), grants(chance)),
        },
        9..11 => Change::CredentialEdited {
            id: chance.pick(&credentials)?,
            groups: chance.some(&names),
            resources: grants(chance),
            at: NOW,
            by: operator(),
        },
        11 => {
            let (old, _) = &plain.credentials[&chance.pick(&credentials)?];
            let successor = credential(id, index, old.groups.clone(), old.resources.clone());
            Change::CredentialRenewed {
                successor: ServiceCredential { replaces: Some(old.id), ..successor },
                overlap_ends_at: NOW.plus_seconds(3_600),
            }
        }
        12 => Change::CredentialRevoked { id: chance.pick(&credentials)?, at: NOW, by: operator() },
        13 => {
            let known = chance.pick(&plain.members.keys().copied().collect::<Vec<_>>());
            let id = known.filter(|_| chance.one_in(2)).unwrap_or(id);
            let role = if chance.one_in(3) { Role::SysAdmin } else { Role::Member };
            let state =
                if chance.one_in(4) { MemberState::Disabled { at: NOW } } else { MemberState::Active };
            Change::MemberPut { member: member(id, role, chance.some(&names), state) }
        }
        14 => {
            let member = chance.pick(&plain.members.keys().copied().collect::<Vec<_>>())?;
            Change::MemberTokenPut { token: token(id, index, member, scopes(chance)) }
        }
        _ => {
            let members: Vec<Uuid> = plain.members.keys().copied().collect();
            let known = chance.pick(&plain.applications.keys().copied().collect::<Vec<_>>());
            let known = known.filter(|_| chance.one_in(2));
            let member = match known {
                Some(known) => plain.applications[&known].0.member,
                None => chance.pick(&members)?,
            };
            let credential = application(known.unwrap_or(id), member, scopes(chance));
            Change::ApplicationCredentialPut { credential }
        }
    })
}

fn group(name: Name) -> Group {
    Group {
        name,
        description: "".parse().unwrap(),
        responsible: "".parse().unwrap(),
        scopes: Vec::new(),
        resources: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn resource(name: &str, actions: Vec<String>) -> Resource {
    let description = "".parse().unwrap();
    Resource { name: name.parse().unwrap(), description, actions, created_at: NOW, updated_at: NOW }
}

fn credential(id: Uuid, index: usize, groups: Vec<Name>, resources: Vec<ResourceGrant>) -> ServiceCredential {
    ServiceCredential {
        id,
        name: format!("credential-{index}").parse().unwrap(),
        description: "".parse().unwrap(),
        key_digest: digest(index),
        validity: Validity::Never,
        token_lifetime: TokenLifetime::seconds(900).unwrap(),
        groups,
        resources,
        created_at: NOW,
        created_by: operator(),
        updated_at: NOW,
        updated_by: operator(),
        replaces: None,
        overlap_ends_at: None,
        revocation: None,
    }
}

fn member(id: Uuid, role: Role, groups: Vec<Name>, state: MemberState) -> Member {
    let email = format!("{}@acme.example", id.simple()).parse().unwrap();
    let name = "somebody".parse().unwrap();
    Member { id, email, name, roles: vec![role], groups, state, created_at: NOW, updated_at: NOW }
}

fn token(id: Uuid, index: usize, member: Uuid, scopes: Vec<Scope>) -> MemberToken {
    MemberToken {
        id,
        kind: MemberTokenKind::ApiToken,
        member,
        description: "".parse().unwrap(),
        scopes,
        digest: digest(index),
        created_at: NOW,
        expires_at: NOW.plus_seconds(86_400),
        state: MemberTokenState::Active,
        position: Position::ZERO,
    }
}

fn application(id: Uuid, member: Uuid, scopes: Vec<Scope>) -> ApplicationCredential {
    ApplicationCredential {
        id,
        member,
        name: format!("application-{}", id.simple()).parse().unwrap(),
        description: "".parse().unwrap(),
        key_digest: digest(1),
        scopes,
        created_at: NOW,
        updated_at: NOW,
        expires_at: None,
        state: ApplicationCredentialState::Active,
    }
}

fn digest(index: usize) -> SecretDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.to_be_bytes());
    SecretDigest(bytes)
}

struct NoKeys;

impl KeyOpener for NoKeys {
    fn open(&mut self, _: &RealmLabel, _: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        Ok(None)
    }
}

/// A realm in a database, followed act by act.
struct Course {
    store: Store,
    writer: Writer,
    clock: Arc<StillClock>,
    label: RealmLabel,
    snapshot: Snapshot,
}

impl Course {
    fn begin(world: &World, label: &str) -> Self {
        let store = Store::open(&world.database_url.parse().unwrap()).unwrap();
        let snapshot = loaded(&store);
        let writer = Writer::new(&store);
        let mut course =
            Self { store, writer, clock: world.clock.clone(), label: label.parse().unwrap(), snapshot };
        let realm = Realm {
            label: course.label.clone(),
            display_name: "".parse().unwrap(),
            settings: RealmSettings::default(),
            suspended_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        course.commit(Change::RealmPut { realm }, Consequences::default());
        for scope in SCOPES {
            let (scope, description) = (scope.parse().unwrap(), "".parse().unwrap());
            let entry = ScopeEntry { scope, description, created_at: NOW, updated_at: NOW };
            course.commit(Change::ScopePut { entry }, Consequences::default());
        }
        course
    }

    fn realm(&self) -> &Arc<RealmView> {
        self.snapshot.find_realm(self.label.as_str()).unwrap()
    }

    /// Drops the credentials that the log has revoked.
    fn forget_revoked(&mut self) {
        assert!(!self.snapshot.forget_tokens_ended_before(NOW.plus_seconds(1)), "there are few");
    }

    /// Creates very many credentials in one transaction.
    fn create(&mut self, credentials: &[ServiceCredential]) -> Vec<Position> {
        let log = |credential: &ServiceCredential| LogEntry {
            realm: self.label.clone(),
            change: Change::CredentialCreated { credential: credential.clone() },
        };
        let logs: Vec<LogEntry> = credentials.iter().map(log).collect();
        let entry = |log: &LogEntry| {
            Entry::new(log.clone(), Consequences::default(), None).expect("a row that reads back")
        };
        let entries: Vec<Entry> = logs.iter().map(entry).collect();
        let appended = self.writer.change::<(), StoreError>(Commit::Alone, &*self.clock, |_, _| {
            Ok(Decision::Append { entries, audit: Vec::new(), made: None, outcome: () })
        });
        let last = appended.unwrap().position.as_u64();
        let first = last + 1 - u64::try_from(logs.len()).unwrap();
        let positions: Vec<Position> = (first..=last).map(Position::new).collect();
        for (log, position) in logs.iter().zip(&positions) {
            self.snapshot.apply(*position, log, &mut NoKeys).unwrap();
        }
        positions
    }

    /// Writes the row like the ledger, and applies it like a follower.
    fn commit(&mut self, change: Change, consequences: Consequences) -> Position {
        let log = LogEntry { realm: self.label.clone(), change };
        let entry = Entry::new(log.clone(), consequences, None).expect("a row that reads back");
        let entries = vec![entry];
        let appended = self.writer.change::<(), StoreError>(Commit::Alone, &*self.clock, |_, _| {
            Ok(Decision::Append { entries, audit: Vec::new(), made: None, outcome: () })
        });
        let position = appended.unwrap().position;
        self.snapshot.apply(position, &log, &mut NoKeys).unwrap();
        position
    }
}

fn loaded(store: &Store) -> Snapshot {
    let mut session = store.session().unwrap();
    load_unopened(&mut |loaded| session.load(loaded), "https://auth.example").unwrap().snapshot
}

on_both_databases! {
    fn sets_and_tables_agree_with_a_plain_walk_over_all_holders(world: World) {
        world.stop();
        for seed in 1..=4 {
            let mut chance = Chance(seed);
            let mut course = Course::begin(&world, &format!("course-{seed}"));
            let mut plain =
                Plain { scopes: SCOPES.iter().map(|scope| scope.parse().unwrap()).collect(), ..Plain::default() };
            let (mut acts, mut losses) = (0, 0);
            for index in 0..ACTS {
                let Some(change) = act(&plain, &mut chance, index) else { continue };
                let what = format!("seed {seed}, act {index}: {change:?}");
                let found = consequences(course.realm(), &change);
                let told = found.take_from_holders();
                let position = course.commit(change.clone(), found);
                let lost = plain.apply(&change, position);
                assert_eq!(told, lost, "{what}");
                plain.assert_is(course.realm(), &what);
                if index.is_multiple_of(5) {
                    course.forget_revoked();
                    plain.forget_revoked();
                    plain.assert_is(course.realm(), &format!("forgotten after {what}"));
                }
                if index.is_multiple_of(20) {
                    course.store.prune_ended_credentials(NOW.plus_seconds(1)).unwrap();
                }
                if index.is_multiple_of(7) {
                    // A node that starts now loads the tables and continues from there.
                    course.snapshot = loaded(&course.store);
                    course.forget_revoked();
                    plain.forget_revoked();
                    plain.assert_is(course.realm(), &format!("loaded after {what}"));
                }
                (acts, losses) = (acts + 1, losses + usize::from(lost));
            }
            assert!(acts > ACTS / 2 && losses > 20, "{acts} acts, {losses} losses");
            let gone = course.store.prune_ended_credentials(NOW.plus_seconds(1)).unwrap();
            course.snapshot = loaded(&course.store);
            plain.forget_revoked();
            plain.assert_is(course.realm(), &format!("loaded after the last {gone} have gone"));
            let unheld = "SELECT count(*) || '' AS line FROM grant_set \
                WHERE NOT EXISTS (SELECT 1 FROM service_credential WHERE grant_set = grant_set.id)";
            assert_eq!(Tables::of(&world).lines(unheld), ["0"]);
        }
    }

    fn cost_of_an_act_does_not_depend_on_credential_count(world: World) {
        world.stop();
        let mut written = Vec::new();
        for count in [10, 1_000] {
            let mut course = Course::begin(&world, &format!("course-{count}"));
            let all = Group {
                scopes: vec!["ci:read".parse().unwrap(), "source:read".parse().unwrap()],
                ..group("all".parse().unwrap())
            };
            course.commit(Change::GroupPut { group: all.clone() }, Consequences::default());
            for index in 0..count {
                let id = Uuid::from_u128(u128::try_from(count * 10_000 + index).unwrap());
                let credential = credential(id, index, vec!["all".parse().unwrap()], Vec::new());
                course.commit(Change::CredentialCreated { credential }, Consequences::default());
            }
            let described = Group { description: "another".parse().unwrap(), ..all.clone() };
            let actions = vec!["read".to_owned()];
            for change in [
                Change::GroupPut { group: described },
                Change::GroupPut { group: group("new".parse().unwrap()) },
                Change::GroupDeleted { name: "new".parse().unwrap() },
                Change::ResourcePut { resource: resource("studio/s1", actions.clone()) },
                Change::ResourcePut { resource: resource("studio/s1", actions) },
                Change::ResourceDeleted { name: "studio/s1".parse().unwrap() },
            ] {
                let found = consequences(course.realm(), &change);
                // A deletion asks for a receipt even if nobody held anything.
                let nobody = Consequences { restricts: false, subjects: Vec::new(), ..found.clone() };
                assert_eq!(nobody, Consequences::default(), "{change:?}");
                course.commit(change, found);
            }
            let narrower = Group { scopes: vec!["ci:read".parse().unwrap()], ..all };
            for change in [Change::GroupPut { group: narrower }, Change::GroupDeleted { name: "all".parse().unwrap() }] {
                let found = consequences(course.realm(), &change);
                assert!(found.take_from_holders());
                written.push(found.grants.len());
                let position = course.commit(change, found);
                let cut = |id: &Uuid| course.realm().find_credential(*id).unwrap().cut();
                assert!(course.realm().credentials.keys().all(|id| cut(id) == position));
            }
        }
        assert_eq!(written, [1; 4]);
    }

    fn cuts_of_many_lists_apply_immediately_and_are_written_later(world: World) {
        world.stop();
        let mut course = Course::begin(&world, "course");
        let mut plain =
            Plain { scopes: SCOPES.iter().map(|scope| scope.parse().unwrap()).collect(), ..Plain::default() };
        let all = |scopes: &[&str]| Group {
            scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
            ..group("all".parse().unwrap())
        };
        let names: Vec<Name> = (0..11).map(|index| format!("g{index:02}").parse().unwrap()).collect();
        let mut act = |course: &mut Course, plain: &mut Plain, change: Change| {
            let found = consequences(course.realm(), &change);
            let (told, count) = (found.take_from_holders(), found.grants.len());
            let position = course.commit(change.clone(), found);
            assert_eq!(told, plain.apply(&change, position), "{change:?}");
            plain.assert_is(course.realm(), &format!("{change:?}"));
            let loaded = loaded(&course.store);
            plain.assert_is(loaded.find_realm("course").unwrap(), &format!("loaded after {change:?}"));
            count
        };
        for name in &names {
            act(&mut course, &mut plain, Change::GroupPut { group: group(name.clone()) });
        }
        act(&mut course, &mut plain, Change::GroupPut { group: all(&["ci:read", "source:read", "source:delete"]) });
        let different = |number: usize| -> Vec<Name> {
            let chosen = names.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            std::iter::once("all".parse().unwrap()).chain(chosen.map(|(_, name)| name.clone())).collect()
        };
        let id = |number: usize| Uuid::from_u128(u128::try_from(number).unwrap() + 1);
        let many: Vec<ServiceCredential> =
            (0..1_200).map(|number| credential(id(number), number, different(number), Vec::new())).collect();
        for (one, position) in many.iter().zip(course.create(&many)) {
            plain.credentials.insert(one.id, (one.clone(), position));
        }
        let tables = Tables::of(&world);
        let count = |sql: &str| tables.lines(&format!("SELECT count(*) || '' AS line FROM {sql}"))[0].clone();

        let put = |scopes: &[&str]| Change::GroupPut { group: all(scopes) };
        assert_eq!(act(&mut course, &mut plain, put(&["ci:read", "source:read"])), 1_200);
        // The act wrote three rows to `grant_cut`, and changed no row of the affected credentials.
        assert_eq!((count("grant_cut"), count("grant_set WHERE cut > 0")), ("3".to_owned(), "0".to_owned()));
        assert_eq!(act(&mut course, &mut plain, put(&["ci:read", "source:read"])), 0);

        // Acts before the delayed write do not change whom the cuts apply to.
        let late = credential(id(5_000), 5_000, different(3), Vec::new());
        act(&mut course, &mut plain, Change::CredentialCreated { credential: late });
        let moved = |from: usize, to: usize| Change::CredentialEdited {
            id: id(from),
            groups: different(to),
            resources: Vec::new(),
            at: NOW,
            by: operator(),
        };
        act(&mut course, &mut plain, moved(7, 6));
        assert!(course.store.write_waiting_cuts().unwrap());
        act(&mut course, &mut plain, put(&["ci:read"]));
        act(&mut course, &mut plain, Change::GroupDeleted { name: names[2].clone() });
        let later = credential(id(5_001), 5_001, different(3), Vec::new());
        act(&mut course, &mut plain, Change::CredentialCreated { credential: later });
        act(&mut course, &mut plain, moved(9, 8));
        while course.store.write_waiting_cuts().unwrap() {
            plain.assert_is(loaded(&course.store).find_realm("course").unwrap(), "some are written");
        }
        assert_eq!(count("grant_cut"), "0");
        plain.assert_is(loaded(&course.store).find_realm("course").unwrap(), "all are written");
    }

    fn lists_that_lose_a_group_are_replaced_in_few_statements(world: World) {
        world.stop();
        let label = "lists-in-few-statements";
        let statements = logged_statements(&world, label);
        let mut course = Course::begin(&world, label);
        let mut plain =
            Plain { scopes: SCOPES.iter().map(|scope| scope.parse().unwrap()).collect(), ..Plain::default() };
        let act = |course: &mut Course, plain: &mut Plain, change: Change| {
            let found = consequences(course.realm(), &change);
            let position = course.commit(change.clone(), found);
            plain.apply(&change, position);
        };
        let names: Vec<Name> = (0..9).map(|index| format!("g{index}").parse().unwrap()).collect();
        let lab = ResourceGrant { resource: "lab/one".parse().unwrap(), actions: vec!["read".to_owned()] };
        let put = Change::ResourcePut { resource: resource("lab/one", vec!["read".to_owned()]) };
        act(&mut course, &mut plain, put);
        for name in &names {
            let scopes = vec!["ci:read".parse().unwrap()];
            let group = Group { scopes, resources: vec![lab.clone()], ..group(name.clone()) };
            act(&mut course, &mut plain, Change::GroupPut { group });
        }
        let all = Group { scopes: vec!["source:read".parse().unwrap()], ..group("all".parse().unwrap()) };
        act(&mut course, &mut plain, Change::GroupPut { group: all.clone() });
        let different = |number: usize| -> Vec<Name> {
            let chosen = names.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            std::iter::once(all.name.clone()).chain(chosen.map(|(_, name)| name.clone())).collect()
        };
        let count = 1 << names.len();
        let many: Vec<ServiceCredential> = (0..count)
            .map(|number| credential(Uuid::from_u128(number as u128 + 1), number, different(number), Vec::new()))
            .collect();
        for (one, position) in many.iter().zip(course.create(&many)) {
            plain.credentials.insert(one.id, (one.clone(), position));
        }
        for number in 0..60 {
            let id = Uuid::from_u128(10_000 + number);
            let member = member(id, Role::Member, different(usize::try_from(number).unwrap()), MemberState::Active);
            act(&mut course, &mut plain, Change::MemberPut { member });
            let credential = application(Uuid::from_u128(20_000 + number), id, vec!["source:read".parse().unwrap()]);
            act(&mut course, &mut plain, Change::ApplicationCredentialPut { credential });
        }
        let before = statements();
        act(&mut course, &mut plain, Change::GroupDeleted { name: all.name.clone() });
        act(&mut course, &mut plain, Change::ResourceDeleted { name: "lab/one".parse().unwrap() });
        let taken = statements() - before;
        assert_eq!(taken > 0, world.database_url.starts_with("postgres"), "they are counted");
        assert!(taken < 60, "{taken} statements for {count} lists, 60 members and 9 groups");
        plain.assert_is(course.realm(), "followed");
        plain.assert_is(loaded(&course.store).find_realm(label).unwrap(), "loaded");
    }
}

/// Returns how many statements of the realm PostgreSQL has logged; always 0 on SQLite.
fn logged_statements(world: &World, label: &str) -> impl Fn() -> usize {
    let url = world.database_url.clone();
    let name = url.strip_prefix("postgres:///").and_then(|rest| rest.split('?').next()).map(str::to_owned);
    if let Some(name) = &name {
        let log = format!("ALTER DATABASE {name} SET log_statement = 'all'");
        Postgres::shared().psql(&url, &log);
    }
    let label = format!("'{label}'");
    move || {
        let read =
            "SELECT encode(pg_read_binary_file(current_setting('data_directory') || '/../log'), 'escape')";
        match &name {
            Some(_) => Postgres::shared().psql(&url, read).matches(&label).count(),
            None => 0,
        }
    }
}
