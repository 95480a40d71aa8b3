//! Every kind of opaque token against every act that may end it, with one answer at all endpoints.

use serde_json::json;

use claviger::administration::suspend_realm;
use claviger::ledger::{Act, Caller};

use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const SERVICE: &str = "registry.example";
const AUDIENCE: &str = "https://registry.example";

/// Tokens that may be presented long after they were issued, and are looked up or checked against the realm at each
/// use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ApiToken,
    PersonalToken,
    /// A registry refresh token obtained with an API token.
    OfApiToken,
    /// A registry refresh token obtained with a service credential's access token for one audience.
    OfCredential,
    /// The refresh token of an application credential.
    ApplicationRefresh,
    /// A registry refresh token obtained with an application credential's access token.
    OfApplication,
}

const KINDS: [Kind; 6] = [
    Kind::ApiToken,
    Kind::PersonalToken,
    Kind::OfApiToken,
    Kind::OfCredential,
    Kind::ApplicationRefresh,
    Kind::OfApplication,
];

/// The ids and secrets of one token of each kind, owned by one member.
struct Held {
    member: String,
    acting: String,
    api: (String, String),
    personal: (String, String),
    credential: Client,
    server: Client,
    application: Client,
    application_access: String,
    secrets: Vec<(Kind, String)>,
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn made(world: &World, by: &str, noun: &str, scopes: &[&str]) -> (String, String) {
    let body = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": scopes});
    let made = world.admin_as(by, "POST", &format!("/{noun}"), Some(body)).expect(201).json();
    (text(&made["id"]), text(&made["token"]))
}

fn login(world: &World, token: &str) -> String {
    let path = world.path(&format!("/registry/token?service={SERVICE}&offline_token=true"));
    text(&world.send(&Request::get(&path).basic("any", token)).expect(200).json()["refresh_token"])
}

fn hold(world: &World) -> Held {
    world.group("pullers", &["containers:read"]);
    let server = world.resource_server("builds", AUDIENCE);
    let (member, acting) = world.member("dev@acme.example", &["member"]);
    world.admin("PATCH", &format!("/members/{member}"), Some(json!({"groups": ["pullers"]}))).expect(200);
    let api = made(world, &acting, "api-tokens", &["containers:read"]);
    let personal = made(world, &acting, "personal-access-tokens", &["containers:read"]);
    let credential = world.credential("nightly", &["pullers"]);
    let body = json!({"name": "app", "scopes": ["containers:read"]});
    let application =
        world.admin_as(&acting, "POST", "/application-credentials", Some(body)).expect(201).json();
    let application = Client {
        id: text(&application["client_id"]),
        key: text(&application["client_key"]),
        name: "app".into(),
    };
    let given = world.send(&world.token_request(&application, &[])).expect(200).json();
    let application_access = text(&given["access_token"]);
    let secrets = vec![
        (Kind::ApiToken, api.1.clone()),
        (Kind::PersonalToken, personal.1.clone()),
        (Kind::OfApiToken, login(world, &api.1)),
        (Kind::OfCredential, login(world, &world.token_with(&credential, &[("resource", AUDIENCE)]))),
        (Kind::ApplicationRefresh, text(&given["refresh_token"])),
        (Kind::OfApplication, login(world, &application_access)),
    ];
    Held { member, acting, api, personal, credential, server, application, application_access, secrets }
}

/// Asks every endpoint that accepts the token; all of them must agree.
fn is_alive(world: &World, held: &Held, kind: Kind, secret: &str, probe: &Client) -> bool {
    match kind {
        Kind::ApiToken | Kind::PersonalToken => {
            let active = world.introspect(probe, secret)["active"] == true;
            for door in ["/whoami", "/forward-auth"] {
                let answer = world.send(&Request::get(&world.path(door)).bearer(secret));
                assert_eq!(answer.status, if active { 200 } else { 401 }, "{kind:?} at {door}");
            }
            let path = world.path(&format!("/registry/token?service={SERVICE}"));
            let answer = world.send(&Request::get(&path).basic("any", secret));
            assert_eq!(answer.status, if active { 200 } else { 401 }, "{kind:?} at the registry");
            active
        }
        Kind::OfApiToken | Kind::OfCredential | Kind::OfApplication => {
            let form = [("grant_type", "refresh_token"), ("refresh_token", secret), ("service", SERVICE)];
            let answer = world.send(&Request::form(&world.path("/registry/token"), &form));
            assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
            answer.status == 200
        }
        Kind::ApplicationRefresh => {
            let form = [("grant_type", "refresh_token"), ("refresh_token", secret)];
            let application = &held.application;
            let request = Request::form(&world.path("/oauth2/token"), &form);
            let answer = world.send(&request.basic(&application.id, &application.key));
            assert!(matches!(answer.status, 200 | 400 | 401), "{}", answer.text());
            answer.status == 200
        }
    }
}

fn suspend(world: &World, suspended: bool) {
    let act = Act::local(world.realm.parse().expect("a label"), Caller::Operator);
    let administration = &world.node().state.administration;
    suspend_realm(administration, &act, suspended).expect("it is done").unanswered();
}

fn registry_tokens_of(world: &World, part: &str, value: &str) {
    let listed = world.admin("GET", "/registry-tokens", None).expect(200).json();
    for token in listed["items"].as_array().expect("tokens") {
        if token[part] == value {
            let path = format!("/registry-tokens/{}/revoke", text(&token["id"]));
            world.admin("POST", &path, None).expect(200);
        }
    }
}

/// Every act that takes something away. Returns the kinds that it must end.
fn cut(world: &World, held: &Held, name: &str) -> &'static [Kind] {
    use Kind::{ApiToken, ApplicationRefresh, OfApiToken, OfApplication, OfCredential, PersonalToken};
    let revoke = |noun: &str, id: &str| {
        world.admin("POST", &format!("/{noun}/{id}/revoke"), None).expect(200);
    };
    match name {
        "suspend and resume" => {
            suspend(world, true);
            suspend(world, false);
            &KINDS
        }
        "disable the member" => {
            world.admin("POST", &format!("/members/{}/disable", held.member), None).expect(200);
            &[ApiToken, PersonalToken, OfApiToken, ApplicationRefresh, OfApplication]
        }
        "take the member's group" => {
            let body = json!({"groups": []});
            world.admin("PATCH", &format!("/members/{}", held.member), Some(body)).expect(200);
            &[ApiToken, PersonalToken, OfApiToken, ApplicationRefresh, OfApplication]
        }
        "delete the group" => {
            world.admin("DELETE", "/groups/pullers", None).expect(200);
            &KINDS
        }
        "withdraw the active key" => {
            let keys = world.admin("GET", "/signing-keys?status=active", None).expect(200).json();
            let kid = text(&keys["items"][0]["kid"]);
            world.admin("POST", &format!("/signing-keys/{kid}/withdraw"), None).expect(200);
            &[OfCredential, ApplicationRefresh, OfApplication]
        }
        "delete the resource server" => {
            world.admin("DELETE", &format!("/resource-servers/{}", held.server.id), None).expect(200);
            &[OfCredential]
        }
        "revoke the credential" => {
            world.revoke(&held.credential).expect(200);
            &[OfCredential]
        }
        "revoke the application" => {
            revoke("application-credentials", &held.application.id);
            &[ApplicationRefresh, OfApplication]
        }
        "revoke the API token" => {
            revoke("api-tokens", &held.api.0);
            &[ApiToken, OfApiToken]
        }
        "revoke the personal token" => {
            revoke("personal-access-tokens", &held.personal.0);
            &[PersonalToken]
        }
        "revoke the access token of the application" => {
            let form = [("token", held.application_access.as_str())];
            let request = Request::form(&world.path("/oauth2/revoke"), &form);
            world.send(&request.basic(&held.application.id, &held.application.key)).expect(200);
            &[OfApplication]
        }
        "revoke the member's registry token" => {
            registry_tokens_of(world, "member", &held.member);
            &[OfApiToken]
        }
        "revoke the credential's registry token" => {
            registry_tokens_of(world, "client_id", &held.credential.id);
            &[OfCredential]
        }
        other => panic!("{other}"),
    }
}

