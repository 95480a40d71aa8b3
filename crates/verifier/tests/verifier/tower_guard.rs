//! The layer for tower answers as RFC 6750 §3 says, and as gRPC does.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use claviger_verifier::testing::Issuer;
use claviger_verifier::tower::GuardLayer;
use claviger_verifier::{ProtectedResource, Protection, Requirement, ScopeSet, VerifiedToken};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::support::block_on;

const ISSUER: &str = "https://tokens.test/realms/acme";
const AUDIENCE: &str = "https://api.test";

/// Answers with the caller's id, as a handler of axum would.
#[derive(Clone)]
struct Handler;

impl Service<Request<()>> for Handler {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let token = request.extensions().get::<VerifiedToken>().expect("the layer let it in");
        ready(Ok(Response::new(token.client_id().to_string())))
    }
}

fn request(path: &str, token: Option<&str>) -> Request<()> {
    let mut request = Request::builder().uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(()).unwrap()
}

fn send<S>(service: &mut S, request: Request<()>) -> Response<String>
where
    S: Service<Request<()>, Response = Response<String>, Error = Infallible>,
{
    block_on(service.call(request)).unwrap()
}

fn header<'a>(response: &'a Response<String>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn protection(issuer: &Issuer) -> Protection {
    let verifier = issuer.verifier(AUDIENCE);
    let resource = ProtectedResource::new(AUDIENCE, &verifier, &ScopeSet::default()).unwrap();
    Protection::new(verifier).with_resource(resource)
}

#[test]
fn layer_lets_in_or_says_why_not() {
    let issuer = Issuer::new(ISSUER);
    let needed = Requirement::scopes("ci:read").unwrap();
    let mut service = GuardLayer::new(protection(&issuer), needed).layer(Handler);
    let id = uuid::Uuid::from_u128(7);
    let token = issuer.mint().client_id(id).scope("ci:read").sign();
    let accepted = send(&mut service, request("/", Some(&token)));
    assert_eq!((accepted.status().as_u16(), accepted.body().as_str()), (200, id.to_string().as_str()));

    let metadata = "resource_metadata=\"https://api.test/.well-known/oauth-protected-resource\"";
    let none = send(&mut service, request("/", None));
    assert_eq!(none.status(), 401);
    assert_eq!(header(&none, "www-authenticate"), format!("Bearer realm=\"api\", {metadata}"));

    issuer.revoke_credential(id);
    let revoked = send(&mut service, request("/", Some(&token)));
    assert_eq!(revoked.status(), 401);
    let challenge = format!("Bearer realm=\"api\", error=\"invalid_token\", {metadata}");
    assert_eq!(header(&revoked, "www-authenticate"), challenge);
    assert!(revoked.body().contains("invalid_token"));

    let narrow = issuer.mint().client_id(id).sign();
    let refused = send(&mut service, request("/", Some(&narrow)));
    assert_eq!(refused.status(), 403, "issued after the revocation, and without the scope");
    assert!(header(&refused, "www-authenticate").contains("scope=\"ci:read\""));

    issuer.lose_lease();
    let undecided = send(&mut service, request("/", Some(&narrow)));
    assert_eq!((undecided.status().as_u16(), header(&undecided, "retry-after")), (503, "1"));
    issuer.regain_lease();
    assert_eq!(send(&mut service, request("/", Some(&narrow))).status(), 403);

    let document = send(&mut service, request("/.well-known/oauth-protected-resource", None));
    assert_eq!(document.status(), 200);
    assert!(document.body().contains(ISSUER));
}

#[test]
fn grpc_services_get_the_status_of_grpc() {
    let issuer = Issuer::new(ISSUER);
    let needed = Requirement::scopes("ci:read").unwrap();
    let mut service = GuardLayer::grpc(protection(&issuer), needed).layer(Handler);
    let (right, narrow) = (issuer.mint().scope("ci:read").sign(), issuer.mint().sign());
    assert_eq!(header(&send(&mut service, request("/", Some(&right))), "grpc-status"), "");
    for (token, code) in [(None, "16"), (Some("x"), "16"), (Some(narrow.as_str()), "7")] {
        let refused = send(&mut service, request("/", token));
        assert_eq!((refused.status().as_u16(), header(&refused, "grpc-status")), (200, code));
        assert!(refused.body().is_empty());
    }
    issuer.lose_lease();
    assert_eq!(header(&send(&mut service, request("/", Some(&right))), "grpc-status"), "14");
}
