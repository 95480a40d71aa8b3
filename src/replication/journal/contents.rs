//! The contents of a journal, without expired or repeated entries.

use std::collections::BTreeMap;
use std::path::Path;

use claviger_contract::{RealmLabel, Timestamp};

use crate::replication::journal::error::JournalError;
use crate::replication::journal::line::{Line, Place, VERSION};
use claviger_domain::{Restriction, TrustedNow, needed};

/// A restriction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub place: Place,
    pub realm: RealmLabel,
    pub until: Option<Timestamp>,
    pub what: Restriction,
}

/// The part of a history, under one cluster id, that was read without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub begins: Place,
    pub reached: Place,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The last segment of each cluster id.
    pub segments: BTreeMap<String, Segment>,
    /// In log order; positions grow from one cluster id to the next.
    pub ended: Vec<Ended>,
}

/// For restrictions without an end. A restore of an older backup does not apply them again.
const KEPT_WITHOUT_END_SECONDS: i64 = 730 * 86_400;

/// Margin for a fast wall clock: it must not drop what a slower clock still needs.
const KEPT_SECONDS: i64 = 30 * 86_400;

impl Contents {
    /// Reads the file without an incomplete last line, which a crash leaves behind.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let bytes =
            std::fs::read(path).map_err(|source| JournalError::File { path: path.to_owned(), source })?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        Self::parse(&bytes[..whole]).map_err(|(line, reason)| JournalError::Line {
            path: path.to_owned(),
            line,
            reason,
        })
    }

    /// Parses complete lines. An error contains the line number.
    pub fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        let mut contents = Self::default();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (number, line) in (1..).zip(lines) {
            let line = serde_json::from_slice(line).map_err(|error| (number, error.to_string()))?;
            match (number, line) {
                (1, Line::Journal { version: VERSION }) => {}
                (1, _) => return Err((1, format!("it is not the first line of version {VERSION}"))),
                (_, line) => contents.take(line).map_err(|reason| (number, reason.to_owned()))?,
            }
        }
        contents.ended.sort_by_key(|ended| ended.place.position);
        Ok(contents)
    }

    fn take(&mut self, line: Line) -> Result<(), &'static str> {
        match line {
            Line::Journal { .. } => return Err("a first line is in the middle"),
            Line::Begins { place } => {
                let segment = Segment { begins: place.clone(), reached: place };
                self.segments.insert(segment.begins.cluster.clone(), segment);
            }
            Line::Reached { place } => self.reach(place),
            Line::Ended { place, realm, until, what } => {
                self.reach(place.clone());
                self.ended.push(Ended { place, realm, until, what });
            }
        }
        Ok(())
    }

    /// Without a begin line for its cluster id, an entry is only a known restriction.
    fn reach(&mut self, place: Place) {
        if let Some(segment) = self.segments.get_mut(&place.cluster)
            && segment.reached.position <= place.position
        {
            segment.reached = place;
        }
    }

    /// Removes entries that expired long ago, if the time is trusted, and repeated entries.
    pub fn compact(&mut self, now: Option<TrustedNow>) {
        let known = self.ended.iter().map(|ended| (&ended.realm, ended.place.position, &ended.what));
        let mut needed = needed(known).into_iter();
        self.ended.retain(|ended| {
            let over = now.is_some_and(|now| match ended.until {
                Some(until) => until <= now.minus_seconds(KEPT_SECONDS),
                None => ended.place.at <= now.minus_seconds(KEPT_WITHOUT_END_SECONDS),
            });
            needed.next() == Some(true) && !over
        });
        // Several servers have read the same row.
        self.ended.dedup_by(|one, other| {
            (&one.place.cluster, one.place.position) == (&other.place.cluster, other.place.position)
        });
    }

    /// Adds what another server has recorded.
    pub fn merge(&mut self, other: Self) {
        for (cluster, segment) in other.segments {
            match self.segments.get_mut(&cluster) {
                Some(known) if !known.joins(&segment) => {
                    if known.reached.position < segment.reached.position {
                        *known = segment;
                    }
                }
                Some(known) => {
                    if segment.begins.position < known.begins.position {
                        known.begins = segment.begins;
                    }
                    if segment.reached.position > known.reached.position {
                        known.reached = segment.reached;
                    }
                }
                None => drop(self.segments.insert(cluster, segment)),
            }
        }
        self.ended.extend(other.ended);
        self.ended.sort_by_key(|ended| ended.place.position);
    }

    /// The lines of the file.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let begins = self.segments.values().map(|segment| Line::Begins { place: segment.begins.clone() });
        let ended = self.ended.iter().cloned();
        let ended =
            ended.map(|Ended { place, realm, until, what }| Line::Ended { place, realm, until, what });
        let reached = self.segments.values().map(|segment| Line::Reached { place: segment.reached.clone() });
        std::iter::once(Line::Journal { version: VERSION }).chain(begins).chain(ended).chain(reached)
    }
}

