//! One line of the journal.

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::LogHash;
use crate::domain::Restriction;
use crate::store::Head;

pub const VERSION: u32 = 1;

/// A row of the log, in the life of the data to which it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub cluster: String,
    pub position: Position,
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub hash: LogHash,
    /// When this server has read it.
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first one of a file.
    Journal { version: u32 },
    /// Of what is behind it in the same life nothing is missing.
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
        /// Then it is over anyway; `None` where it would never be.
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
