//! Everything that a request creates, of every noun, reads back unchanged after a restart and from a backup.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::backups::{change_database, put_back, take};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// Lists of all objects that requests create.
const NOUNS: [&str; 9] = [
    "/service-credentials",
    "/groups",
    "/resources",
    "/scopes",
    "/members",
    "/resource-servers",
    "/api-tokens",
    "/application-credentials",
    "/personal-access-tokens",
];

/// Lists of objects that other requests create.
const KEYS: [&str; 2] = ["/signing-keys", "/registry-tokens"];

fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => any::<char>(),
        6 => prop::char::range(' ', '~'),
        2 => prop::sample::select(vec![
            '\0', '\n', '\u{7f}', '\u{85}', '\u{a0}', '\u{301}', '\u{1100}', '\u{1161}', '\u{200b}', '\u{202e}',
            '\u{3164}', '\u{feff}', '\u{fffe}', '\u{e0041}', '\u{10ffff}', '\\', '"', '\'', 'ß', 'İ', '夜', '😀',
        ]),
    ]
}

pub fn free_text(most: usize) -> impl Strategy<Value = String> {
    let any = prop::collection::vec(character(), 0..=most);
    let any = any.prop_map(|characters| characters.into_iter().collect::<String>());
    let longest = prop::sample::select(vec!["a", "\u{10ffff}", "e\u{301}", "\u{1d160}", "\\u0000", "夜"]);
    let plain = prop::string::string_regex("[A-Za-z0-9._-]{1,8}").expect("an expression");
    let letters = prop::collection::vec(prop::char::range('\u{3041}', '\u{3096}'), 1..=8.min(most));
    let letters = letters.prop_map(|characters| characters.into_iter().collect::<String>());
    prop_oneof![8 => plain, 3 => letters, 3 => any, 1 => longest.prop_map(move |part| part.repeat(most / part.chars().count()))]
}

pub fn end() -> impl Strategy<Value = String> {
    let years = prop::sample::select(vec!["0001", "1969", "2027", "2028", "9998", "9999", "10000", "+10000"]);
    let days = prop::sample::select(vec!["01-01", "02-29", "12-31"]);
    let clocks = prop::sample::select(vec!["00:00:00", "23:59:59", "23:59:60", "23:59:59.999999999"]);
    let zones =
        prop::sample::select(vec!["Z", "z", "+00:00", "-00:01", "+23:59", "-23:59", "+14:00", "-12:00"]);
    (years, days, clocks, zones).prop_map(|(year, day, clock, zone)| format!("{year}-{day}T{clock}{zone}"))
}

pub fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        prop::sample::select(vec![
            json!(0),
            json!(30),
            json!(365),
            json!(900),
            json!(86_400),
            json!(null),
            json!(1e300)
        ]),
    ]
}

/// A request that creates something or is refused.
pub fn creation() -> impl Strategy<Value = (&'static str, Value)> {
    let scopes = || prop::sample::select(vec![json!([]), json!(["ci:read"]), json!(["ci:read", "ci:read"])]);
    let credential =
        (free_text(64), free_text(40), number(), number()).prop_map(|(name, description, days, seconds)| {
            let body = json!({"name": name, "description": description, "validity_days": days,
            "token_ttl_seconds": seconds, "groups": ["builders"], "resources": []});
            ("/service-credentials", body)
        });
    let plain = (free_text(64), free_text(40)).prop_map(|(name, description)| {
        let body = json!({"name": name, "description": description, "validity_days": null,
            "token_ttl_seconds": 900, "groups": []});
        ("/service-credentials", body)
    });
    let group = (free_text(64), free_text(1_000), free_text(40), scopes()).prop_map(
        |(name, description, responsible, scopes)| {
            let body = json!({"name": name, "description": description, "responsible": responsible,
            "scopes": scopes, "resources": []});
            ("/groups", body)
        },
    );
    let resource = (free_text(8), free_text(60)).prop_map(|(name, description)| {
        let body = json!({"type": "source", "name": name, "description": description, "actions": ["read"]});
        ("/resources", body)
    });
    let scope = (free_text(8), free_text(60)).prop_map(|(action, description)| {
        ("/scopes", json!({"scope": format!("t:{action}"), "description": description}))
    });
    let member = (free_text(20), free_text(20), free_text(64)).prop_map(|(local, host, name)| {
        let body =
            json!({"email": format!("{local}@{host}"), "name": name, "roles": ["member"], "groups": []});
        ("/members", body)
    });
    let server = (free_text(64), free_text(20)).prop_map(|(name, path)| {
        ("/resource-servers", json!({"name": name, "audience": format!("https://x.example/{path}")}))
    });
    let tokens =
        prop::sample::select(vec![("/api-tokens", "ci:read"), ("/personal-access-tokens", "admin:read")]);
    let token = (tokens, free_text(60), end()).prop_map(|((path, scope), description, expires_at)| {
        (path, json!({"description": description, "expires_at": expires_at, "scopes": [scope]}))
    });
    let application = (free_text(64), free_text(60), end()).prop_map(|(name, description, expires_at)| {
        let body =
            json!({"name": name, "description": description, "expires_at": expires_at, "scopes": ["ci:read"]});
        ("/application-credentials", body)
    });
    prop_oneof![credential, plain, group, resource, scope, member, server, token, application]
}

