//! The verifier as a service holds it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use crate::introspected_token::{IntrospectedToken, opaque};
use crate::io::{Client, Desk, FeedFollower, SlowPath, Ticket, fetch_keys};
use crate::refused::{Refused, Undecided};
use crate::requirement::Requirement;
use crate::settings::{Builder, ConnectError};
use crate::state::State;
use crate::status::{Status, metrics};
use crate::verified_token::VerifiedToken;

/// Verifies access tokens of one realm for one resource server. Cheap to clone; the last clone that is dropped ends its
/// threads.
///
/// It follows the issuer on threads of its own. It needs no server to be up when it is made: until the first answer of
/// the feed every token is [`Refused::Undecided`].
///
/// After `fork` a child must make one of its own: in it, a verifier of the parent decides on nothing.
#[derive(Clone)]
pub struct Verifier {
    state: Arc<State>,
    /// `None` without an issuer to ask.
    io: Option<Arc<Io>>,
}

struct Io {
    path: Arc<SlowPath>,
    desk: Arc<Desk>,
    follower: Arc<FeedFollower>,
}

/// Threads that wait for the issuer on behalf of requests.
const DESK_THREADS: usize = 4;

impl Verifier {
    /// Starts to follow the issuer. `issuer` is `{public_url}/realms/{realm}`; `audience`, `id` and `key` are those of
    /// the registered resource server.
    ///
    /// ```no_run
    /// use claviger_verifier::{Requirement, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = Verifier::connect(
    ///     "https://tokens.example/realms/acme",
    ///     "https://api.acme.example",
    ///     "0198c9a1-5f1e-7c3a-9b1d-2f6d1c0a7e11",
    ///     &std::fs::read_to_string("/run/secrets/claviger-key")?.trim(),
    /// )?;
    /// let needed = Requirement::scopes("source:read")?;
    /// match verifier.verify("eyJ…", &needed) {
    ///     Ok(token) => println!("called by {}", token.client_id()),
    ///     Err(refused) => println!("{refused}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If a setting is missing or wrong. Never because the issuer is down.
    pub fn connect(issuer: &str, audience: &str, id: &str, key: &str) -> Result<Self, ConnectError> {
        Self::builder(issuer, audience, id, key).connect()
    }

    /// As [`Self::connect`], with further settings.
    #[must_use]
    pub fn builder(issuer: &str, audience: &str, id: &str, key: &str) -> Builder {
        Builder::new(issuer, audience, id, key)
    }

    /// Decides without IO, and never blocks. A token whose key is not known yet, and every token while there is no
    /// lease, is [`Refused::Undecided`]: use [`Self::verify_or_introspect`] to have the issuer asked.
    ///
    /// Does not allocate for a token that was seen before.
    ///
    /// # Errors
    ///
    /// Why the token must not be accepted.
    pub fn verify(
        &self,
        unverified_token: &str,
        requirement: &Requirement,
    ) -> Result<VerifiedToken, Refused> {
        self.counted(self.state.verify(unverified_token, requirement))
    }

    /// As [`Self::verify`]. If that is undecided, waits for the key that is being fetched, and asks the issuer about
    /// the token if there is no lease (RFC 7662). Blocks the thread for some seconds at most, on which no other task
    /// should run: in async code use [`Self::verify_or_introspect_async`].
    ///
    /// # Errors
    ///
    /// Why the token must not be accepted.
    pub fn verify_or_introspect(
        &self,
        unverified_token: &str,
        requirement: &Requirement,
    ) -> Result<VerifiedToken, Refused> {
        let decided = self.state.verify(unverified_token, requirement);
        let decided = match (decided, &self.io) {
            (Err(refused), Some(io)) if may_be_decided(&refused) => {
                io.submit(unverified_token, requirement).wait()
            }
            (decided, _) => decided,
        };
        self.counted(decided)
    }

    /// As [`Self::verify_or_introspect`], without blocking the thread. It needs no particular runtime.
    ///
    /// # Errors
    ///
    /// Why the token must not be accepted.
    pub fn verify_or_introspect_async(
        &self,
        unverified_token: &str,
        requirement: &Requirement,
    ) -> impl Future<Output = Result<VerifiedToken, Refused>> + Send + use<> {
        let decided = self.state.verify(unverified_token, requirement);
        let (decided, ticket) = match (decided, &self.io) {
            (Err(refused), Some(io)) if may_be_decided(&refused) => {
                (Err(refused), Some(io.submit(unverified_token, requirement)))
            }
            (decided, _) => (decided, None),
        };
        let verifier = self.clone();
        async move {
            let decided = match ticket {
                Some(ticket) => ticket.await,
                None => decided,
            };
            verifier.counted(decided)
        }
    }

