//! Entity tags of objects (RFC 9110 §8.8.3) and the request conditions on them.

use std::fmt;
use std::str::FromStr;

/// A strong tag as in the header, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// `opaque` must consist of letters and digits.
    pub fn new(opaque: &str) -> Self {
        Self(format!("\"{opaque}\""))
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The value of `If-Match` or `If-None-Match` (RFC 9110 §13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagList {
    /// `*`
    Any,
    /// As in the header: quoted, weak tags with their `W/`.
    These(Vec<String>),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("* or entity tags as received, in quotes, separated by commas")]
pub struct InvalidTagList;

impl TagList {
    /// The strong comparison: a weak tag never matches.
    pub fn matches(&self, tag: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.contains(&tag.0),
        }
    }

    /// The weak comparison, for conditional reads.
    pub fn matches_weakly(&self, tag: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|one| one.strip_prefix("W/").unwrap_or(one) == tag.0),
        }
    }
}

impl FromStr for TagList {
    type Err = InvalidTagList;

    /// Tags of this server contain no comma, so a list is split at every comma.
    fn from_str(text: &str) -> Result<Self, InvalidTagList> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags: Vec<String> = tags.map(checked).collect::<Result<_, _>>()?;
        if tags.is_empty() { Err(InvalidTagList) } else { Ok(Self::These(tags)) }
    }
}

fn checked(tag: &str) -> Result<String, InvalidTagList> {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(InvalidTagList)?;
    if inner.contains('"') { Err(InvalidTagList) } else { Ok(tag.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_matches_what_stands_in_it() {
        let tag = EntityTag::new("abc");
        for (list, strong, weak) in [
            ("*", true, true),
            ("\"abc\"", true, true),
            (" \"x\" , \"abc\"", true, true),
            ("W/\"abc\"", false, true),
            ("\"abcd\"", false, false),
        ] {
            let parsed: TagList = list.parse().unwrap();
            assert_eq!((parsed.matches(&tag), parsed.matches_weakly(&tag)), (strong, weak), "{list}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for list in ["", ",", "abc", "\"abc", "abc\"", "\"a\"b\"", "*, \"a\"", "w/\"a\""] {
            assert_eq!(list.parse::<TagList>(), Err(InvalidTagList), "{list}");
        }
    }
}
