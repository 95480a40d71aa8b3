//! The types of sources, to choose one: for a new source credential, or for a new source.

use askama::Template;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;

#[derive(Template)]
#[template(path = "pages/vault/chooser.html")]
pub struct TypeChooserPage {
    pub frame: Frame,
    pub purpose: ChooserFor,
    pub types: Vec<TypeTile>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChooserFor {
    SourceCredential,
    Source,
}

#[derive(Clone, Debug)]
pub struct TypeTile {
    pub name: String,
    /// `cloud`; `2 credentials` for a source.
    pub more: String,
    /// The form.
    pub address: Address,
}

impl TypeTile {
    fn letters(&self) -> String {
        tile_letters(&self.name)
    }
}

impl TypeChooserPage {
    fn title(&self) -> &'static str {
        match self.purpose {
            ChooserFor::SourceCredential => "Add source credential",
            ChooserFor::Source => "Add source",
        }
    }

    fn lede(&self) -> &'static str {
        match self.purpose {
            ChooserFor::SourceCredential => "Choose what it is a credential of.",
            ChooserFor::Source => "Choose what it reads.",
        }
    }

    fn up(&self) -> (Address, &'static str) {
        match self.purpose {
            ChooserFor::SourceCredential => (self.frame.links.source_credentials(), "Source credentials"),
            ChooserFor::Source => (self.frame.links.sources(), "Sources"),
        }
    }
}

/// Two letters instead of a logo: `Gh` of GitHub, `Ab` of Azure Boards, `Ji` of Jira.
pub fn tile_letters(name: &str) -> String {
    let mut letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let first = letters.next();
    let rest: Vec<char> = name.chars().skip(1).collect();
    let begins = |index: usize| {
        let letter = rest.get(index).copied().unwrap_or_default();
        let before = index.checked_sub(1).and_then(|before| rest.get(before)).copied();
        letter.is_uppercase() && before.is_none_or(|before| !before.is_uppercase())
    };
    let second = (0..rest.len()).find(|index| begins(*index)).and_then(|index| rest.get(index).copied());
    let second = second.or_else(|| letters.next());
    let upper = first.into_iter().flat_map(char::to_uppercase);
    upper.chain(second.into_iter().flat_map(char::to_lowercase)).collect()
}

page!(TypeChooserPage);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_have_two_letters() {
        for (name, letters) in [
            ("GitHub", "Gh"),
            ("GitLab (self-managed)", "Gl"),
            ("Azure Boards", "Ab"),
            ("Jira", "Ji"),
            ("AWS", "Aw"),
            ("SonarQube Server", "Sq"),
            ("X", "X"),
            ("", ""),
        ] {
            assert_eq!(tile_letters(name), letters, "{name}");
        }
    }
}
