//! Only `Ledger::restrict` writes acts that take something away: any other way is refused before a row is written.

use claviger::ledger::{Act, Asked, Caller, LedgerError, Plan, Scene};
use claviger::store::Decision;
use claviger_domain::{Actor, Change, Clock, Key, ResourceName, ServiceCredentialId, Subject};

use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// As a use case plans it, with a row that only grants first.
fn planned(scene: &Scene<'_>, act: &Act, change: &Change) -> Result<Decision<()>, LedgerError> {
    let realm = scene.find_realm(&act.realm).expect("the realm");
    let mut plan = Plan::new(scene, act, Caller::operator());
    let entry = realm.scopes.values().next().expect("a scope");
    plan.addition(Change::put(entry.as_ref().clone()));
    plan.change(realm, change.clone());
    Ok(plan.decide(()))
}

fn restricting(world: &World) -> Vec<Change> {
    let credential = world.credential("nightly", &["readers"]);
    let server = world.resource_server("studio", "https://studio.example");
    let id: ServiceCredentialId = credential.id.parse().expect("an id");
    let at = world.clock.now();
    let by: Actor = Caller::operator();
    vec![
        Change::RealmCut { suspended_at: None, at },
        Change::Deleted(Key::Scope("spare:read".parse().expect("a scope"))),
        Change::Deleted(Key::Group("readers".parse().expect("a name"))),
        Change::Deleted(Key::Resource(ResourceName::new("studio", "one").expect("a name"))),
        Change::Deleted(Key::ResourceServer(server.id.parse().expect("an id"))),
        Change::TokenRevoked { jti: "a".into(), client_id: id.widen(), expires_at: at },
        Change::CredentialRevoked { id, at, by },
    ]
}

on_both_databases! {
    fn restricting_act_is_refused_without_a_barrier(world: World) {
        let mut world = world;
        world.scopes(&["spare:read"]).resource("studio/one", &["view"]).group("readers", &["studio:view"]);
        let changes = restricting(&world);
        let ledger = world.node().state.administration.ledger.clone();
        let act = Act::local("acme".parse().expect("a label"), Caller::Operator);
        let before = Tables::of(&world).dump();
        for change in &changes {
            let refusals = [
                ledger.act(|scene| planned(scene, &act, change)).err(),
                ledger.act_with_others(|scene| planned(scene, &act, change)).err(),
            ];
            for refusal in refusals {
                let Some(LedgerError::Unsettled { kind }) = refusal else { panic!("{change:?}: {refusal:?}") };
                assert_eq!(kind, change.kind());
            }
        }
        assert_eq!(Tables::of(&world).dump(), before, "nothing of them was written");
        // The same acts through `restrict`, and an act that only grants.
        for change in &changes {
            let done = ledger.restrict(&act, &Subject::Realm, Asked::Change, |scene| planned(scene, &act, change));
            done.unwrap_or_else(|error| panic!("{change:?}: {error}")).unanswered();
        }
        world.owner = world.operator_token("holder@acme.example");
        world.group("after", &["studio:view"]);
    }
}
