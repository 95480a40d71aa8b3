//! What the nodes of a cluster are asked.

use std::time::{Duration, Instant};

use claviger::operator::member_token;
use serde_json::{Value, json};

use crate::nodes::{Cluster, PATIENCE, REALM, client};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Client, settings};

impl Cluster {
    pub fn admin(&self, node: usize, method: &str, path: &str, body: &Value) -> Response {
        self.patiently(node, &self.administration(method, path, body))
    }

    pub fn administration(&self, method: &str, path: &str, body: &Value) -> Request {
        let path = format!("/api/v1/realms/{REALM}{path}");
        Request::json(method, &path, body).bearer(&self.owner)
    }

    /// Valid for one hour, with `admin:read-update`, as the operator of the machine gets it.
    pub fn operator_token(&self, email: &str) -> String {
        let place = settings(self.folder.path(), self.addresses[0], &self.database_url);
        let (realm, email) = (REALM.parse().expect("a label"), email.parse().expect("an address"));
        member_token(&place, &realm, &email).expect("a token").token.expose().to_owned()
    }

    /// Repeats the request while the node answers 503: a machine that is too busy to renew a lease makes it uncertain.
    pub fn patiently(&self, node: usize, request: &Request) -> Response {
        let begun = Instant::now();
        loop {
            let answer = request.send(self.addresses[node]);
            if answer.status != 503 || begun.elapsed() > PATIENCE {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn credential(&self, node: usize, name: &str) -> Client {
        client(&self.patiently(node, &self.creation(name)).expect(201).json())
    }

    pub fn revoke(&self, node: usize, credential: &Client) -> Response {
        self.patiently(node, &self.revocation(credential))
    }

    pub fn revocation(&self, credential: &Client) -> Request {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.administration("POST", &path, &json!({"name": credential.name}))
    }

    pub fn creation(&self, name: &str) -> Request {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["g"]});
        self.administration("POST", "/service-credentials", &body)
    }

    pub fn token(&self, node: usize, credential: &Client) -> Response {
        self.patiently(node, &token_request(credential))
    }

    pub fn token_once(&self, node: usize, credential: &Client) -> Response {
        token_request(credential).send(self.addresses[node])
    }

    /// A token at a node that may apply the credential a moment late: it waits half a second for new rows, and a
    /// stalled disk takes longer.
    pub fn first_token(&self, node: usize, credential: &Client) -> Response {
        let begun = Instant::now();
        loop {
            let answer = self.token(node, credential);
            if answer.status != 401 || begun.elapsed() > PATIENCE {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The node's answer once it is certain.
    pub fn verdict(&self, node: usize, token: &str) -> String {
        self.patiently(node, &self.introspection(token)).expect(200).text()
    }

    pub fn introspect(&self, node: usize, token: &str) -> Response {
        self.introspection(token).send(self.addresses[node])
    }

    pub fn introspection(&self, token: &str) -> Request {
        let path = format!("/realms/{REALM}/oauth2/introspect");
        Request::form(&path, &[("token", token)]).basic(&self.server.id, &self.server.key)
    }
}

pub fn access_token(answer: &Response) -> String {
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

pub fn token_request(credential: &Client) -> Request {
    let form = [("grant_type", "client_credentials")];
    let request = Request::form(&format!("/realms/{REALM}/oauth2/token"), &form);
    request.basic(&credential.id, &credential.key)
}
