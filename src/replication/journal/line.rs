//! One line of the journal.

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::LogHash;
use crate::store::Head;
use claviger_domain::Restriction;

pub const VERSION: u32 = 1;

/// A row of the log, with its cluster id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub cluster: String,
    pub position: Position,
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub hash: LogHash,
    /// When this server read it.
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line of a file.
    Journal { version: u32 },
    /// Nothing after it is missing under the same cluster id.
    Begins {
        #[serde(flatten)]
        place: Place,
    },
    /// Everything up to it was applied.
    Reached {
        #[serde(flatten)]
        place: Place,
    },
    Ended {
        #[serde(flatten)]
        place: Place,
        realm: RealmLabel,
        /// When it would have expired anyway; `None` if never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        what: Restriction,
    },
}

impl Place {
    pub fn head(&self) -> Head {
        Head { position: self.position, hash: self.hash }
    }
}

impl Line {
    pub fn write(&self, to: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *to, self)?;
        to.push(b'\n');
        Ok(())
    }
}

fn as_text<S: Serializer>(hash: &LogHash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogHash, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
