//! The query of the feed, parsed strictly: a verifier that asks for something else than it means must notice.

use std::time::Duration;

use claviger_contract::Position;

use crate::revocation::{Acknowledged, Cursor, Nonce};
use claviger_domain::VerifierId;

#[derive(Debug)]
pub struct FeedQuery {
    pub verifier: VerifierId,
    pub nonce: Nonce,
    pub after: Option<Acknowledged>,
    pub cursor: Option<Cursor>,
    pub wait: Duration,
}

const PARAMETERS: [&str; 6] = ["verifier", "nonce", "after", "cluster", "cursor", "wait"];

const MAX_CLUSTER_LENGTH: usize = 64;

/// The values in the order of [`PARAMETERS`].
type Values = [Option<String>; PARAMETERS.len()];

impl FeedQuery {
    /// The error says which parameter is wrong, and what is right.
    pub fn read(query: &str) -> Result<Self, String> {
        let [verifier, nonce, after, cluster, cursor, wait] = values(query)?;
        let verifier = verifier.ok_or("verifier is missing: the id of this run of the verifier")?;
        let nonce = nonce.ok_or("nonce is missing: a random text for each request")?;
        Ok(Self {
            verifier: verifier.parse().map_err(|error| format!("verifier: must be {error}"))?,
            nonce: nonce.parse().map_err(|error| format!("nonce: must be {error}"))?,
            after: acknowledged(after, cluster)?,
            cursor: cursor
                .map(|text| text.parse().map_err(|error| format!("cursor: {error}")))
                .transpose()?,
            wait: wait.map_or(Ok(Duration::ZERO), |text| seconds(&text))?,
        })
    }
}

fn values(query: &str) -> Result<Values, String> {
    let mut values = Values::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = PARAMETERS.iter().position(|known| *known == name);
        let Some(slot) = place.and_then(|place| values.get_mut(place)) else {
            let known = PARAMETERS.join(", ");
            return Err(format!("an unknown parameter: use {known}"));
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(format!("{name} is repeated: send it once"));
        }
    }
    Ok(values)
}

fn acknowledged(after: Option<String>, cluster: Option<String>) -> Result<Option<Acknowledged>, String> {
    match (after, cluster) {
        (None, None) => Ok(None),
        (Some(after), Some(cluster)) => {
            let fits =
                cluster.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if !fits || !(1..=MAX_CLUSTER_LENGTH).contains(&cluster.len()) {
                return Err("cluster: must be the cluster of an earlier answer".to_owned());
            }
            Ok(Some(Acknowledged { cluster, position: position(&after)? }))
        }
        (Some(_), None) => {
            Err("cluster is missing: after= is a position of the cluster= of an answer".to_owned())
        }
        (None, Some(_)) => {
            Err("after is missing: cluster= says which cluster the position after= is of".to_owned())
        }
    }
}

fn position(text: &str) -> Result<Position, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let position = text.parse().ok().filter(|_| is_number).map(Position::new);
    position
        .filter(|position| *position < Position::END)
        .ok_or_else(|| "after: must be the position of an earlier answer".to_owned())
}

/// From 0 to 1, with at most three decimals.
fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "wait: must be a number of seconds from 0 to 1".to_owned();
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let decimals = decimals.unwrap_or("0");
    let is_number = [whole, decimals]
        .iter()
        .all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number {
        return Err(wrong());
    }
    let millis = |part: &str| part.parse::<u64>().map_err(|_| wrong());
    let millis = millis(whole)? * 1_000 + millis(&format!("{decimals:0<3}"))?;
    if millis <= 1_000 { Ok(Duration::from_millis(millis)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "verifier=0123456789abcdef&nonce=n";

    #[test]
    fn every_parameter_is_read() {
        let first = FeedQuery::read(BOTH).expect("a query");
        assert!(first.after.is_none() && first.cursor.is_none() && first.wait.is_zero());
        let next = FeedQuery::read(&format!("{BOTH}&after=7&cluster=c-1&wait=1")).expect("a query");
        let after = Acknowledged { cluster: "c-1".to_owned(), position: Position::new(7) };
        assert_eq!((next.after, next.wait), (Some(after), Duration::from_secs(1)));
        for (text, millis) in [("0", 0), ("0.0", 0), ("0.25", 250), ("0.001", 1), ("1.000", 1_000)] {
            assert_eq!(seconds(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, told) in [
            ("nonce=n", "verifier is missing"),
            ("verifier=0123456789abcdef", "nonce is missing"),
            ("verifier=a&nonce=n", "verifier: must be"),
            ("verifier=0123456789abcde%20&nonce=n", "verifier: must be"),
            ("verifier=0123456789abcdef&nonce=", "nonce: must be"),
            (&format!("{BOTH}&nonce=m"), "nonce is repeated"),
            (&format!("{BOTH}&client_secret=x"), "an unknown parameter: use verifier, nonce, after"),
            (&format!("{BOTH}&after=1"), "cluster is missing"),
            (&format!("{BOTH}&cluster=c"), "after is missing"),
            (&format!("{BOTH}&after=-1&cluster=c"), "after: must be"),
            (&format!("{BOTH}&after=%2B1&cluster=c"), "after: must be"),
            (&format!("{BOTH}&after=&cluster=c"), "after: must be"),
            (&format!("{BOTH}&after=9007199254740991&cluster=c"), "after: must be"),
            (&format!("{BOTH}&after=99999999999999999999&cluster=c"), "after: must be"),
            (&format!("{BOTH}&after=1&cluster="), "cluster: must be"),
            (&format!("{BOTH}&after=1&cluster=%00"), "cluster: must be"),
            (&format!("{BOTH}&cursor=x"), "cursor: not the next"),
            (&format!("{BOTH}&wait=2"), "wait: must be"),
            (&format!("{BOTH}&wait=1.001"), "wait: must be"),
            (&format!("{BOTH}&wait=0.0001"), "wait: must be"),
            (&format!("{BOTH}&wait=-0"), "wait: must be"),
            (&format!("{BOTH}&wait="), "wait: must be"),
            (&format!("{BOTH}&wait=1s"), "wait: must be"),
        ] {
            let error = FeedQuery::read(query).expect_err(query);
            assert!(error.starts_with(told), "{query}: {error}");
        }
    }
}