    /// Asks the issuer about an opaque token, such as a personal access token (RFC 7662). Nothing about one is known
    /// offline, so each call is a request, and a revoked token is refused at once. Does not block the thread, and needs
    /// no particular runtime.
    ///
    /// # Errors
    ///
    /// Why the token must not be accepted: a signed one never is.
    pub fn introspect_opaque_async(
        &self,
        unverified_token: &str,
        requirement: &Requirement,
    ) -> impl Future<Output = Result<IntrospectedToken, Refused>> + Send + use<> {
        let token = opaque(unverified_token).map(str::to_owned);
        let ticket = match (token, &self.io) {
            (Ok(token), Some(io)) => {
                let requirement = requirement.clone();
                Ok(io.desk.submit(move |path| path.introspect_opaque(&token, &requirement)))
            }
            (Ok(_), None) => Err(Refused::undecided(Undecided::IssuerUnavailable)),
            (Err(refused), _) => Err(refused),
        };
        let verifier = self.clone();
        async move {
            let decided = match ticket {
                Ok(ticket) => ticket.await,
                Err(refused) => Err(refused),
            };
            verifier.counted(decided)
        }
    }

    /// The audience of this resource server.
    pub fn audience(&self) -> &str {
        &self.state.audience
    }

    /// The issuer whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        &self.state.issuer
    }

    /// How it is doing.
    pub fn status(&self) -> Status {
        let (followed, key_failure) = match &self.io {
            Some(io) => (io.follower.followed(), io.path.key_failure()),
            None => Default::default(),
        };
        Status::of(&self.state, followed, key_failure)
    }

    /// Metrics `claviger_verifier_*` in the text format of Prometheus, version 0.0.4.
    pub fn metrics(&self) -> String {
        metrics(&self.state, &self.status())
    }

    #[cfg(feature = "testing")]
    pub(crate) fn without_io(state: Arc<State>) -> Self {
        Self { state, io: None }
    }

    fn counted<T>(&self, decided: Result<T, Refused>) -> Result<T, Refused> {
        let counts = &self.state.counts;
        match &decided {
            Ok(_) => counts.accepted.increment(),
            Err(Refused::Invalid(_)) => counts.invalid.increment(),
            Err(Refused::InsufficientScope { .. }) => counts.insufficient_scope.increment(),
            Err(Refused::Undecided { .. }) => counts.undecided.increment(),
        }
        decided
    }
}

impl Builder {
    /// Starts to follow the issuer.
    ///
    /// # Errors
    ///
    /// As [`Verifier::connect`].
    pub fn connect(self) -> Result<Verifier, ConnectError> {
        let realm = self.check()?;
        let client = Client::new(&self.credentials, self.roots).ok_or(ConnectError::ClientKey)?;
        let state = Arc::new(State::new(self.issuer, realm, self.audience, self.clock, self.max_cache_bytes));
        let path = Arc::new(SlowPath::new(state.clone(), client));
        let follower = Arc::new(FeedFollower::new(path.clone()));
        // Whatever is started ends with it, also if the next thread cannot be started.
        let io = Arc::new(Io { path, desk: Arc::default(), follower });
        let max_entries = self.max_entries;
        let follower = io.follower.clone();
        start("claviger-feed", move || follower.follow(max_entries))?;
        let path = io.path.clone();
        start("claviger-keys", move || fetch_keys(&path))?;
        for _ in 0..DESK_THREADS {
            let (desk, path) = (io.desk.clone(), io.path.clone());
            start("claviger-desk", move || desk.work(&path))?;
        }
        Ok(Verifier { state, io: Some(io) })
    }
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), ConnectError> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(|_| ConnectError::Thread)
}

fn may_be_decided(refused: &Refused) -> bool {
    matches!(refused, Refused::Undecided { why, .. } if *why != Undecided::KeyFetchedTooRecently)
}

impl Io {
    fn submit(&self, unverified_token: &str, requirement: &Requirement) -> Ticket<VerifiedToken> {
        let (token, requirement) = (unverified_token.to_owned(), requirement.clone());
        self.desk.submit(move |path| path.decide(&token, &requirement))
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        self.path.stopped.store(true, Ordering::Release);
        // The fetcher looks at the flag under this lock.
        drop(self.path.state.demand());
        self.path.state.key_news.notify_all();
        self.follower.stop();
        self.desk.close();
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.state.issuer)
            .field("audience", &self.state.audience)
            .finish_non_exhaustive()
    }
}
