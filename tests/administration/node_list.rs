//! The list of the servers, of a server that is alone.

use crate::answers::items;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

on_both_databases! {
fn single_server_lists_itself(world: World) {
    let listed = items(&world.admin("GET", "/nodes", None).expect(200));
    let [node] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&node["status"], &node["answers"]), (&"in_step".into(), &true.into()), "{node}");
    assert_eq!(node["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(node["last_seen_at"], "2027-01-31T12:00:00Z");
    world.clock.advance_seconds(20);
    let later = items(&world.admin("GET", "/nodes?status=in_step&q=NODE", None).expect(200));
    assert!(later.len() <= 1, "{later:?}");
    assert!(items(&world.admin("GET", "/nodes?status=silent", None).expect(200)).is_empty());
    world.admin("GET", "/nodes?status=gone", None).expect(422);
    let auditor = world.member("auditor@acme.example", &["auditor"]).1;
    world.admin_as(&auditor, "GET", "/nodes", None).expect(200);
    let member = world.member("member@acme.example", &["member"]).1;
    world.admin_as(&member, "GET", "/nodes", None).expect(403);
}
}
