//! The servers that claviger is compared with: the same framework and only the indispensable step.

use std::borrow::Cow;
use std::hint::black_box;
use std::net::SocketAddr;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, Signature,
    UnparsedPublicKey,
};

use crate::failure::{Attempt, while_doing};
use crate::traffic::shape::{AnswerShape, Shape};
use crate::traffic::tally::Expected;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// One ES256 signature per token.
    Sign,
    /// One ES256 verification per introspection.
    Verify,
    /// Parses the form and answers.
    Nothing,
}

impl Work {
    pub fn parse(name: &str) -> Attempt<Self> {
        let known = [Self::Sign, Self::Verify, Self::Nothing].into_iter().find(|work| work.name() == name);
        known.ok_or_else(|| format!("{name} is not a baseline: sign, verify or static are."))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Nothing => "static",
        }
    }
}

/// Runs until the process is killed: one worker, with the same paths, headers and sizes as claviger.
pub fn serve(work: Work, listen: SocketAddr, shape: &Shape) -> Attempt<()> {
    let baseline = Data::new(Baseline::new(work, shape)?);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(baseline.clone())
            .service(web::resource("/realms/{realm}/oauth2/token").route(web::post().to(token)))
            .service(web::resource("/realms/{realm}/oauth2/introspect").route(web::post().to(introspect)))
    });
    let server = server.workers(1).bind(listen).map_err(while_doing(format!("listening on {listen}")))?;
    actix_web::rt::System::new()
        .block_on(server.run())
        .map_err(while_doing(format!("serving the {} baseline", work.name())))
}

async fn token(form: Bytes, baseline: Data<Baseline>) -> HttpResponse {
    let form = TokenForm::parse(&form);
    if form.grant_type.as_deref() != Some("client_credentials") || form.client_secret.is_none() {
        return HttpResponse::BadRequest().finish();
    }
    black_box(&form);
    if baseline.work == Work::Sign {
        let Ok(signature) = baseline.key_pair.sign(&baseline.random, &baseline.message) else {
            return HttpResponse::InternalServerError().finish();
        };
        black_box(signature);
    }
    baseline.token.response()
}

async fn introspect(form: Bytes, baseline: Data<Baseline>) -> HttpResponse {
    let Some((_, token)) = form_urlencoded::parse(&form).find(|(name, _)| name == "token") else {
        return HttpResponse::BadRequest().finish();
    };
    black_box(token);
    if baseline.work == Work::Verify
        && baseline.public_key.verify(&baseline.message, baseline.signature.as_ref()).is_err()
    {
        return HttpResponse::InternalServerError().finish();
    }
    baseline.introspection.response()
}

#[derive(Default)]
struct TokenForm<'a> {
    grant_type: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
}

impl<'a> TokenForm<'a> {
    fn parse(form: &'a [u8]) -> Self {
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            match name.as_ref() {
                "grant_type" => parsed.grant_type = Some(value),
                "client_id" => parsed.client_id = Some(value),
                "client_secret" => parsed.client_secret = Some(value),
                "scope" => parsed.scope = Some(value),
                _ => {}
            }
        }
        parsed
    }
}

struct Baseline {
    work: Work,
    random: SystemRandom,
    key_pair: EcdsaKeyPair,
    public_key: UnparsedPublicKey<Vec<u8>>,
    message: Vec<u8>,
    signature: Signature,
    token: ReadyAnswer,
    introspection: ReadyAnswer,
}

impl Baseline {
    fn new(work: Work, shape: &Shape) -> Attempt<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(while_doing("making a key"))?;
        let key_pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random)
            .map_err(while_doing("reading the key that was just made"))?;
        let public_key = key_pair.public_key().as_ref().to_vec();
        let message = vec![b'm'; shape.signing_input];
        Ok(Self {
            work,
            signature: key_pair.sign(&random, &message).map_err(while_doing("signing"))?,
            random,
            key_pair,
            public_key: UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key),
            message,
            token: ReadyAnswer::new(&shape.token, Expected::Token)?,
            introspection: ReadyAnswer::new(&shape.introspection, Expected::ActiveToken)?,
        })
    }
}

struct ReadyAnswer {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl ReadyAnswer {
    fn new(shape: &AnswerShape, expected: Expected) -> Attempt<Self> {
        let header = |(name, value): &(String, String)| {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(while_doing("copying headers"))?;
            let value = HeaderValue::from_str(value).map_err(while_doing("copying headers"))?;
            Ok((name, value))
        };
        let headers = shape.headers.iter().map(header).collect::<Attempt<_>>()?;
        let mut body = [b"{", expected.marker()].concat();
        body.resize(shape.body.max(body.len()), b' ');
        Ok(Self { headers, body: Bytes::from(body) })
    }

    fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for header in &self.headers {
            response.append_header((header.0.clone(), header.1.clone()));
        }
        response.body(self.body.clone())
    }
}
