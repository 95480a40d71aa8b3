//! Losses computed with sets and indexes equal those of a plain walk over all holders; tables and log agree on them.

use claviger::snapshot::consequences;
use claviger_domain::{
    Change, Consequences, Group, Id, Key, MemberState, Name, ResourceGrant, Role, ServiceCredential,
    ServiceCredentialId,
};

use crate::plain_realm::{
    Chance, Course, NOW, Plain, SCOPES, act, application, credential, group, loaded, member, operator,
    resource,
};
use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::World;

const ACTS: usize = 220;
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
            course.commit(Change::put(all.clone()), Consequences::default());
            for index in 0..count {
                let id = Id::from_u128(u128::try_from(count * 10_000 + index).unwrap());
                let credential = credential(id, index, vec!["all".parse().unwrap()], Vec::new());
                course.commit(Change::put(credential), Consequences::default());
            }
            let described = Group { description: "another".parse().unwrap(), ..all.clone() };
            let actions = vec!["read".to_owned()];
            for change in [
                Change::put(described),
                Change::put(group("new".parse().unwrap())),
                Change::Deleted(Key::Group("new".parse().unwrap())),
                Change::put(resource("studio/s1", actions.clone())),
                Change::put(resource("studio/s1", actions)),
                Change::Deleted(Key::Resource("studio/s1".parse().unwrap())),
            ] {
                let found = consequences(course.realm(), &change);
                // A deletion asks for a receipt even if nobody held anything.
                let nobody = Consequences { restricts: false, subjects: Vec::new(), ..found.clone() };
                assert_eq!(nobody, Consequences::default(), "{change:?}");
                course.commit(change, found);
            }
            let narrower = Group { scopes: vec!["ci:read".parse().unwrap()], ..all };
            for change in [Change::put(narrower), Change::Deleted(Key::Group("all".parse().unwrap()))] {
                let found = consequences(course.realm(), &change);
                assert!(found.take_from_holders());
                written.push(found.grants.len());
                let position = course.commit(change, found);
                let cut = |id: &ServiceCredentialId| course.realm().find_credential(*id).unwrap().cut();
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
            act(&mut course, &mut plain, Change::put(group(name.clone())));
        }
        act(&mut course, &mut plain, Change::put(all(&["ci:read", "source:read", "source:delete"])));
        let different = |number: usize| -> Vec<Name> {
            let chosen = names.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            std::iter::once("all".parse().unwrap()).chain(chosen.map(|(_, name)| name.clone())).collect()
        };
        let id = |number: usize| Id::from_u128(u128::try_from(number).unwrap() + 1);
        let many: Vec<ServiceCredential> =
            (0..1_200).map(|number| credential(id(number), number, different(number), Vec::new())).collect();
        for (one, position) in many.iter().zip(course.create(&many)) {
            plain.credentials.insert(one.id, (one.clone(), position));
        }
        let tables = Tables::of(&world);
        let count = |sql: &str| tables.lines(&format!("SELECT count(*) || '' AS line FROM {sql}"))[0].clone();

        let put = |scopes: &[&str]| Change::put(all(scopes));
        assert_eq!(act(&mut course, &mut plain, put(&["ci:read", "source:read"])), 1_200);
        // The act wrote three rows to `grant_cut`, and changed no row of the affected credentials.
        assert_eq!((count("grant_cut"), count("grant_set WHERE cut > 0")), ("3".to_owned(), "0".to_owned()));
        assert_eq!(act(&mut course, &mut plain, put(&["ci:read", "source:read"])), 0);

        // Acts before the delayed write do not change whom the cuts apply to.
        let late = credential(id(5_000), 5_000, different(3), Vec::new());
        act(&mut course, &mut plain, Change::put(late));
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
        act(&mut course, &mut plain, Change::Deleted(Key::Group(names[2].clone())));
        let later = credential(id(5_001), 5_001, different(3), Vec::new());
        act(&mut course, &mut plain, Change::put(later));
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
        let put = Change::put(resource("lab/one", vec!["read".to_owned()]));
        act(&mut course, &mut plain, put);
        for name in &names {
            let scopes = vec!["ci:read".parse().unwrap()];
            let group = Group { scopes, resources: vec![lab.clone()], ..group(name.clone()) };
            act(&mut course, &mut plain, Change::put(group));
        }
        let all = Group { scopes: vec!["source:read".parse().unwrap()], ..group("all".parse().unwrap()) };
        act(&mut course, &mut plain, Change::put(all.clone()));
        let different = |number: usize| -> Vec<Name> {
            let chosen = names.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            std::iter::once(all.name.clone()).chain(chosen.map(|(_, name)| name.clone())).collect()
        };
        let count = 1 << names.len();
        let many: Vec<ServiceCredential> = (0..count)
            .map(|number| credential(Id::from_u128(number as u128 + 1), number, different(number), Vec::new()))
            .collect();
        for (one, position) in many.iter().zip(course.create(&many)) {
            plain.credentials.insert(one.id, (one.clone(), position));
        }
        for number in 0..60 {
            let id = Id::from_u128(10_000 + number);
            let member = member(id, Role::Member, different(usize::try_from(number).unwrap()), MemberState::Active);
            act(&mut course, &mut plain, Change::put(member));
            let credential = application(Id::from_u128(20_000 + number), id, vec!["source:read".parse().unwrap()]);
            act(&mut course, &mut plain, Change::put(credential));
        }
        let before = statements();
        act(&mut course, &mut plain, Change::Deleted(Key::Group(all.name.clone())));
        act(&mut course, &mut plain, Change::Deleted(Key::Resource("lab/one".parse().unwrap())));
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
