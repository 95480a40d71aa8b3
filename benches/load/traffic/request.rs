//! Requests, serialized before the measurement starts.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use form_urlencoded::Serializer;

use crate::servers::quickstart::{ClientCredential, Quickstart};

/// The requests of a load, in order. A clone starts at the original's current position.
#[derive(Clone)]
pub struct Requests {
    list: Arc<[Vec<u8>]>,
    position: usize,
    left: usize,
}

impl Requests {
    pub fn endless(request: Vec<u8>) -> Self {
        Self::times(request, usize::MAX)
    }

    pub fn times(request: Vec<u8>, count: usize) -> Self {
        Self { list: [request].into(), position: 0, left: count }
    }

    pub fn each_once(list: Vec<Vec<u8>>) -> Self {
        Self { left: list.len(), list: list.into(), position: 0 }
    }

    pub fn take_next(&mut self) -> Option<&[u8]> {
        self.left = self.left.checked_sub(1)?;
        let request = self.list.get(self.position)?;
        self.position = (self.position + 1) % self.list.len();
        Some(request)
    }
}

pub fn token_request(realm: &str, client: &ClientCredential) -> Vec<u8> {
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &client.client_id)
        .append_pair("client_secret", &client.client_key)
        .finish();
    post(&format!("/realms/{realm}/oauth2/token"), None, &form)
}

pub fn introspection_request(quickstart: &Quickstart, token: &str) -> Vec<u8> {
    let form = Serializer::new(String::new()).append_pair("token", token).finish();
    let path = format!("/realms/{}/oauth2/introspect", quickstart.realm);
    post(&path, Some(&quickstart.resource_server), &form)
}

pub fn revocation_request(quickstart: &Quickstart, id: &str, name: &str) -> Vec<u8> {
    let (realm, token) = (&quickstart.realm, &quickstart.owner.personal_access_token);
    let body = format!(r#"{{"name":"{name}"}}"#);
    format!(
        "POST /api/v1/realms/{realm}/service-credentials/{id}/revoke HTTP/1.1\r\nHost: 127.0.0.1\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn readiness_request() -> Vec<u8> {
    b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_vec()
}

fn post(path: &str, caller: Option<&ClientCredential>, form: &str) -> Vec<u8> {
    // Ids are UUIDs and keys are base62 with an underscore: form-encoding them (RFC 6749 §2.3.1) changes nothing.
    let authorization = caller.map_or(String::new(), |caller| {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", caller.client_id, caller.client_key));
        format!("Authorization: Basic {pair}\r\n")
    });
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{authorization}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}
