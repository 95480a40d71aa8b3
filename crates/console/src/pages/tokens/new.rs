//! The form, with its matrix of scopes.

use askama::Template;

use crate::frame::Frame;
use crate::links::TokenKind;
use crate::page::page;
use crate::parts::{Fault, Faults, MatrixRow, ScopeWord, columns};
use crate::text::number;

/// `maxlength` counts UTF-16 units, of which a character has up to two.
const MAX_NAME_UNITS: usize = 128;
const MAX_DESCRIPTION_UNITS: usize = 2_000;

/// Presets are submit buttons of the same form: what was typed is kept. They lead to this page, and create nothing.
#[derive(Template)]
#[template(path = "pages/tokens/new.html")]
pub struct NewTokenPage {
    pub frame: Frame,
    pub kind: TokenKind,
    /// Of an application credential.
    pub name: String,
    pub description: String,
    /// `2027-02-26`; empty: never, which only application credentials allow.
    pub expires: String,
    /// Tomorrow, in the same form.
    pub earliest: String,
    /// `In 90 days.`
    pub expires_hint: String,
    /// The preset whose scopes are ticked.
    pub preset: Option<&'static str>,
    /// Kinds of scopes that the member holds, then resources.
    pub matrix: Vec<MatrixRow>,
    /// Whether the member holds scopes of further resources.
    pub more_resources: bool,
    /// Registered scopes of one word that the member holds.
    pub words: Vec<ScopeWord>,
    pub idempotency_key: String,
    pub faults: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    NameMissing,
    /// It is taken, too long, or has characters that nobody sees; with the sentence of the rule.
    Name(&'static str),
    Description(&'static str),
    PastDay,
    NoScope,
    /// Scopes that the member does not hold any more.
    NotHeld,
}

pub fn token_fault(fault: TokenFault) -> Fault {
    let (field, label, sentence) = match fault {
        TokenFault::NameMissing => ("name", "Name", "Give it a name."),
        TokenFault::Name(sentence) => ("name", "Name", sentence),
        TokenFault::Description(sentence) => ("description", "Description", sentence),
        TokenFault::PastDay => ("expires", "Expires", "Choose a day after today."),
        TokenFault::NoScope => ("sc", "Scopes", "Choose at least one scope."),
        TokenFault::NotHeld => ("sc", "Scopes", "You do not hold all of these any more. Choose again."),
    };
    Fault { field, label, sentence: sentence.to_owned(), link: None }
}

struct Preset {
    /// The value of `preset`.
    value: &'static str,
    title: &'static str,
    words: &'static str,
}

const PRESETS: [Preset; 4] = [
    Preset { value: "git", title: "Git", words: "clone, fetch and push" },
    Preset { value: "read-only", title: "Read-only", words: "targets, devices, builds" },
    Preset { value: "read-update", title: "Read and update", words: "targets, devices; see builds" },
    Preset { value: "docker-pull", title: "Docker pull", words: "pull containers" },
];

impl NewTokenPage {
    const MAX_NAME_UNITS: usize = MAX_NAME_UNITS;
    const MAX_DESCRIPTION_UNITS: usize = MAX_DESCRIPTION_UNITS;

    fn title(&self) -> String {
        format!("Create {}", self.kind.one())
    }

    fn presets(&self) -> &'static [Preset] {
        &PRESETS
    }

    fn pressed(&self, preset: &Preset) -> bool {
        self.preset == Some(preset.value)
    }

    fn columns(&self) -> Vec<&str> {
        columns(&self.matrix)
    }

    fn chosen(&self) -> String {
        let in_matrix = self.matrix.iter().flat_map(|row| &row.offered).filter(|cell| cell.ticked).count();
        let count = in_matrix + self.words.iter().filter(|word| word.ticked).count();
        format!("{} chosen", number(&u64::try_from(count).unwrap_or(u64::MAX)))
    }

    fn holds_nothing(&self) -> bool {
        self.matrix.is_empty() && self.words.is_empty()
    }
}

page!(NewTokenPage);
