//! The main flow: a credential, its token, and its end.

use serde_json::json;

use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;

on_both_databases! {
    fn credential_token_introspection_revocation(world: World) {
        world.group("builders", &["ci:read", "source:read-update"]);
        let credential = world.credential("nightly", &["builders"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&credential);
        let claims = jwt::claims(&token);
        assert_eq!(claims["scope"], "ci:read source:read-update");
        let active = world.introspect(&server, &token);
        assert_eq!(active["active"], true);
        assert_eq!(active["client_id"], json!(credential.id));
        let receipt = world.revoke(&credential).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        world.assert_inactive(&server, &token);
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
    }
}
