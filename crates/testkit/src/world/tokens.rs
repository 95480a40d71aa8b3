//! Requests for tokens, and about them.

use serde_json::Value;

use crate::http::Request;
use crate::world::administration::Client;
use crate::world::server::World;

impl World {
    pub fn token_request(&self, client: &Client, parameters: &[(&str, &str)]) -> Request {
        let mut all = vec![("grant_type", "client_credentials")];
        all.extend_from_slice(parameters);
        Request::form(&self.path("/oauth2/token"), &all).basic(&client.id, &client.key)
    }

    pub fn token(&self, client: &Client) -> String {
        self.token_with(client, &[])
    }

    pub fn token_with(&self, client: &Client, parameters: &[(&str, &str)]) -> String {
        let answer = self.send(&self.token_request(client, parameters)).expect(200);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn introspection_request(&self, server: &Client, token: &str) -> Request {
        Request::form(&self.path("/oauth2/introspect"), &[("token", token)]).basic(&server.id, &server.key)
    }

    pub fn introspect(&self, server: &Client, token: &str) -> Value {
        self.send(&self.introspection_request(server, token)).expect(200).json()
    }

    #[track_caller]
    pub fn assert_active(&self, server: &Client, token: &str) {
        assert_eq!(self.introspect(server, token)["active"], true);
    }

    /// Also checks that the response has no other member.
    #[track_caller]
    pub fn assert_inactive(&self, server: &Client, token: &str) {
        let answer = self.send(&self.introspection_request(server, token)).expect(200);
        assert_eq!(answer.text(), r#"{"active":false}"#);
    }
}