impl Segment {
    /// Whether there is no gap between the two.
    fn joins(&self, other: &Self) -> bool {
        self.begins.position <= other.reached.position && other.begins.position <= self.reached.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::Position;
    use claviger_domain::Key;

    fn place(cluster: &str, position: u64) -> Place {
        Place {
            cluster: cluster.to_owned(),
            position: Position::new(position),
            hash: crate::crypto::LogHash([u8::try_from(position).expect("a small one"); 32]),
            at: Timestamp::from_epoch_seconds(1_800_000_000),
        }
    }

    fn ended(position: u64, kid: &str, until: Option<i64>) -> Line {
        let realm = "acme".parse().expect("a label");
        let until = until.map(Timestamp::from_epoch_seconds);
        let what = Restriction::Deleted(Key::SigningKey(kid.to_owned()));
        Line::Ended { place: place("a", position), realm, until, what }
    }

    fn file(lines: &[Line]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in lines {
            line.write(&mut bytes).expect("JSON");
        }
        bytes
    }

    fn begins(position: u64) -> Line {
        Line::Begins { place: place("a", position) }
    }

    #[test]
    fn a_compacted_journal_says_the_same_of_what_still_matters() {
        let now = Timestamp::from_epoch_seconds(1_800_000_000);
        let long_over = Some(now.epoch_seconds() - KEPT_SECONDS);
        let lines = [
            Line::Journal { version: 1 },
            begins(3),
            ended(4, "k", None),
            ended(5, "over", long_over),
            ended(6, "soon over", long_over.map(|at| at + 1)),
            ended(7, "k", None),
            Line::Reached { place: place("a", 9) },
        ];
        let mut contents = Contents::parse(&file(&lines)).expect("a journal");
        assert_eq!(contents.ended.len(), 4);
        contents.compact(None);
        assert_eq!(contents.ended.len(), 3, "nothing is over while the time cannot be trusted");
        contents.compact(Some(TrustedNow::for_tests(now)));
        let positions: Vec<u64> = contents.ended.iter().map(|ended| ended.place.position.as_u64()).collect();
        assert_eq!(positions, [6, 7]);
        // An entry without an end is kept as long as backups are.
        let mut old = contents.clone();
        let at = |seconds| Some(TrustedNow::for_tests(now.plus_seconds(seconds)));
        old.compact(at(KEPT_WITHOUT_END_SECONDS - 1));
        assert_eq!(old.ended.len(), 1);
        old.compact(at(KEPT_WITHOUT_END_SECONDS));
        assert_eq!((old.ended.len(), &old.segments), (0, &contents.segments));
        let again = Contents::parse(&file(&contents.lines().collect::<Vec<_>>())).expect("a journal");
        assert_eq!(again, contents);
        let segment = &again.segments["a"];
        assert_eq!((segment.begins.clone(), segment.reached.clone()), (place("a", 3), place("a", 9)));
    }

    #[test]
    fn what_is_no_line_is_named_by_its_number() {
        let good = file(&[Line::Journal { version: 1 }, begins(3)]);
        assert_eq!(Contents::parse(&good[1..]).expect_err("no object").0, 1);
        assert_eq!(Contents::parse(&file(&[begins(3)])).expect_err("no first line").0, 1);
        assert_eq!(Contents::parse(&file(&[Line::Journal { version: 2 }])).expect_err("newer").0, 1);
        let newer = String::from_utf8(file(&[ended(4, "k", None)])).expect("text");
        let newer = newer.replace("signing_key_deleted", "signing_key_painted");
        assert_eq!(Contents::parse(&[good, newer.into_bytes()].concat()).expect_err("a new kind").0, 3);
        assert_eq!(Contents::parse(b"").expect("nothing"), Contents::default());
    }
}
