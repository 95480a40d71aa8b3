//! A field of a form.

use crate::parts::{MatrixRow, ScopeWord, columns};

#[derive(Clone, Debug)]
pub enum FormField {
    /// One line.
    Line {
        key: &'static str,
        label: &'static str,
        value: String,
        max: usize,
        hint: &'static str,
        required: bool,
    },
    /// Several lines, which may be empty.
    Area { key: &'static str, label: &'static str, value: String, max: usize, hint: &'static str },
    /// A list to choose from: of several one, or any number.
    Choices {
        key: &'static str,
        legend: &'static str,
        hint: &'static str,
        many: bool,
        choices: Vec<FormChoice>,
    },
    /// Scopes, with the actions on resources.
    Scopes { key: &'static str, matrix: Vec<MatrixRow>, words: Vec<ScopeWord>, more: bool },
}

#[derive(Clone, Debug)]
pub struct FormChoice {
    pub value: String,
    pub title: String,
    pub words: String,
    pub chosen: bool,
    /// Why it cannot be changed by who looks; empty: it can.
    pub locked: &'static str,
}

impl FormField {
    /// `maxlength` counts UTF-16 units, of which a character has up to two.
    pub(super) const fn units(max: &usize) -> usize {
        *max * 2
    }

    pub(super) fn columns(matrix: &[MatrixRow]) -> Vec<&str> {
        columns(matrix)
    }

    pub(super) const fn input(many: &bool) -> &'static str {
        if *many { "checkbox" } else { "radio" }
    }
}
