//! A verifier that hears nothing of a revocation: its lease is waited out, and it accepts nothing afterwards.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::line::Line;
use crate::nodes::{Cluster, client};
use crate::requests::access_token;
use crate::restricting::VERIFIERS_WAITED_FOR;
use crate::tenant::{GROUP, Tenant};
use crate::verifiers::balancer::{Balancer, Mode};
use crate::verifiers::processes::{Follower, Verifiers, verdicts_program};
use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::world::Client;

/// How late the first answer is: a lease that began with it would go on after the revocation has returned.
const LATE_BY: Duration = Duration::from_millis(5_500);

/// How long a revoked token is tried: as long as a lease that begins with the last answer.
const TRIED_FOR: Duration = Duration::from_secs(3);

const SOON: Duration = Duration::from_millis(500);

struct Scene<'a> {
    cluster: &'a Cluster,
    tenant: &'a Tenant<'a>,
    follower: &'a Follower<'a>,
    balancer: &'a Balancer,
}

/// One node, and a verifier that follows it.
fn with_verifier(test: impl FnOnce(&Scene<'_>)) {
    let (program, balancer) = (verdicts_program(), Balancer::start());
    let cluster = Cluster::start_with_settings(1, vec![("CLAVIGER_PUBLIC_URL", balancer.url())]);
    balancer.lead_to(&cluster.addresses);
    let tenants = [Tenant::create(&cluster, "followed")];
    let verifiers = Verifiers::start(&balancer, &tenants, &program);
    let follower = &verifiers.followers[0];
    until("the verifier follows the feed", || follower.is_ready());
    test(&Scene { cluster: &cluster, tenant: &tenants[0], follower, balancer: &balancer });
}

impl Scene<'_> {
    /// A credential, and a token of it that the verifier accepts.
    fn accepted_token(&self, name: &str) -> (Client, String) {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": [GROUP]});
        let made = self.tenant.administration("POST", "/service-credentials", &body);
        let made = client(&self.cluster.patiently(0, &made).expect(201).json());
        let request = self.tenant.token_request(&made, &[]);
        let token = access_token(&self.cluster.patiently(0, &request).expect(200));
        until("the verifier accepts the token", || self.accepts(&token));
        (made, token)
    }

    fn accepts(&self, token: &str) -> bool {
        let request = Request::get("/verdict").bearer(token);
        Line::to(self.follower.address).ask(&request, SOON).is_some_and(|answer| answer.status == 200)
    }

    /// Its receipt.
    fn revoke(&self, credential: &Client) -> Value {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        let request = self.tenant.administration("POST", &path, &json!({"name": credential.name}));
        let receipt = self.cluster.patiently(0, &request).expect(200).json();
        assert_eq!(
            (&receipt["waited_for"], &receipt["outcome"]),
            (&json!("verifiers"), &json!("waited_out"))
        );
        let unconfirmed = receipt["unconfirmed"]["verifiers"][0]["instances"].as_u64();
        assert!(unconfirmed.is_some_and(|instances| instances > 0), "{receipt}");
        let took = Duration::from_millis(receipt["took_ms"].as_u64().expect("a number"));
        assert!(took <= VERIFIERS_WAITED_FOR, "{receipt}");
        receipt
    }

    fn never_accepts(&self, token: &str) {
        let revoked = Instant::now();
        while revoked.elapsed() < TRIED_FOR {
            let after = revoked.elapsed();
            assert!(!self.accepts(token), "it was accepted {after:?} after the revocation had returned");
        }
    }

    /// It has recovered, and refuses that token alone.
    fn follows_again(&self, revoked: &str, kept: &str) {
        self.balancer.set(&self.tenant.label, Mode::Open);
        until("the verifier follows again", || self.follower.is_ready() && self.accepts(kept));
        assert!(!self.accepts(revoked));
    }
}

// RV-06
#[test]
fn silenced_verifier_accepts_nothing_revoked_once_its_lease_was_waited_out() {
    with_verifier(|scene| {
        let ((_, kept), (credential, token)) =
            (scene.accepted_token("kept"), scene.accepted_token("revoked"));
        scene.balancer.set(&scene.tenant.label, Mode::Silent);
        let receipt = scene.revoke(&credential);
        println!("a silenced verifier was waited out in {} ms", receipt["took_ms"]);
        scene.never_accepts(&token);
        scene.follows_again(&token, &kept);
    });
}

// RV-06: the lease of an answer begins with its request.
#[test]
fn verifier_whose_first_answer_is_late_accepts_nothing_revoked_meanwhile() {
    with_verifier(|scene| {
        let ((_, kept), (credential, token)) =
            (scene.accepted_token("kept"), scene.accepted_token("revoked"));
        scene.follower.kill();
        scene.balancer.set(&scene.tenant.label, Mode::FirstAnswersLate);
        scene.follower.start();
        until("an answer is held", || scene.balancer.is_holding(&scene.tenant.label));
        let receipt = thread::scope(|scope| {
            let revocation = scope.spawn(|| scene.revoke(&credential));
            thread::sleep(LATE_BY);
            scene.balancer.set(&scene.tenant.label, Mode::Silent);
            revocation.join().expect("a receipt")
        });
        println!("a verifier whose answer was late was waited out in {} ms", receipt["took_ms"]);
        scene.never_accepts(&token);
        scene.follows_again(&token, &kept);
    });
}
