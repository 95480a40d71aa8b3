//! `/members/{id}/enable`: the member returns, and nothing that it owned before does.

use claviger::operator::RestoreFrom;
use serde_json::{Value, json};

use crate::answers::{items, text};
use crate::backups::take;
use crate::restored::put_back;
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::next_second;
use claviger_testkit::world::{Client, World};

const EMAIL: &str = "ada@acme.example";

/// Everything that a member can hold, by its kind.
struct Owned {
    member: String,
    personal: String,
    api: String,
    application: Client,
    access: String,
    refresh: String,
    registry_refresh: String,
}

impl Owned {
    fn by(world: &World, email: &str) -> Self {
        world.group("readers", &["ci:read"]);
        let (member, personal) = world.member(email, &["sys_admin"]);
        world.admin("PATCH", &format!("/members/{member}"), Some(json!({"groups": ["readers"]}))).expect(200);
        let make =
            |noun: &str, body: Value| world.admin_as(&personal, "POST", noun, Some(body)).expect(201).json();
        let until = "2099-01-01T00:00:00Z";
        let api = text(&make("/api-tokens", json!({"expires_at": until, "scopes": ["ci:read"]}))["token"]);
        let made = make("/application-credentials", json!({"name": "tool", "scopes": ["ci:read"]}));
        let application =
            Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: String::new() };
        let granted = world.send(&world.token_request(&application, &[])).expect(200).json();
        let login = Request::get(&world.path("/registry/token?service=r.example&offline_token=true"));
        let registry = world.send(&login.basic("any", &api)).expect(200).json();
        Self {
            member,
            personal,
            api,
            application,
            access: text(&granted["access_token"]),
            refresh: text(&granted["refresh_token"]),
            registry_refresh: text(&registry["refresh_token"]),
        }
    }

    /// The answers to a use of each.
    fn uses(&self, world: &World) -> Vec<(&'static str, Response)> {
        let application = &self.application;
        let bearer = |token: &str| world.send(&Request::get(&world.path("/whoami")).bearer(token));
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*self.refresh)];
        let refresh = Request::form(&world.path("/oauth2/token"), &form);
        let registry = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*self.registry_refresh),
            ("service", "r.example"),
            ("client_id", "docker"),
        ];
        vec![
            ("personal access token", world.admin_as(&self.personal, "GET", "/groups", None)),
            ("API token", bearer(&self.api)),
            ("key", world.send(&world.token_request(application, &[]))),
            ("access token", bearer(&self.access)),
            ("refresh token", world.send(&refresh.basic(&application.id, &application.key))),
            ("registry refresh token", world.send(&Request::form(&world.path("/registry/token"), &registry))),
        ]
    }

    #[track_caller]
    fn all_work(&self, world: &World) {
        for (kind, answer) in self.uses(world) {
            assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
        }
    }

    #[track_caller]
    fn none_works(&self, world: &World) {
        for (kind, answer) in self.uses(world) {
            assert!(matches!(answer.status, 400 | 401), "{kind}: {} {}", answer.status, answer.text());
        }
    }
}

fn act(world: &World, member: &str, verb: &str) -> Response {
    world.admin("POST", &format!("/members/{member}/{verb}"), None)
}

