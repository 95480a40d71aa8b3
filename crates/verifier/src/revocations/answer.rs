//! One answer of the feed, read strictly.

use claviger_contract::parse_strict_json;
use serde::Deserialize;
use uuid::Uuid;

use crate::revocations::digest::Digest;
use crate::revocations::shard::Entry;

/// Why an answer is not believed. The set is dropped with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the answer is none of a feed: {0}")]
    Unreadable(String),
    #[error("the answer has a kind of entry that this version does not know: {0}")]
    UnknownKind(String),
    #[error("the answer is to another request: its nonce is not the one that was sent")]
    Nonce,
    #[error("the answer leaves out what came before: it is not complete")]
    Gap,
    #[error("the answer has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    #[error("a page is of another answer than the first")]
    OtherPages,
    #[error("the pages lead in a circle, or never end")]
    EndlessPages,
    #[error("the set has more entries than this verifier keeps")]
    SetTooLarge,
}

/// Maximum number of entries of one answer.
const MAX_ENTRIES: usize = 10_000;

/// Maximum length of an answer, in bytes.
pub(crate) const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// The largest integer that every JSON reader represents exactly.
const MAX_NUMBER: u64 = 1 << 53;

const MAX_LEASE_MS: u64 = 60_000;

const MAX_CLUSTER_BYTES: usize = 256;

const MAX_CURSOR_BYTES: usize = 4_096;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) cluster: String,
    pub(super) position: u64,
    pub(super) nonce: String,
    pub(super) lease_ms: u64,
    pub(super) complete: bool,
    pub(super) next: Option<String>,
    pub(super) entries: Vec<Entry>,
    /// The keys among the entries that count at once.
    pub(super) withdrawn_keys: Vec<String>,
}

#[derive(Deserialize)]
struct RawAnswer {
    cluster: String,
    position: u64,
    nonce: String,
    lease_ms: u64,
    complete: bool,
    #[serde(deserialize_with = "present")]
    next: Option<String>,
    entries: Vec<RawEntry>,
}

/// A member that may be null, and may not be absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Deserialize)]
struct RawEntry {
    kind: String,
    client_id: Option<Uuid>,
    jti: Option<String>,
    kid: Option<String>,
    audience: Option<String>,
    before: Option<u64>,
    forget_after: u64,
    from: Option<u64>,
}

impl Answer {
    /// Refuses repeated and missing members, other types, and everything beyond its bound. Ignores unknown members.
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let unreadable = |what: &str| Fault::Unreadable(what.to_owned());
        let json = parse_strict_json(body).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let raw: RawAnswer =
            serde_json::from_value(json).map_err(|error| Fault::Unreadable(error.to_string()))?;
        if raw.entries.len() > MAX_ENTRIES {
            return Err(Fault::TooManyEntries);
        }
        if raw.position > MAX_NUMBER {
            return Err(unreadable("position is too large"));
        }
        if !(1..=MAX_LEASE_MS).contains(&raw.lease_ms) {
            return Err(unreadable("lease_ms is not between 1 and 60000"));
        }
        let fits = |text: &str, most: usize| (1..=most).contains(&text.len());
        let next_fits = raw.next.as_deref().is_none_or(|next| fits(next, MAX_CURSOR_BYTES));
        if !fits(&raw.cluster, MAX_CLUSTER_BYTES) || !next_fits {
            return Err(unreadable("cluster or next is empty or too long"));
        }
        let mut withdrawn_keys = Vec::new();
        let mut entries = Vec::with_capacity(raw.entries.len());
        for mut entry in raw.entries {
            entries.push(entry.read()?);
            // Until an entry of later counts, its key stays; from then on the set ends it.
            let is_withdrawn = entry.kind == "key" && entry.from.is_none();
            withdrawn_keys.extend(entry.kid.take().filter(|_| is_withdrawn));
        }
        let RawAnswer { cluster, position, nonce, lease_ms, complete, next, .. } =
            RawAnswer { entries: Vec::new(), ..raw };
        Ok(Self { cluster, position, nonce, lease_ms, complete, next, entries, withdrawn_keys })
    }
}

impl RawEntry {
    fn read(&self) -> Result<Entry, Fault> {
        let missing = || Fault::Unreadable(format!("an entry of kind {} is not whole", self.kind));
        let text = |part: &'static str, of: &Option<String>| {
            of.clone().ok_or_else(|| Fault::Unreadable(format!("an entry lacks {part}")))
        };
        let before = || self.before.filter(|before| *before <= MAX_NUMBER).ok_or_else(missing);
        // A token or a key is dead at every position.
        let (of, before) = match self.kind.as_str() {
            "credential" => (Digest::of_credential(self.client_id.ok_or_else(missing)?), before()?),
            "token" => (Digest::of_token(&text("jti", &self.jti)?), u64::MAX),
            "key" => (Digest::of_key(&text("kid", &self.kid)?), u64::MAX),
            "resource_server" => (Digest::of_resource_server(&text("audience", &self.audience)?), before()?),
            "realm" => (Digest::of_realm(), before()?),
            other => return Err(Fault::UnknownKind(other.chars().take(64).collect())),
        };
        if self.forget_after > MAX_NUMBER || self.from.is_some_and(|from| from > MAX_NUMBER) {
            return Err(missing());
        }
        // Seconds of years after 2106 are those of the last second.
        let seconds = |epoch: u64| u32::try_from(epoch).unwrap_or(u32::MAX);
        Ok(Entry { of, from: self.from.map_or(0, seconds), forget_after: seconds(self.forget_after), before })
    }
}
