//! Acts of every kind, as a client may send them.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Value, json};

use crate::answers::text;
use crate::every_noun_reads_back::{creation, end, free_text, number};
use claviger_testkit::clock::minutes;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Client, World};

/// The number of objects of most nouns. They are named by index.
pub const EACH: usize = 8;

pub const ACTIONS: [&str; 3] = ["read", "write", "manage"];

/// The effect of a request. The variants let a test check that each was performed.
#[derive(Clone, Debug)]
pub enum AnyAct {
    Make(&'static str, Value),
    /// PATCH of an object of the noun, or of the realm.
    Edit(&'static str, Index, Value),
    Delete(&'static str, Index),
    /// POST to a path below an object of the noun.
    Below(&'static str, &'static str, Index, Value),
    /// POST after the next key has been published for long enough.
    Rotate(&'static str, Value),
    RevokeToken(Index),
}

pub const KINDS: [&str; 30] = [
    "DELETE /groups",
    "DELETE /resource-servers",
    "DELETE /resources",
    "DELETE /scopes",
    "PATCH /application-credentials",
    "PATCH /groups",
    "PATCH /members",
    "PATCH /resources",
    "PATCH /scopes",
    "PATCH /service-credentials",
    "PATCH realm",
    "POST /api-tokens/revoke",
    "POST /application-credentials/renew",
    "POST /application-credentials/revoke",
    "POST /members/disable",
    "POST /members/enable",
    "POST /oauth2/revoke",
    "POST /personal-access-tokens/revoke",
    "POST /registry-keys/rotate",
    "POST /resource-servers/renew",
    "POST /registry-tokens/revoke",
    "POST /service-credentials",
    "POST /service-credentials/renew",
    "POST /service-credentials/revoke",
    "POST /signing-keys imported",
    "POST /signing-keys made",
    "POST /signing-keys/rotate",
    "POST /signing-keys/withdraw",
    "POST /groups",
    "POST /members",
];

/// Scopes that nothing holds. Only these are deleted.
pub fn spare_scopes() -> Vec<String> {
    (0..3 * EACH).map(|index| format!("spare:s{index}")).collect()
}

pub fn scopes() -> Vec<String> {
    (0..EACH).map(|index| format!("t:s{index}")).collect()
}

fn groups() -> Vec<String> {
    (0..EACH).map(|index| format!("g{index}")).collect()
}

fn some<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let most = all.len();
    subsequence(all, 0..=most)
}

/// Some resources, and some actions of each.
fn grants() -> impl Strategy<Value = Value> {
    let actions = subsequence(ACTIONS.to_vec(), 1..=ACTIONS.len());
    let grant = |(index, actions)| json!({"resource": format!("source/r{index}"), "actions": actions});
    prop::collection::btree_map(0..EACH, actions, 0..4)
        .prop_map(move |some| some.into_iter().map(grant).collect())
}

/// A subset of a body's fields, so that omitted fields are covered too.
fn partly(body: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (body, any::<u8>()).prop_map(|(mut body, kept)| {
        let mut at = 0;
        body.as_object_mut().expect("an object").retain(|_, _| {
            at += 1;
            kept >> at & 1 == 1
        });
        body
    })
}

fn edit() -> impl Strategy<Value = AnyAct> {
    let described = |noun: &'static str, body: BoxedStrategy<Value>| {
        (any::<Index>(), partly(body)).prop_map(move |(which, body)| AnyAct::Edit(noun, which, body))
    };
    let held = || (some(groups()), grants());
    let credential = held().prop_map(|(groups, resources)| json!({"groups": groups, "resources": resources}));
    let group = (free_text(1_000), free_text(40), some(scopes()), grants()).prop_map(
        |(description, responsible, scopes, resources)| {
            json!({"description": description, "responsible": responsible, "scopes": scopes,
                   "resources": resources})
        },
    );
    let resource = (free_text(60), some(ACTIONS.to_vec()))
        .prop_map(|(description, actions)| json!({"description": description, "actions": actions}));
    let scope = free_text(60).prop_map(|description| json!({"description": description}));
    let roles = some(vec!["sys_admin", "auditor", "member"]);
    let member = (free_text(64), roles, some(groups()))
        .prop_map(|(name, roles, groups)| json!({"name": name, "roles": roles, "groups": groups}));
    let application = (free_text(60), some(scopes()))
        .prop_map(|(description, scopes)| json!({"description": description, "scopes": scopes}));
    let services = some(vec!["r.example", "other.example"]);
    let algorithm = select(vec!["ES256", "EdDSA", "RS256", "none"]);
    let realm = (free_text(60), algorithm, services, number()).prop_map(|(name, alg, services, seconds)| {
        json!({"display_name": name, "default_alg": alg, "registry_services": services,
               "registry_token_ttl_seconds": seconds})
    });
    prop_oneof![
        described("/service-credentials", credential.boxed()),
        described("/groups", group.boxed()),
        described("/resources", resource.boxed()),
        described("/scopes", scope.boxed()),
        described("/members", member.boxed()),
        described("/application-credentials", application.boxed()),
        described("", realm.boxed()),
    ]
}

fn restriction() -> impl Strategy<Value = AnyAct> {
    let nouns = vec!["/groups", "/resources", "/scopes", "/resource-servers"];
    let delete = (select(nouns), any::<Index>()).prop_map(|(noun, which)| AnyAct::Delete(noun, which));
    let nouns = vec![
        ("/members", "disable"),
        ("/members", "enable"),
        ("/resource-servers", "renew"),
        ("/application-credentials", "renew"),
        ("/service-credentials", "revoke"),
        ("/service-credentials", "renew"),
        ("/api-tokens", "revoke"),
        ("/personal-access-tokens", "revoke"),
        ("/application-credentials", "revoke"),
        ("/registry-tokens", "revoke"),
        ("/signing-keys", "withdraw"),
    ];
    let overlap = select(vec![0, 60, 2_592_000]);
    let below = (select(nouns), any::<Index>(), overlap).prop_map(|((noun, act), which, overlap)| {
        let body = match act {
            "renew" => json!({"overlap_seconds": overlap}),
            _ => json!({}),
        };
        AnyAct::Below(noun, act, which, body)
    });
    prop_oneof![4 => delete, 8 => below, 1 => any::<Index>().prop_map(AnyAct::RevokeToken)]
}

fn key(pems: Vec<(&'static str, String)>) -> impl Strategy<Value = AnyAct> {
    let made = select(vec!["ES256", "EdDSA", "RS256"]).prop_map(|alg| json!({"alg": alg}));
    let imported = select(pems).prop_map(|(alg, pem)| json!({"alg": alg, "private_key_pem": pem}));
    let authority = (select(vec!["ES256", "EdDSA"]), any::<bool>())
        .prop_map(|(alg, authority)| json!({"alg": alg, "authority": authority}));
    prop_oneof![
        made.clone().prop_map(|body| AnyAct::Make("/signing-keys", body)),
        imported.clone().prop_map(|body| AnyAct::Make("/signing-keys", body)),
        prop_oneof![made, imported].prop_map(|body| AnyAct::Rotate("/signing-keys/rotate", body)),
        authority.prop_map(|body| AnyAct::Rotate("/registry-keys/rotate", body)),
    ]
}

/// `pems` are importable keys, by algorithm.
pub fn any_act(pems: Vec<(&'static str, String)>) -> impl Strategy<Value = AnyAct> {
    let credential = (free_text(64), some(groups()), grants()).prop_map(|(name, groups, resources)| {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 900, "groups": groups,
                          "resources": resources});
        AnyAct::Make("/service-credentials", body)
    });
    let made = creation().prop_map(|(noun, body)| AnyAct::Make(noun, body));
    let member = (free_text(20), free_text(40), end()).prop_map(|(local, name, _)| {
        let body = json!({"email": format!("{local}@x.example"), "name": name, "roles": ["member"]});
        AnyAct::Make("/members", body)
    });
    // Reuses the names of deleted objects.
    let group = (0..EACH, some(scopes()), grants()).prop_map(|(index, scopes, resources)| {
        let body = json!({"name": format!("g{index}"), "scopes": scopes, "resources": resources});
        AnyAct::Make("/groups", body)
    });
    let resource = (0..EACH).prop_map(|index| {
        let body = json!({"type": "source", "name": format!("r{index}"), "actions": ACTIONS});
        AnyAct::Make("/resources", body)
    });
    prop_oneof![1 => group, 1 => resource, 8 => edit(), 5 => restriction(), 3 => key(pems), 1 => credential, 2 => made, 1 => member]
}

/// The path and the representation of an object of the noun. Never the owner, who performs all acts.
fn pick(world: &World, noun: &str, which: Index) -> Option<(String, Value)> {
    let items = world.admin("GET", &format!("{noun}?limit=200"), None).expect(200).json();
    let mut items = items["items"].as_array().expect("items").clone();
    items.retain(|item| item["email"] != "holder@acme.example" && item["description"] != "tests");
    if items.is_empty() {
        return None;
    }
    let item = which.get(&items).clone();
    let encoded = |name: &str| {
        form_urlencoded::byte_serialize(text(&item[name]).as_bytes()).collect::<String>().replace('+', "%20")
    };
    let path = match noun {
        "/groups" => encoded("name"),
        "/resources" => format!("{}/{}", encoded("type"), encoded("name")),
        "/scopes" => encoded("scope"),
        "/signing-keys" => encoded("kid"),
        _ => encoded("id"),
    };
    Some((format!("{noun}/{path}"), item))
}

impl AnyAct {
    pub fn kind(&self) -> String {
        match self {
            Self::Make("/signing-keys", body) if body["private_key_pem"].is_null() => {
                "POST /signing-keys made".into()
            }
            Self::Make("/signing-keys", _) => "POST /signing-keys imported".into(),
            Self::Make(noun, _) | Self::Rotate(noun, _) => format!("POST {noun}"),
            Self::Edit("", ..) => "PATCH realm".into(),
            Self::Edit(noun, ..) => format!("PATCH {noun}"),
            Self::Delete(noun, _) => format!("DELETE {noun}"),
            Self::Below(noun, act, ..) => format!("POST {noun}/{act}"),
            Self::RevokeToken(_) => "POST /oauth2/revoke".into(),
        }
    }

    /// `None` if no object is left for the act.
    pub fn carry_out(&self, world: &World, clients: &[Client]) -> Option<Response> {
        let post = |path: &str, body: &Value| world.admin("POST", path, Some(body.clone()));
        match self {
            Self::Make(noun, body) => Some(post(noun, body)),
            Self::Rotate(path, body) => {
                world.clock.advance_seconds(minutes(6));
                Some(post(path, body))
            }
            Self::Edit("", _, body) => Some(world.admin("PATCH", "", Some(body.clone()))),
            Self::Edit(noun, which, body) => {
                Some(world.admin("PATCH", &pick(world, noun, *which)?.0, Some(body.clone())))
            }
            Self::Delete(noun, which) => Some(world.admin("DELETE", &pick(world, noun, *which)?.0, None)),
            Self::Below(noun, act, which, body) => {
                let (path, item) = pick(world, noun, *which)?;
                let by_name = *noun == "/service-credentials" && *act == "revoke";
                let body = if by_name { json!({"name": item["name"]}) } else { body.clone() };
                Some(post(&format!("{path}/{act}"), &body))
            }
            Self::RevokeToken(which) => {
                let client = which.get(clients);
                let answer = world.send(&world.token_request(client, &[]));
                let token = (answer.status == 200).then(|| text(&answer.json()["access_token"]))?;
                let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &token)]);
                Some(world.send(&revoke.basic(&client.id, &client.key)))
            }
        }
    }
}