const CUTS: [&str; 13] = [
    "suspend and resume",
    "disable the member",
    "take the member's group",
    "delete the group",
    "withdraw the active key",
    "delete the resource server",
    "revoke the credential",
    "revoke the application",
    "revoke the API token",
    "revoke the personal token",
    "revoke the access token of the application",
    "revoke the member's registry token",
    "revoke the credential's registry token",
];

on_both_databases! {
    fn every_cut_ends_its_kinds_of_tokens_permanently(world: World) {
        for (n, name) in CUTS.into_iter().enumerate() {
            let label = format!("r{n}");
            let first = world.create_realm(&label);
            (world.realm, world.owner) = (label.clone(), first);
            let held = hold(&world);
            let probe = world.resource_server("probe", "https://probe.example");
            for (kind, secret) in &held.secrets {
                assert!(is_alive(&world, &held, *kind, secret, &probe), "{kind:?} before: {name}");
            }
            let dead = cut(&world, &held, name);
            // The administrator's own token may be from before.
            world.owner = world.operator_token(&format!("holder@{label}.example"));
            for again in [false, true] {
                for (kind, secret) in &held.secrets {
                    let alive = is_alive(&world, &held, *kind, secret, &probe);
                    assert_eq!(alive, !dead.contains(kind), "{kind:?} after: {name}, restarted: {again}");
                }
                if !again {
                    world.restart();
                }
            }
        }
    }

    fn administrators_tokens_from_before_a_suspension_stay_invalid(world: World) {
        let old = world.owner.clone();
        world.scopes(&["ci:read"]);
        let (id, _) = world.api_token(&["ci:read"]);
        suspend(&world, true);
        suspend(&world, false);
        world.admin("GET", "/groups", None).expect(401);
        world.restart();
        world.admin("GET", "/groups", None).expect(401);
        world.owner = world.operator_token("holder@acme.example");
        let listed = world.admin("GET", "/api-tokens", None).expect(200).json();
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["status"]), (&json!(id), &json!("revoked")));
        let (_, new) = world.api_token(&["ci:read"]);
        world.send(&Request::get(&world.path("/whoami")).bearer(&new)).expect(200);
        world.send(&Request::get(&world.path("/whoami")).bearer(&old)).expect(401);
    }

    // Introspection and the endpoints here follow one rule.
    fn token_without_service_scopes_is_inactive_at_every_endpoint(world: World) {
        let held = hold(&world);
        let probe = world.resource_server("probe", "https://probe.example");
        let (sys, sys_token) = world.member("sys@acme.example", &["sys_admin"]);
        let mixed = made(&world, &sys_token, "personal-access-tokens", &["admin:read", "containers:read"]).1;
        let only_admin = made(&world, &sys_token, "personal-access-tokens", &["admin:read"]).1;
        let alive = |token: &str| is_alive(&world, &held, Kind::PersonalToken, token, &probe);
        assert!(alive(&mixed));
        assert!(!alive(&only_admin) && !alive(&world.owner));
        world.admin_as(&only_admin, "GET", "/groups", None).expect(200);
        // After the demotion, nothing of either token is left.
        world.admin("PATCH", &format!("/members/{sys}"), Some(json!({"roles": ["member"]}))).expect(200);
        assert!(!alive(&mixed) && !alive(&only_admin));
        world.admin_as(&mixed, "GET", "/groups", None).expect(403);
        world.admin_as(&held.acting, "GET", "/groups", None).expect(403);
    }
}
