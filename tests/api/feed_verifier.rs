//! A verifier as a third party would write it from the documentation: it follows the feed and judges tokens by it.

use std::collections::BTreeMap;

use serde_json::Value;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::world::{Client, World};

pub struct Verifier {
    server: Client,
    id: String,
    asked: u32,
    /// The cluster, and the position that is applied.
    pub reached: Option<(String, u64)>,
    /// By kind and what the entry speaks of; entries dated ahead by themselves.
    set: BTreeMap<(String, String, bool), Value>,
}

impl Verifier {
    pub fn of(server: &Client) -> Self {
        Self {
            server: server.clone(),
            id: Self::id_of(server),
            asked: 0,
            reached: None,
            set: BTreeMap::new(),
        }
    }

    /// One for all verifiers of the resource server here.
    pub fn id_of(server: &Client) -> String {
        format!("verifier-{}", server.id)
    }

    fn request(&mut self, world: &World, more: &str) -> (Request, String) {
        self.asked += 1;
        let nonce = format!("nonce-{}", self.asked);
        let mut path = format!("/revocations?verifier={}&nonce={nonce}{more}", self.id);
        if let Some((cluster, position)) = &self.reached {
            path += &format!("&cluster={cluster}&after={position}");
        }
        (Request::get(&world.path(&path)).basic(&self.server.id, &self.server.key), nonce)
    }

    /// Polls until the last page is in. Returns the entries.
    pub fn poll(&mut self, world: &World) -> Vec<Value> {
        let mut pages: Vec<Value> = Vec::new();
        let mut more = String::new();
        loop {
            let (request, nonce) = self.request(world, &more);
            let answer = world.send(&request).expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let page = answer.json();
            assert_eq!((&page["nonce"], &page["lease_ms"]), (&Value::from(nonce), &Value::from(3_000)));
            more = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
            pages.push(page);
            if more.is_empty() {
                return self.apply(&pages);
            }
        }
    }

    fn apply(&mut self, pages: &[Value]) -> Vec<Value> {
        let first = &pages[0];
        if first["complete"] == true {
            self.set.clear();
        }
        let entries: Vec<Value> =
            pages.iter().flat_map(|page| page["entries"].as_array().expect("entries")).cloned().collect();
        entries.iter().for_each(|entry| self.note(entry.clone()));
        let cluster = first["cluster"].as_str().expect("a cluster").to_owned();
        self.reached = Some((cluster, first["position"].as_u64().expect("a position")));
        entries
    }

    fn note(&mut self, entry: Value) {
        let kind = entry["kind"].as_str().expect("a kind").to_owned();
        let named = ["client_id", "jti", "kid", "audience"].iter().find_map(|name| entry[*name].as_str());
        let key = (kind, named.unwrap_or_default().to_owned(), entry.get("from").is_some());
        let before = |entry: &Value| entry["before"].as_u64().unwrap_or_default();
        if self.set.get(&key).is_none_or(|known| before(known) <= before(&entry)) {
            self.set.insert(key, entry);
        }
    }

    /// Whether an entry speaks of the token at this time, in epoch seconds.
    pub fn is_dead(&self, token: &str, now: i64) -> bool {
        let (claims, kid) = (jwt::claims(token), jwt::header(token)["kid"].clone());
        let jti = claims["jti"].as_str().expect("an id");
        let speaks = |entry: &Value| match entry["kind"].as_str().expect("a kind") {
            "realm" => true,
            "key" => entry["kid"] == kid,
            "resource_server" => entry["audience"] == claims["aud"],
            "credential" => entry["client_id"] == claims["client_id"],
            "token" => {
                let named = entry["jti"].as_str().expect("an id");
                named == jti || (jti.len() == 44 && named == &jti[..22])
            }
            kind => panic!("{kind}"),
        };
        let counts = |entry: &Value| {
            let before = entry["before"].as_u64();
            before.is_none_or(|before| claims["pos"].as_u64().expect("a position") < before)
                && entry["from"].as_i64().is_none_or(|from| now >= from)
        };
        self.set.values().any(|entry| speaks(entry) && counts(entry))
    }
}

/// One poll with these parameters.
pub fn poll(world: &World, server: &Client, parameters: &str) -> Response {
    let request = Request::get(&world.path(&format!("/revocations?{parameters}")));
    world.send(&request.basic(&server.id, &server.key))
}
