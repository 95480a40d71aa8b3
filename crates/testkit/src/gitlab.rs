//! A GitLab that answers from a table of its own: which tokens it knows, and their scopes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::private_authority::PrivateAuthority;
use crate::third_party::{Answer, Incoming, ThirdParty};

#[derive(Default)]
struct Known {
    /// The scopes of each token that it knows.
    tokens: BTreeMap<String, Vec<String>>,
    /// The days on which tokens end.
    ends: BTreeMap<String, String>,
}

pub struct GitLab {
    pub address: SocketAddr,
    server: ThirdParty,
    known: Arc<Mutex<Known>>,
}

impl Deref for GitLab {
    type Target = ThirdParty;

    fn deref(&self) -> &ThirdParty {
        &self.server
    }
}

impl GitLab {
    /// It has one group, `acme`.
    pub fn start() -> Self {
        Self::serve(|known| ThirdParty::start(move |incoming| answer(incoming, &known)))
    }

    pub fn start_with_tls(authority: &PrivateAuthority) -> Self {
        Self::serve(|known| ThirdParty::start_with_tls(authority, move |incoming| answer(incoming, &known)))
    }

    fn serve(start: impl FnOnce(Arc<Mutex<Known>>) -> ThirdParty) -> Self {
        let known = Arc::<Mutex<Known>>::default();
        let server = start(known.clone());
        Self { address: server.address, server, known }
    }

    pub fn knows(&self, token: &str, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.known.lock().expect("a lock").tokens.insert(token.to_owned(), scopes);
    }

    /// Refuses the token from now on.
    pub fn forgets(&self, token: &str) {
        self.known.lock().expect("a lock").tokens.remove(token);
    }

    /// A day, as GitLab tells it.
    pub fn ends(&self, token: &str, day: &str) {
        self.known.lock().expect("a lock").ends.insert(token.to_owned(), day.to_owned());
    }
}

fn answer(incoming: &Incoming, known: &Mutex<Known>) -> Answer {
    let (known, token) = (known.lock().expect("a lock"), incoming.header("private-token"));
    match (known.tokens.get(token), incoming.path.as_str()) {
        (None, _) => Answer::json(401, json!({"message": format!("401 Unauthorized: {token}")})),
        (Some(scopes), "/api/v4/personal_access_tokens/self") => {
            let body = json!({
                "id": 7, "name": "claviger", "active": true, "revoked": false, "scopes": scopes,
                "expires_at": known.ends.get(token),
            });
            Answer::json(200, body)
        }
        (Some(_), "/api/v4/groups") => Answer::json(200, json!([{"full_path": "acme", "full_name": "Acme"}])),
        _ => Answer::json(404, json!({"message": "404 Not Found"})),
    }
}
