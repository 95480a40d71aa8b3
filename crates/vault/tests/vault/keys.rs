//! RSA keys for assertions, made anew for each run.

use std::process::Command;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;

pub static RSA_PEM: LazyLock<String> =
    LazyLock::new(|| openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
pub static OTHER_PEM: LazyLock<String> =
    LazyLock::new(|| openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));

pub fn openssl(arguments: &[&str]) -> String {
    let made = Command::new("openssl").args(arguments).output().expect("openssl is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}

/// Whether a form contains an assertion of this client, signed with `RSA_PEM`.
pub fn is_signed(form: &str, client: &str) -> bool {
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    let assertion = pairs.find(|(name, _)| name == "client_assertion");
    assertion.and_then(|(_, jwt)| claims(&jwt)).is_some_and(|claims| {
        claims["iss"] == client && claims["sub"] == client && !claims["jti"].as_str().unwrap().is_empty()
    })
}

/// The claims of a JWT that is signed with `RSA_PEM`.
pub fn claims(jwt: &str) -> Option<Value> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(RSA_PEM.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    let (signed, signature) = jwt.rsplit_once('.')?;
    public.verify(signed.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (_, claims) = signed.split_once('.')?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
