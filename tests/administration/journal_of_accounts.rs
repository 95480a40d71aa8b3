//! S54: what signs in to a local account and was replaced does not come back with a restore of an older backup.

use claviger::administration::{
    AdministrationError, LocalOutcome, LocalSignIn, NewPassword, NewSecondFactor, SecondFactor,
    SigningBrowser, accept_invitation, finish_local_sign_in, invite_member_at, reset_second_factor_at,
    set_second_factor, sign_in_locally,
};
use claviger::crypto::TotpSecret;
use claviger::ledger::{Act, Caller};
use claviger::operator::RestoreFrom;
use claviger_domain::Clock;

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
    let attempt = LocalSignIn { email: OWNER, password, browser: SigningBrowser::default() };
    let realm = "acme".parse().expect("a label");
    let done = sign_in_locally(&world.node().state.administration, &realm, attempt);
    matches!(done.expect("an outcome"), LocalOutcome::SignedIn(_))
}

/// What the app of a new second factor knows, and the recovery codes.
fn set_second_factor_up(world: &World) -> (TotpSecret, Vec<String>) {
    let administration = &world.node().state.administration;
    let act = Act::local("acme".parse().expect("a label"), Caller::Client);
    let snapshot = administration.ledger.latest();
    let realm = snapshot.find_realm("acme").expect("the realm");
    let account = realm.local_accounts.values().next().expect("an account");
    let new = NewSecondFactor::generate(administration, account.id, account.secrets);
    let secret = TotpSecret::try_from(new.text().to_string()).expect("a secret");
    let code = secret.code_at(world.clock.now());
    let codes = set_second_factor(administration, &act, &new, &code).expect("stored").expect("proven");
    (secret, codes.iter().map(|code| code.expose().to_owned()).collect())
}

fn passes(world: &World, password: &str, second: SecondFactor<'_>) -> bool {
    let attempt = LocalSignIn { email: OWNER, password, browser: SigningBrowser::default() };
    let (administration, realm) = (&world.node().state.administration, "acme".parse().expect("a label"));
    match sign_in_locally(administration, &realm, attempt).expect("an outcome") {
        LocalOutcome::NeedsCode(proof) => {
            let done =
                finish_local_sign_in(administration, &realm, &proof, second, SigningBrowser::default());
            done.expect("an outcome").is_some()
        }
        _ => false,
    }
}

fn reset(world: &World) {
    let act = Act::local("acme".parse().expect("a label"), Caller::Operator);
    let email = OWNER.parse().expect("an address");
    reset_second_factor_at(&world.node().state.administration, &act, &email).expect("reset");
}

on_both_databases! {
    fn removed_second_factor_does_not_come_back_and_neither_does_its_absence(world: World) {
        let mut world = world;
        set_password(&world, OLD);
        let (app, _) = set_second_factor_up(&world);
        let file = take(&world);
        reset(&world);
        assert!(signs_in(&world, OLD));
        let from = RestoreFrom { backup: &file, journals: &[] };
        put_back(&mut world, |place| place, &from);
        world.restart();
        world.clock.advance_seconds(60);
        let code = app.code_at(world.clock.now());
        assert!(!passes(&world, OLD, SecondFactor::Code(&code)), "the removed one");
        assert!(!signs_in(&world, OLD), "the password alone, which the backup never accepted");
    }

    fn second_factor_that_was_set_later_is_not_left_out_by_a_restore(world: World) {
        let mut world = world;
        set_password(&world, OLD);
        let file = take(&world);
        set_second_factor_up(&world);
        let from = RestoreFrom { backup: &file, journals: &[] };
        put_back(&mut world, |place| place, &from);
        world.restart();
        assert!(!signs_in(&world, OLD), "the password alone");
    }

    fn used_recovery_code_does_not_come_back_and_the_app_goes_on(world: World) {
        let mut world = world;
        set_password(&world, OLD);
        let (app, codes) = set_second_factor_up(&world);
        let file = take(&world);
        assert!(passes(&world, OLD, SecondFactor::Recovery(&codes[0])));
        let from = RestoreFrom { backup: &file, journals: &[] };
        put_back(&mut world, |place| place, &from);
        world.restart();
        for code in &codes {
            assert!(!passes(&world, OLD, SecondFactor::Recovery(code)), "which was used is not known");
        }
        world.clock.advance_seconds(60);
        let code = app.code_at(world.clock.now());
        assert!(passes(&world, OLD, SecondFactor::Code(&code)));
    }


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
