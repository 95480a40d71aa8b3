//! Templates of the catalog: literal text with `{name}`, `{name.0}`, `{name|path}` and `{name|trim}`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// All but the unreserved characters of RFC 3986 §2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text with variables. A brace that opens no variable is literal, as in Jenkins' tree ranges and GraphQL.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Literal(String),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Without the index.
    pub name: String,
    pub index: Option<usize>,
    pub filter: Option<Filter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Percent-encodes one path segment.
    Path,
    /// Drops a trailing slash.
    Trim,
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl Template {
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            literal.push_str(&rest[..open]);
            let after = &rest[open + 1..];
            match after
                .find('}')
                .and_then(|close| Variable::parse(&after[..close]).map(|found| (found, close)))
            {
                Some((variable, close)) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Variable(variable));
                    rest = &after[close + 1..];
                }
                None => {
                    literal.push('{');
                    rest = after;
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Self { parts }
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Literal(_) => None,
        })
    }

    /// `None` when a variable has no value: what needs it is skipped.
    pub fn render(&self, value: &dyn Fn(&Variable) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(variable) => text.push_str(&variable.filtered(value(variable)?)?),
            }
        }
        Some(text)
    }
}

impl Variable {
    /// The text between two braces, if it is `[a-z_][a-z0-9_.]*(\|path|\|trim)?`.
    fn parse(text: &str) -> Option<Self> {
        let (path, filter) = match text.split_once('|') {
            None => (text, None),
            Some((path, "path")) => (path, Some(Filter::Path)),
            Some((path, "trim")) => (path, Some(Filter::Trim)),
            Some(_) => return None,
        };
        let begins = path.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let continues = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        if !begins || !path.chars().all(continues) {
            return None;
        }
        let indexed = path.split_once('.').and_then(|(name, index)| Some((name, index.parse().ok()?)));
        let (name, index) = indexed.map_or((path, None), |(name, index)| (name, Some(index)));
        Some(Self { name: name.to_owned(), index, filter })
    }

    fn filtered(&self, value: String) -> Option<String> {
        match self.filter {
            None => Some(value),
            Some(Filter::Trim) => Some(value.strip_suffix('/').unwrap_or(&value).to_owned()),
            // URL parsers resolve these even when they are encoded, so they would name another folder.
            Some(Filter::Path) if value == "." || value == ".." => None,
            Some(Filter::Path) => Some(utf8_percent_encode(&value, SEGMENT).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Option<String> {
        Template::new(text).render(&|variable| match (variable.name.as_str(), variable.index) {
            ("a", None) => Some("x/y z".to_owned()),
            ("base", None) => Some("https://h/".to_owned()),
            ("list", Some(index)) => ["one", "two"].get(index).map(|item| (*item).to_owned()),
            ("dots", None) => Some("..".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn variables_are_replaced_and_other_braces_are_literal() {
        for (text, expected) in [
            ("", Some("")),
            ("{a}", Some("x/y z")),
            ("{a|path}", Some("x%2Fy%20z")),
            ("{base|trim}/v2", Some("https://h/v2")),
            ("{base}v2", Some("https://h/v2")),
            ("{list.0}-{list.1}", Some("one-two")),
            ("{list.2}", None),
            ("{list}", None),
            ("{missing}", None),
            ("{dots|path}", None),
            ("jobs[name]{0,1}", Some("jobs[name]{0,1}")),
            ("{ viewer { user { uuid } } }", Some("{ viewer { user { uuid } } }")),
            ("{a|upper}", Some("{a|upper}")),
            ("{A}", Some("{A}")),
            ("{", Some("{")),
            ("}{", Some("}{")),
            ("{{a}}", Some("{x/y z}")),
            ("{}", Some("{}")),
            ("é{a}é", Some("éx/y zé")),
        ] {
            assert_eq!(render(text).as_deref(), expected, "{text}");
        }
    }
}
