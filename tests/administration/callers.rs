//! `GET /whoami` of the administration API: the member as whom a request acts.

use serde_json::json;

use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

on_both_databases! {
    fn caller_is_the_member_and_the_token_that_was_presented(world: World) {
        for role in ["sys_admin", "auditor", "member"] {
            let (id, token) = world.member(&format!("{role}@acme.example"), &[role]);
            let shown = world.admin_as(&token, "GET", "/whoami", None).expect(200).json();
            assert_eq!(shown["realm"], "acme");
            assert_eq!((&shown["member"]["id"], &shown["member"]["roles"]), (&json!(id), &json!([role])));
            assert_eq!((&shown["token"]["member"], &shown["token"]["status"]), (&json!(id), &json!("active")));
            assert!(!shown.to_string().contains(&token), "the token itself is not shown");
        }
        world.admin_as("clvp_00000000000000000000000000000000000000", "GET", "/whoami", None).expect(401);
    }
}