on_both_databases! {
    fn nothing_from_before_lives_again_on_any_path(world: World) {
        let mut world = world;
        let owned = Owned::by(&world, EMAIL);
        owned.all_work(&world);
        let early = take(&world, "early");
        act(&world, &owned.member, "disable").expect(200);
        owned.none_works(&world);
        let enabled = act(&world, &owned.member, "enable").expect(200).json();
        assert_eq!((&enabled["status"], &enabled["disabled_at"]), (&json!("active"), &Value::Null));
        assert_eq!((&enabled["roles"], &enabled["groups"]), (&json!(["sys_admin"]), &json!(["readers"])));
        owned.none_works(&world);
        // What is created afterwards counts.
        let later = world.operator_token(EMAIL);
        let body = json!({"name": "tool", "scopes": ["ci:read"]});
        let made = world.admin_as(&later, "POST", "/application-credentials", Some(body)).expect(201).json();
        let new = Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: String::new() };
        world.token(&new);
        for list in ["/personal-access-tokens?limit=200", "/api-tokens", "/application-credentials"] {
            let listed = items(&world.admin("GET", list, None).expect(200));
            let of_them = listed.iter().filter(|item| item["member"] == json!(owned.member));
            let revoked = of_them.filter(|item| item["status"] == "revoked").count();
            assert_eq!(revoked, 1, "{list}: {listed:?}");
        }
        world.restart();
        owned.none_works(&world);
        world.token(&new);

        let late = take(&world, "late");
        put_back(&mut world, |place| place, &RestoreFrom { backup: &late, journals: &[] });
        world.restart();
        owned.none_works(&world);
        world.token(&new);
        next_second();
        put_back(&mut world, |place| place, &RestoreFrom { backup: &early, journals: &[] });
        world.restart();
        owned.none_works(&world);
        // The member was active at the end, and is.
        world.owner = world.operator_token("holder@acme.example");
        let shown = world.admin("GET", &format!("/members/{}", owned.member), None).expect(200).json();
        assert_eq!(shown["status"], "active");
    }

    fn member_that_is_disabled_again_after_all_stays_so_after_a_restore(world: World) {
        let mut world = world;
        let owned = Owned::by(&world, EMAIL);
        let early = take(&world, "early");
        for verb in ["disable", "enable", "disable"] {
            act(&world, &owned.member, verb).expect(200);
        }
        put_back(&mut world, |place| place, &RestoreFrom { backup: &early, journals: &[] });
        world.restart();
        owned.none_works(&world);
        world.owner = world.operator_token("holder@acme.example");
        let shown = world.admin("GET", &format!("/members/{}", owned.member), None).expect(200).json();
        assert_eq!(shown["status"], "disabled");
    }

    fn what_a_member_lost_while_it_was_disabled_stays_lost_after_a_restore(world: World) {
        let mut world = world;
        let owned = Owned::by(&world, EMAIL);
        let path = format!("/members/{}", owned.member);
        let groups = world.admin("GET", &path, None).expect(200).json()["groups"].clone();
        let early = take(&world, "early");
        act(&world, &owned.member, "disable").expect(200);
        world.admin("PATCH", &path, Some(json!({"roles": ["member"]}))).expect(200);
        act(&world, &owned.member, "enable").expect(200);
        put_back(&mut world, |place| place, &RestoreFrom { backup: &early, journals: &[] });
        world.restart();
        owned.none_works(&world);
        world.owner = world.operator_token("holder@acme.example");
        let shown = world.admin("GET", &path, None).expect(200).json();
        assert_eq!((&shown["status"], &shown["groups"]), (&json!("active"), &groups));
        assert!(!shown["roles"].to_string().contains("sys_admin"), "{shown}");
    }

    fn enabling_has_one_event_and_a_repeated_one_none(world: World) {
        let (member, _) = world.member(EMAIL, &["auditor"]);
        let before = act(&world, &member, "enable").expect(200).json();
        assert_eq!(before["status"], "active");
        act(&world, &member, "disable").expect(200);
        act(&world, &member, "enable").expect(200);
        act(&world, &member, "enable").expect(200);
        let all = items(&world.admin("GET", "/audit-events?action=member.enable", None).expect(200));
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0]["before"]["status"], &all[0]["after"]["status"]), (&json!("disabled"), &json!("active")));
        assert_eq!((&all[0]["target"]["name"], &all[0]["actor"]["name"]), (&json!(EMAIL), &json!("holder@acme.example")));
        let refused = world.admin("POST", "/members/01890000-0000-7000-8000-000000000000/enable", None);
        refused.expect_problem(404, "not-found");
    }

    fn only_an_account_holder_enables_an_account_holder(world: World) {
        let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
        let (_, auditor) = world.member("audit@acme.example", &["auditor"]);
        let (second, _) = world.member("second@acme.example", &["account_holder"]);
        let (plain, _) = world.member("plain@acme.example", &["member"]);
        for member in [&second, &plain] {
            act(&world, member, "disable").expect(200);
        }
        let enable = |by: &str, id: &str| world.admin_as(by, "POST", &format!("/members/{id}/enable"), None);
        let before = Tables::of(&world).dump();
        enable(&auditor, &plain).expect_problem(403, "forbidden");
        let refused = enable(&sys, &second).expect_problem(403, "forbidden").json();
        assert!(text(&refused["detail"]).contains("account_holder"), "{refused}");
        assert_eq!(Tables::of(&world).dump(), before);
        enable(&sys, &plain).expect(200);
        enable(&world.owner, &second).expect(200);
    }

    fn group_deleted_meanwhile_is_not_given_back(world: World) {
        let owned = Owned::by(&world, EMAIL);
        act(&world, &owned.member, "disable").expect(200);
        world.admin("DELETE", "/groups/readers", None).expect(200);
        assert_eq!(act(&world, &owned.member, "enable").expect(200).json()["groups"], json!([]));
    }
}
