//! Text form of any object of the API: every member, in the order of its definition.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Number;

use crate::terminal::cell::{Cell, DIM};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page};
use crate::values::lifetime::Lifetime;

/// An object of an answer. It is shown without knowledge of its members, so that new ones need no code here.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Object(IndexMap<String, Member>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Member {
    Null(()),
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Member>),
    Object(Object),
}

/// Words of member names for which people use another one.
const WORDS: [(&str, &str); 5] = [
    ("alg", "algorithm"),
    ("email", "e-mail"),
    ("ttl", "lifetime"),
    ("updated", "changed"),
    ("usable", "usable from"),
];

/// What the null or the empty list of a member means, where it is more than "none".
const WHEN_EMPTY: [(&str, &str); 3] =
    [("expires_at", "never"), ("last_used_at", "never"), ("registry_services", "any")];

/// The units of values and the names of times, which labels omit.
const SUFFIXES: [&str; 3] = ["_at", "_days", "_seconds"];

impl Readable for Object {
    /// The name as heading, after the type of a resource. Then the other members. Null and empty text are
    /// omitted.
    fn write(&self, page: &mut Page) {
        let name = self.text("name");
        let kind = name.and_then(|_| self.text("type"));
        if let Some(name) = name {
            page.heading(kind.map_or_else(|| name.to_owned(), |kind| format!("{kind}/{name}")));
        }
        let is_in_heading =
            |member: &str| member == "name" && name.is_some() || member == "type" && kind.is_some();
        let mut facts = Facts::default();
        for (member, value) in self.0.iter().filter(|(member, _)| !is_in_heading(member)) {
            if !self.is_beside_its_time(member) {
                facts = facts.list_if(&label(member), self.cells(member, value));
            }
        }
        page.facts(&facts);
    }
}

