//! Signed JWTs (RFC 7519) in the compact form.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use serde_json::{Value, json};

use crate::signing::private_key::SigningKey;

pub fn signed_jwt(key: &SigningKey, claims: &Value, random: &dyn SecureRandom) -> Option<String> {
    let mut header = json!({ "alg": key.algorithm(), "typ": "JWT" });
    if let (Some(id), Some(header)) = (&key.id, header.as_object_mut()) {
        header.insert("kid".to_owned(), Value::from(id.as_str()));
    }
    let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let signature = key.sign(signed.as_bytes(), random)?;
    Some(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}
