//! A database of the first migration is upgraded with all its data, and one of a newer program is left unchanged.

use claviger::operator::{migrate, migration_state, verify_audit};

use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{World, settings};

on_both_databases! {
    fn database_of_the_first_migration_is_upgraded_and_still_works(world: World) {
        world.group("readers", &["studio:view"]);
        let server = world.resource_server("studio", "https://studio.example");
        let client = world.credential("nightly", &["readers"]);
        let token = world.token(&client);
        world.stop();
        let place = settings(world.folder.path(), world.address, &world.database_url);
        let now = migration_state(&place).expect("a state");
        assert_eq!((now.pending.len(), now.unknown.len()), (0, 0));
        let tables = Tables::of(&world);
        let kind = if world.database_url.starts_with("sqlite") { "sqlite" } else { "postgres" };
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
        let mut later: Vec<_> = std::fs::read_dir(root).expect("migrations").map(|entry| entry.expect("an entry").path()).collect();
        later.sort();
        for folder in later[1..].iter().rev() {
            tables.execute(&std::fs::read_to_string(folder.join("down.sql")).expect("a way back"));
        }
        tables.execute("DELETE FROM __diesel_schema_migrations WHERE version > '0001'");
        let old = migration_state(&place).expect("a state");
        assert_eq!(old.applied, ["0001"]);
        assert!(old.pending.contains(&"0005".to_owned()));
        let refused = verify_audit(&place, &mut |_| {}).expect_err("too old").to_string();
        assert!(refused.contains("claviger migrate"), "{refused}");

        let (before, after) = migrate(&place).expect("an upgrade");
        assert_eq!((before, &after), (old, &now));
        let found = verify_audit(&place, &mut |_| {}).expect("verified");
        assert!(found.fault.is_none() && found.fitting >= 5);
        world.restart();
        world.assert_active(&server, &token);
        world.revoke(&client).expect(200);
        world.assert_inactive(&server, &token);
        // The other event: realms from before get registry keys when the server starts.
        assert_eq!(verify_audit(&place, &mut |_| {}).expect("verified").fitting, found.fitting + 2);
        world.send(&Request::get(&world.path("/registry/ca.pem"))).expect(200);
    }

    fn database_of_a_newer_program_is_refused_in_one_sentence(world: World) {
        world.stop();
        Tables::of(&world).execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let place = settings(world.folder.path(), world.address, &world.database_url);
        assert_eq!(migration_state(&place).expect("a state").unknown, ["9999"]);
        let refused = migrate(&place).expect_err("newer").to_string();
        assert!(refused.contains("newer claviger") && refused.contains("9999") && !refused.contains('\n'), "{refused}");
        Tables::of(&world).execute("DELETE FROM __diesel_schema_migrations WHERE version = '9999'");
        world.restart();
    }
}
