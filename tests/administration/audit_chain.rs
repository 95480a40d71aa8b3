//! T-19: the audit trail is a hash chain; edited, added and removed events are detected.

use claviger::operator::verify_audit;
use claviger::store::AuditVerification;

use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{World, settings};
use serde_json::json;

pub fn verify(world: &World) -> AuditVerification {
    verify_audit(&settings(world.folder.path(), world.address, &world.database_url), &mut |_| {})
        .expect("a verification")
}

/// The description of the first event that does not fit the chain.
fn fault(world: &World) -> String {
    verify(world).fault.expect("a fault").to_string()
}

fn some_events(world: &World) {
    world.scopes(&["studio:view", "studio:edit", "studio:own"]);
}

on_both_databases! {
    fn untouched_trail_fits_and_every_event_is_counted(world: World) {
        some_events(&world);
        let found = verify(&world);
        let rows = Tables::of(&world).lines("SELECT CAST(count(*) AS TEXT) AS line FROM audit_event");
        assert_eq!((found.fault, found.fitting.to_string()), (None, rows[0].clone()));
        assert!(found.fitting >= 5);
    }

    fn edit_of_any_event_column_is_detected(world: World) {
        some_events(&world);
        let tables = Tables::of(&world);
        let texts = ["actor_kind", "actor_id", "actor_name", "action", "target_kind", "target_id", "target_name",
            "before", "after", "address", "request_id"];
        let edits = texts.iter().map(|column| (*column, "'x'")).chain([("at", "at + 1"), ("position", "position + 1000"), ("tokens_ended_estimate", "7")]);
        for (column, value) in edits {
            let kept = tables.lines(&format!("SELECT COALESCE(CAST({column} AS TEXT), '(null)') AS line FROM audit_event WHERE sequence = 3"));
            tables.execute(&format!("UPDATE audit_event SET {column} = {value} WHERE sequence = 3"));
            let said = fault(&world);
            assert!(said.starts_with("event 3 (") && said.contains("edited"), "{column}: {said}");
            assert_eq!(verify(&world).fitting, 2, "{column}");
            let back = match kept[0].as_str() { "(null)" => "NULL".to_owned(), text => format!("'{}'", text.replace('\'', "''")) };
            let back = if matches!(column, "at" | "position") { kept[0].clone() } else { back };
            tables.execute(&format!("UPDATE audit_event SET {column} = {back} WHERE sequence = 3"));
            assert_eq!(verify(&world).fault, None, "{column} is as it was");
        }
    }

    fn missing_truncated_and_inserted_events_are_named(world: World) {
        some_events(&world);
        let tables = Tables::of(&world);
        let last = verify(&world).fitting;
        tables.execute(
            "INSERT INTO audit_event (id, realm, at, actor_kind, actor_name, action, target_kind, target_id, target_name, position) \
             SELECT 'forged', realm, at, actor_kind, actor_name, action, target_kind, target_id, target_name, 999 \
             FROM audit_event WHERE sequence = 1",
        );
        let said = fault(&world);
        assert!(said.contains("without a number") && said.contains("forged") && said.contains("inserted"), "{said}");
        tables.execute(&format!("UPDATE audit_event SET sequence = {} WHERE id = 'forged'", last + 1));
        assert!(fault(&world).starts_with(&format!("event {} (", last + 1)), "{}", fault(&world));
        tables.execute("DELETE FROM audit_event WHERE id = 'forged'");
        assert_eq!(verify(&world).fault, None);

        tables.execute(&format!("DELETE FROM audit_event WHERE sequence = {last}"));
        assert_eq!(fault(&world), format!("the trail was truncated: the events {last} to {last} are missing"));
        tables.execute("DELETE FROM audit_event WHERE sequence = 2");
        assert_eq!(fault(&world), "the events 2 to 2 are missing");
        assert_eq!(verify(&world).fitting, 1);
    }

    fn events_from_before_the_chain_are_chained_once(world: World) {
        some_events(&world);
        world.stop();
        let tables = Tables::of(&world);
        tables.execute("UPDATE audit_event SET sequence = NULL, hash = NULL");
        tables.execute("UPDATE audit_head SET sequence = NULL, hash = NULL");
        world.restart();
        let found = verify(&world);
        assert_eq!(found.fault, None);
        some_events_more(&world);
        assert_eq!(verify(&world).fitting, found.fitting + 1);
        // A row without a number that is written later is not accepted.
        world.stop();
        tables.execute("UPDATE audit_event SET sequence = NULL WHERE sequence = 2");
        world.restart();
        assert_eq!(fault(&world), "the events 2 to 2 are missing");
    }

    fn line_breaks_in_names_stay_inside_their_event(world: World) {
        let description = "fine\r\nevent 1 (realm acme) was edited";
        let answer = world.admin("POST", "/scopes", Some(json!({"scope": "studio:view", "description": description})));
        // Whether it is refused or stored as data, the trail has one event per act.
        assert!(matches!(answer.status, 201 | 422), "{}", answer.text());
        assert_eq!(verify(&world).fault, None);
        Tables::of(&world).execute("UPDATE audit_event SET realm = 'x\ny', id = 'a\nb' WHERE sequence = 1");
        let said = fault(&world);
        assert!(!said.contains('\n') && said.contains("a\\nb") && said.contains("realm ?"), "{said}");
    }

    fn pruned_trail_is_still_verified_from_its_anchor(world: World) {
        some_events(&world);
        let all = verify(&world).fitting;
        world.clock.advance_seconds(100 * 86_400);
        some_events_more(&world);
        let ledger = &world.node().state.administration.ledger;
        // The events of 100 days ago are older than the retention of 71 days.
        let (store, now) = (ledger.store(), ledger.trusted_now().expect("a clock that is right"));
        assert_eq!(u64::try_from(store.prune_audit_events(now, 71).expect("pruned")).expect("few"), all);
        assert_eq!(store.prune_audit_events(now, 71).expect("pruned"), 0);
        let found = verify(&world);
        assert_eq!((found.fault, found.fitting, found.pruned), (None, 1, all));
        // The log was pruned too, and a restarted server still knows everything.
        assert!(store.prune_log(now, 71).expect("pruned") > 0);
        assert_eq!(store.prune_log(now, 71).expect("pruned"), 0);
        world.restart();
        assert!(world.admin("GET", "/scopes", None).expect(200).text().contains("studio:own"));
        some_events(other_realm(&mut world));
        assert_eq!(verify(&world).fault, None);
        // Deleting one more event by hand is not retention.
        let first = all + 1;
        Tables::of(&world).execute(&format!("DELETE FROM audit_event WHERE sequence = {first}"));
        assert_eq!(fault(&world), format!("the events {first} to {first} are missing"));
    }
}

fn some_events_more(world: &World) {
    world.scopes(&["studio:more"]);
}

fn other_realm(world: &mut World) -> &World {
    world.owner = world.create_realm("other");
    world.realm = "other".into();
    world
}