/// Every object as the API shows it, without its last use and what is observed of it, which the log does not have.
pub fn shown(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    for noun in NOUNS.into_iter().chain(KEYS) {
        let mut cursor = String::new();
        loop {
            let path = format!("{noun}?limit=200{cursor}");
            let page = world.admin("GET", &path, None).expect(200).json();
            for item in page["items"].as_array().expect("items") {
                let mut item = item.clone();
                for observed in ["last_used_at", "tier", "last_heard_at", "instances"] {
                    item[observed] = Value::Null;
                }
                all.push(item);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    let registry_keys = world.admin("GET", "/registry-keys", None).expect(200).json();
    all.extend(registry_keys["items"].as_array().expect("items").iter().cloned());
    all.push(world.admin("GET", "", None).expect(200).json());
    all
}

on_both_databases! {
    fn created_objects_read_back_from_log_tables_and_backup(world: World) {
        let mut world = world;
        world.group("builders", &["ci:read"]);
        let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
        let made = std::cell::Cell::new(0);
        TestRunner::new(config)
            .run(&creation(), |(path, body)| {
                let answer = world.admin("POST", path, Some(body.clone()));
                prop_assert!(matches!(answer.status, 201 | 400 | 409 | 422), "{path} {body}: {}", answer.text());
                made.set(made.get() + usize::from(answer.status == 201));
                Ok(())
            })
            .expect("no request is answered otherwise");
        assert!(made.get() >= 20, "{} were made", made.get());
        let before = shown(&world);
        world.restart();
        assert_eq!(shown(&world), before);
        let file = take(&world, "everything");
        change_database(&mut world);
        put_back(&world, &file).expect("restored");
        world.restart();
        // Earlier tokens are invalid, including the operator's.
        world.owner = world.operator_token("holder@acme.example");
        let ended = |mut item: Value| {
            item["status"] = Value::Null;
            item
        };
        let (after, before): (Vec<_>, Vec<_>) =
            (shown(&world).into_iter().map(ended).collect(), before.into_iter().map(ended).collect());
        for item in &before {
            assert!(after.contains(item), "{item} is not there any more");
        }
    }

    fn search_for_any_text_is_answered(world: World) {
        let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&(prop::sample::select(NOUNS.to_vec()), free_text(20)), |(noun, text)| {
                for name in ["q", "cursor", "sort", "status", "limit"] {
                    let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, &text).finish();
                    let status = world.admin("GET", &format!("{noun}?{query}"), None).status;
                    prop_assert!(matches!(status, 200 | 422), "{noun} {query}: {status}");
                }
                Ok(())
            })
            .expect("no search is answered otherwise");
        for name in ["actor", "action", "target", "from", "to", "q"] {
            let refused = world.admin("GET", &format!("/audit-events?{name}=a%00b"), None).expect(422).json();
            assert_eq!(crate::answers::fields_at_fault(&refused), [name]);
        }
        let asked = form_urlencoded::Serializer::new(String::new()).append_pair("sort", "name").finish();
        let cursor = base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            json!(["a\0", "b\0", asked]).to_string(),
        );
        for noun in NOUNS {
            let status = world.admin("GET", &format!("{noun}?cursor={cursor}"), None).status;
            assert_eq!(status, 422, "{noun}");
        }
    }
}
