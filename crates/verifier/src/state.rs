//! What all threads of a verifier share, and the decision on a token. Without IO.

use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use claviger_contract::{
    CLOCK_LEEWAY_SECONDS, Liveness, Position, RealmLabel, Timestamp, TokenLiveness, UnverifiedAccessToken,
};

use crate::clock::{Clock, seconds, timestamp};
use crate::counts::Counts;
use crate::keys::{Demand, KeyRing, Wanted};
use crate::refused::{InvalidToken, Refused, Undecided};
use crate::requirement::Requirement;
use crate::revocations::{Digest, RevocationSet};
use crate::seen_tokens::{SeenTokens, hash};
use crate::token::{Expected, Keys, KnownState, NotOurs, SignedToken, TokenKind, parse};
use crate::verified_token::{Seen, Subjects, VerifiedToken};

/// The set and its lease: one immutable pair.
pub(crate) struct Leased {
    pub(crate) set: RevocationSet,
    /// On the boot clock.
    pub(crate) lease_end: Duration,
    /// A process that was forked off has no follower, and what the parent acknowledges says nothing about it.
    pub(crate) process: u32,
}

pub(crate) struct State {
    pub(crate) issuer: String,
    pub(crate) realm: RealmLabel,
    pub(crate) audience: String,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) leased: ArcSwapOption<Leased>,
    pub(crate) keys: ArcSwap<KeyRing>,
    pub(crate) demand: Mutex<Demand>,
    /// A demand, the end of a fetch, or the end of the verifier.
    pub(crate) key_news: Condvar,
    pub(crate) seen: SeenTokens,
    pub(crate) counts: Counts,
}

static REALM: LazyLock<Digest> = LazyLock::new(Digest::of_realm);

/// An RFC 7638 thumbprint with SHA-256 has 43 characters; nothing much longer is ever looked for.
const MAX_KID_BYTES: usize = 64;

impl State {
    pub(crate) fn new(
        issuer: String,
        realm: RealmLabel,
        audience: String,
        clock: Box<dyn Clock>,
        max_cache_bytes: usize,
    ) -> Self {
        Self {
            issuer,
            realm,
            audience,
            clock,
            leased: ArcSwapOption::empty(),
            keys: ArcSwap::default(),
            demand: Mutex::default(),
            key_news: Condvar::new(),
            seen: SeenTokens::new(max_cache_bytes),
            counts: Counts::default(),
        }
    }

    pub(crate) fn verify(
        &self,
        unverified: &str,
        requirement: &Requirement,
    ) -> Result<VerifiedToken, Refused> {
        let now = self.clock.since_epoch();
        let seen = self.authenticate(unverified, now)?;
        // Evaluates on one pair, and then compares the clock with the end of that very lease.
        let pair = self.leased.load();
        let Some(pair) = pair.as_deref() else { return Err(Refused::undecided(Undecided::NoLease)) };
        let told = Told { set: &pair.set, subjects: &seen.subjects, now: seconds(now) };
        let is_active = seen.token.is_active(&told, timestamp(now));
        let may_lack = pair.set.may_lack(u32::try_from(seen.token.claims().exp).unwrap_or(u32::MAX));
        if self.clock.since_boot() >= pair.lease_end || std::process::id() != pair.process {
            return Err(Refused::undecided(Undecided::NoLease));
        }
        if !is_active {
            return Err(Refused::Invalid(InvalidToken::Revoked));
        }
        if may_lack {
            return Err(Refused::undecided(Undecided::ClockSetBack));
        }
        let verified = VerifiedToken::new(seen);
        verified.require(requirement).map(|()| verified)
    }