impl Object {
    fn text(&self, member: &str) -> Option<&str> {
        match self.0.get(member) {
            Some(Member::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// `created_by` is shown with `created_at`.
    fn is_beside_its_time(&self, member: &str) -> bool {
        let event = member.strip_suffix("_by");
        event.is_some_and(|event| self.text(&format!("{event}_at")).is_some())
    }

    /// One per line.
    fn cells(&self, member: &str, value: &Member) -> Vec<Cell> {
        let when_empty = WHEN_EMPTY.iter().find(|(name, _)| *name == member).map(|(_, meaning)| *meaning);
        match value {
            Member::Null(()) => when_empty.map(Cell::from).into_iter().collect(),
            Member::List(items) if items.is_empty() => {
                vec![when_empty.map_or_else(|| Cell::painted(DIM, "none"), Cell::from)]
            }
            Member::List(items) => columns(items),
            Member::Text(text) if text.is_empty() => Vec::new(),
            Member::Text(text) if member == "status" => vec![Cell::status(text)],
            Member::Text(text) => vec![self.with_actor(member, text).into()],
            other => vec![other.on_one_line(member).into()],
        }
    }

    fn with_actor(&self, member: &str, text: &str) -> String {
        let by = member.strip_suffix("_at").and_then(|event| self.0.get(&format!("{event}_by")));
        match by {
            Some(Member::Object(actor)) => {
                let name = actor.text("name").map_or_else(|| actor.on_one_line(), str::to_owned);
                format!("{text} by {name}")
            }
            _ => text.to_owned(),
        }
    }

    fn on_one_line(&self) -> String {
        let (first, others) = self.first_and_others();
        if others.is_empty() { first } else { format!("{first}  {others}") }
    }

    /// The first member, and the others with their labels. A grant is one text, as it is typed. So are the
    /// kind and the name of another object.
    fn first_and_others(&self) -> (String, String) {
        if let (2, Some(resource), Some(Member::List(actions))) =
            (self.0.len(), self.text("resource"), self.0.get("actions"))
        {
            return (format!("{resource}:{}", joined(actions, ",")), String::new());
        }
        if let (Some(kind), Some(name)) = (self.text("kind"), self.text("name")) {
            return (format!("{kind} {name}"), String::new());
        }
        let mut members = self.0.iter();
        let first = members.next().map(|(member, value)| value.on_one_line(member)).unwrap_or_default();
        let others: Vec<String> = members
            .map(|(member, value)| format!("{} {}", words(member), value.on_one_line(member)))
            .collect();
        (first, others.join(", "))
    }
}

impl Member {
    fn on_one_line(&self, member: &str) -> String {
        match self {
            Self::Null(()) => "none".to_owned(),
            Self::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
            Self::Number(number) => match number.as_i64() {
                Some(seconds) if member.ends_with("_seconds") => Lifetime::of_seconds(seconds).to_string(),
                Some(days) if member.ends_with("_days") => format!("{days} days"),
                _ => number.to_string(),
            },
            Self::Text(text) => text.clone(),
            Self::List(items) => joined(items, ", "),
            Self::Object(object) => object.on_one_line(),
        }
    }
}

fn joined(items: &[Member], separator: &str) -> String {
    items.iter().map(|item| item.on_one_line("")).collect::<Vec<_>>().join(separator)
}

/// One item per line. What follows the first member of objects is aligned.
fn columns(items: &[Member]) -> Vec<Cell> {
    let rows: Vec<(String, String)> = items
        .iter()
        .map(|item| match item {
            Member::Object(object) => object.first_and_others(),
            other => (other.on_one_line(""), String::new()),
        })
        .collect();
    let width = rows.iter().map(|(first, _)| first.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(first, others)| format!("{first:width$}  {others}").trim_end().into()).collect()
}

/// `token_ttl_seconds` is "Token lifetime".
fn label(member: &str) -> String {
    let mut label = words(member);
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    label
}

fn words(member: &str) -> String {
    let stem = SUFFIXES.iter().find_map(|suffix| member.strip_suffix(suffix)).unwrap_or(member);
    let word = |word| WORDS.iter().find(|(name, _)| *name == word).map_or(word, |(_, usual)| *usual);
    stem.split('_').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use claviger_api::Edited;

    use super::*;

    fn shown(object: &str) -> String {
        let object: Object = serde_json::from_str(object).expect("an object");
        let mut page = Page::default();
        object.write(&mut page);
        anstream::adapter::strip_str(&page.text(None)).to_string()
    }

    #[test]
    fn every_member_is_shown_in_its_order_and_by_its_kind() {
        let object = r#"{
            "name": "nightly", "status": "active", "description": "", "validity_days": 90, "expires_at": null,
            "token_ttl_seconds": 900, "groups": [], "revoked_at": null,
            "resources": [{"resource": "studio/one", "actions": ["view", "edit"]}],
            "effective_scopes": [
                {"scope": "a:b",
                 "from": [{"kind": "group", "name": "g"}, {"kind": "resource", "name": "a/c"}]},
                {"scope": "aa:bb", "from": [{"kind": "group", "name": "h"}]}
            ],
            "responsible": [{"group": "g", "responsible": "Ada"}],
            "created_at": "2026-01-31T00:00:00Z", "created_by": {"kind": "member", "id": "1", "name": "Ada"},
            "is_new": true, "added_later": {"least": 1, "ttl_seconds": 60}
        }"#;
        let expected = "\
nightly
  Status            active
  Validity          90 days
  Expires           never
  Token lifetime    15m
  Groups            none
  Resources         studio/one:view,edit
  Effective scopes  a:b    from group g, resource a/c
                    aa:bb  from group h
  Responsible       g  responsible Ada
  Created           2026-01-31T00:00:00Z by Ada
  Is new            yes
  Added later       1  lifetime 1m
";
        assert_eq!(shown(object), expected);
    }

    #[test]
    fn resource_is_called_by_its_type_and_name_and_a_nameless_object_has_no_heading() {
        assert_eq!(
            shown(r#"{"type": "studio", "name": "one", "actions": ["view"]}"#),
            "studio/one\n  Actions  view\n"
        );
        assert_eq!(shown(r#"{"kid": "k", "alg": "ES256"}"#), "  Kid        k\n  Algorithm  ES256\n");
    }

    #[test]
    fn members_of_an_edited_object_keep_their_order() {
        let edited = r#"{"z": 1, "receipt": null, "a": 2}"#;
        let edited: Edited<Object> = serde_json::from_str(edited).expect("an edited object");
        assert_eq!(edited.object.0.keys().collect::<Vec<_>>(), ["z", "a"]);
    }
}
