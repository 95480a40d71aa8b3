//! A GitHub that answers from a table of its own: which tokens it knows, their scopes, and its organizations.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::private_authority::PrivateAuthority;
use crate::third_party::{Answer, Incoming, ThirdParty};

/// Of the user of each token.
const ORGANIZATIONS: [&str; 2] = ["acme", "acme-labs"];
/// An organization that the user is no member of.
const OTHER_ORGANIZATION: &str = "octo-org";

type Tokens = Arc<Mutex<BTreeMap<String, String>>>;

/// By https: a source type names no other address.
pub struct GitHub {
    /// Of the authority that its certificate comes from, in PEM.
    pub certificate: String,
    server: ThirdParty,
    tokens: Tokens,
}

impl Deref for GitHub {
    type Target = ThirdParty;

    fn deref(&self) -> &ThirdParty {
        &self.server
    }
}

impl GitHub {
    pub fn start() -> Self {
        let tokens = Tokens::default();
        let (authority, known) = (PrivateAuthority::new(), tokens.clone());
        let server = ThirdParty::start_with_tls(&authority, move |incoming| answer(incoming, &known));
        Self { certificate: authority.certificate, server, tokens }
    }

    /// Scopes of a classic token, separated by commas.
    pub fn knows(&self, token: &str, scopes: &str) {
        self.tokens.lock().expect("a lock").insert(token.to_owned(), scopes.to_owned());
    }

    /// An operator's catalog in which the source type `github` is this server.
    pub fn catalog(&self) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vault/catalog.toml");
        let text = std::fs::read_to_string(path).expect("the catalog");
        let part = |begin: &str, end: &str| {
            let from = text.find(begin).unwrap_or_else(|| panic!("no {begin}"));
            let rest = &text[from..];
            rest[..rest[1..].find(end).map_or(rest.len(), |at| at + 1)].to_owned()
        };
        let implied = part("[implies.github]", "\n[");
        let own = part("[[source_type]]\nid = \"github\"\n", "[[source_type]]\n");
        format!("schema_version = 2\n{implied}\n{own}").replace("https://api.github.com", &self.url())
    }
}

fn answer(incoming: &Incoming, tokens: &Tokens) -> Answer {
    let token = incoming.header("authorization").trim_start_matches("Bearer ");
    let Some(scopes) = tokens.lock().expect("a lock").get(token).cloned() else {
        return Answer::json(401, json!({"message": "Bad credentials"}));
    };
    let organization = |name: &str| json!({"login": name});
    let body = match incoming.path.as_str() {
        "/user" => json!({"login": "acme-bot"}),
        "/user/orgs" => Value::from(ORGANIZATIONS.map(organization).to_vec()),
        path => {
            let name = path.strip_prefix("/orgs/").unwrap_or_default();
            if name != OTHER_ORGANIZATION && !ORGANIZATIONS.contains(&name) {
                return Answer::json(404, json!({"message": "Not Found"}));
            }
            organization(name)
        }
    };
    Answer { status: 200, headers: vec![("X-OAuth-Scopes".to_owned(), scopes)], body }
}