    /// Everything about a token that no feed tells: whether it is whole, ours, for us, and of this time.
    pub(crate) fn authenticate(&self, unverified: &str, now: Duration) -> Result<Arc<Seen>, Refused> {
        if unverified.len() > claviger_contract::MAX_TOKEN_BYTES {
            return Err(NotOurs::Malformed.into());
        }
        let keys = self.keys.load();
        let hash = hash(unverified);
        if let Some(seen) = self.seen.find(&hash)
            && keys.find(seen.token.kid()).is_some()
            && keys.is_fresh(self.clock.since_boot())
        {
            self.counts.cache_hits.increment();
            self.check_times(&seen.token, timestamp(now))?;
            return Ok(seen);
        }
        let parsed = self.parse(unverified)?;
        let usable = self.usable(&keys).filter(|keys| keys.find(&parsed.header.kid).is_some());
        let Some(keys) = usable else { return Err(self.want(&parsed, timestamp(now))) };
        let token = SignedToken::check_parsed(parsed, keys)?;
        self.check_times(&token, timestamp(now))?;
        let seen = Arc::new(Seen::new(token));
        self.seen.insert(hash, seen.clone());
        Ok(seen)
    }

    /// Without the signature.
    pub(crate) fn parse<'a>(&self, unverified: &'a str) -> Result<UnverifiedAccessToken<'a>, Refused> {
        let expected = Expected { issuer: &self.issuer, realm: &self.realm };
        let parsed = parse(unverified, TokenKind::Access, expected)?;
        if parsed.header.kid.len() > MAX_KID_BYTES {
            return Err(NotOurs::UnknownKey.into());
        }
        let aud = &parsed.claims.aud;
        if *aud != self.audience && *aud != self.issuer {
            return Err(Refused::Invalid(InvalidToken::OtherAudience));
        }
        Ok(parsed)
    }

    pub(crate) fn check_times(&self, token: &SignedToken, now: Timestamp) -> Result<(), Refused> {
        check_times(token.facts().issued_at, token.facts().expires_at, now)
    }

    pub(crate) fn demand(&self) -> MutexGuard<'_, Demand> {
        self.demand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usable<'a>(&self, keys: &'a KeyRing) -> Option<&'a KeyRing> {
        (!keys.is_empty() && keys.is_fresh(self.clock.since_boot())).then_some(keys)
    }

    /// Has the key of a token fetched, unless the token is invalid with any key.
    fn want(&self, parsed: &UnverifiedAccessToken<'_>, now: Timestamp) -> Refused {
        let claims = &parsed.claims;
        let (issued_at, expires_at) =
            (Timestamp::from_epoch_seconds(claims.iat), Timestamp::from_epoch_seconds(claims.exp));
        if let Err(refused) = check_times(issued_at, expires_at, now) {
            return refused;
        }
        if self.usable(&self.keys.load()).is_none() {
            return Refused::undecided(Undecided::NoKeys);
        }
        let wanted = self.demand().want(&parsed.header.kid, self.clock.since_boot());
        self.key_news.notify_all();
        match wanted {
            Wanted::Missing => NotOurs::UnknownKey.into(),
            Wanted::InFlight => Refused::undecided(Undecided::KeyInFlight),
            Wanted::After(retry_after) => {
                Refused::Undecided { why: Undecided::KeyFetchedTooRecently, retry_after }
            }
        }
    }
}

fn check_times(issued_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> Result<(), Refused> {
    if now >= expires_at {
        return Err(Refused::Invalid(InvalidToken::Expired));
    }
    if issued_at > now.plus_seconds(CLOCK_LEEWAY_SECONDS) {
        return Err(Refused::Invalid(InvalidToken::NotYetValid));
    }
    Ok(())
}

/// What a set tells about one token at one time.
struct Told<'a> {
    set: &'a RevocationSet,
    subjects: &'a Subjects,
    now: u32,
}

impl Told<'_> {
    fn of(&self, subject: Digest) -> Liveness {
        Liveness::Live { cut: Position::new(self.set.cut(subject, self.now).unwrap_or(0)) }
    }
}

impl KnownState for Told<'_> {
    fn liveness_of(&self, _: &SignedToken) -> TokenLiveness {
        let Subjects { credential, token, grant, key, resource_server } = *self.subjects;
        let is_told = |subject| self.set.cut(subject, self.now).is_some();
        TokenLiveness {
            token_revoked: is_told(token) || (grant != token && is_told(grant)),
            credential: self.of(credential),
            signing_key: if is_told(key) { Liveness::Ended } else { Liveness::Live { cut: Position::ZERO } },
            resource_server: self.of(resource_server),
            realm: self.of(*REALM),
        }
    }
}
