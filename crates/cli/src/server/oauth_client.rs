//! Client of the OAuth endpoints of one realm, authenticated as a client or a resource server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_contract::RealmLabel;
use form_urlencoded::byte_serialize;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{HeaderValue, Method, Request};

use crate::failure::{Exit, Failure};
use crate::server::answer::Answer;
use crate::server::identity::Identity;
use crate::server::refusal::accepted;
use crate::server::transport::Transport;
use crate::terminal::output::Output;
use crate::terminal::secret_input::PresentedSecret;
use crate::values::shared_flags::{Place, Settled};

pub struct OAuthClient {
    transport: Transport,
    realm: RealmLabel,
    authorization: HeaderValue,
}

impl OAuthClient {
    pub fn connect(place: &Place, identity: Identity, output: &mut Output) -> Result<Self, Failure> {
        let settled = place.settle()?;
        settled.refuse_to_leak()?;
        let (client_id, key) = identity.settle(settled.profile.as_ref(), output)?;
        Self::of(&settled, &client_id, &key)
    }

    pub fn of(settled: &Settled, client_id: &str, key: &PresentedSecret) -> Result<Self, Failure> {
        // Both parts are form-encoded before they are joined (RFC 6749 §2.3.1).
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(key.expose())));
        let mut authorization = HeaderValue::try_from(format!("Basic {pair}"))
            .map_err(|_| Failure::usage("the client id and key cannot form an Authorization header"))?;
        authorization.set_sensitive(true);
        Ok(Self { transport: settled.transport()?, realm: settled.realm.clone(), authorization })
    }

    pub fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<Answer, Failure> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.transport.server().at(&["realms", self.realm.as_str(), "oauth2", endpoint]))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Some(body))
            .map_err(|error| Failure::usage(format!("the request cannot be built: {error}")))?;
        let answer = accepted(self.transport.send(request)?).map(Answer::new);
        answer.map_err(|failure| {
            failure.with_hint(Exit::NotSignedIn, "Check --client-id, the key in --key-file, and --realm")
        })
    }
}
