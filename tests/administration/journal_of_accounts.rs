//! S54: what signs in to a local account and was replaced does not come back with a restore of an older backup.

use claviger::administration::{
    AdministrationError, LocalSignIn, NewPassword, accept_invitation, invite_member_at, sign_in_locally,
};
use claviger::ledger::{Act, Caller};
use claviger::operator::RestoreFrom;
use claviger_domain::Description;

use crate::restored::{put_back, take};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const OWNER: &str = "holder@acme.example";
const OLD: &str = "several words are old";
const NEW: &str = "several words are new";

fn link(world: &World) -> String {
    let act = Act::local("acme".parse().expect("a label"), Caller::Operator);
    let administration = &world.node().state.administration;
    let email = OWNER.parse().expect("an address");
    let made = invite_member_at(administration, &act, &email).expect("a link");
    made.secret.expose().to_owned()
}

fn accept(world: &World, secret: &str, password: &str) -> Result<(), AdministrationError> {
    let new = NewPassword { secret, password, address: None, request_id: None };
    let realm = "acme".parse().expect("a label");
    accept_invitation(&world.node().state.administration, &realm, &new)?.unanswered();
    Ok(())
}

fn set_password(world: &World, password: &str) {
    accept(world, &link(world), password).expect("a password");
}

fn signs_in(world: &World, password: &str) -> bool {
    let attempt = LocalSignIn {
        email: OWNER,
        password,
        description: Description::default(),
        replaces: None,
        address: None,
        request_id: None,
    };
    let realm = "acme".parse().expect("a label");
    let done = sign_in_locally(&world.node().state.administration, &realm, attempt);
    done.expect("an outcome").is_some()
}

on_both_databases! {
    fn replaced_password_does_not_come_back_with_a_backup(world: World) {
        let mut world = world;
        set_password(&world, OLD);
        assert!(signs_in(&world, OLD));
        let file = take(&world);
        set_password(&world, NEW);
        assert!(signs_in(&world, NEW) && !signs_in(&world, OLD));
        let from = RestoreFrom { backup: &file, journals: &[] };
        let done = put_back(&mut world, |place| place, &from);
        assert!(done.reasserted >= 1, "{} of {}", done.reasserted, done.known);
        world.restart();
        assert!(!signs_in(&world, OLD), "the replaced one");
        assert!(!signs_in(&world, NEW), "the backup never had it");
        let events = world.admin("GET", "/audit-events?action=revocation.reassert&limit=200", None).expect(200).text();
        assert!(events.contains("local_account"), "{events}");
        // The tables agree with the log, and the operator makes the account anew.
        world.restart();
        assert!(!signs_in(&world, OLD));
        set_password(&world, NEW);
        assert!(signs_in(&world, NEW));
    }

    fn password_that_was_not_replaced_comes_back_but_no_link_from_before(world: World) {
        let mut world = world;
        set_password(&world, OLD);
        let older = link(&world);
        let file = take(&world);
        let newer = link(&world);
        let from = RestoreFrom { backup: &file, journals: &[] };
        put_back(&mut world, |place| place, &from);
        world.restart();
        assert!(signs_in(&world, OLD));
        for secret in [older, newer] {
            let refused = accept(&world, &secret, NEW).expect_err("a link from before");
            assert!(matches!(refused, AdministrationError::NotFound(_)), "{refused}");
        }
    }

    fn used_link_does_not_work_again_after_a_restore(world: World) {
        let mut world = world;
        let used = link(&world);
        let file = take(&world);
        accept(&world, &used, NEW).expect("a password");
        let from = RestoreFrom { backup: &file, journals: &[] };
        put_back(&mut world, |place| place, &from);
        world.restart();
        accept(&world, &used, OLD).expect_err("it was used");
        assert!(!signs_in(&world, OLD) && !signs_in(&world, NEW));
    }
}
