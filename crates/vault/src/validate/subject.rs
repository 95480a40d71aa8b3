//! What is validated: a credential of a source type, for a profile, with the answers so far.

use std::collections::BTreeMap;

use crate::catalog::{AuthMode, Catalog, Profile, SourceType};
use crate::fields::{Fields, Variables};

/// Chosen or typed keys, by question.
pub type Answers = BTreeMap<String, Vec<String>>;

#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) source_type: &'a SourceType,
    pub(crate) mode: &'a AuthMode,
    pub(crate) profile: &'a Profile,
    pub(crate) fields: &'a Fields,
    pub(crate) answers: &'a Answers,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSubject {
    #[error("source_type: {0} does not exist")]
    SourceType(String),
    #[error("auth_mode: {0} is not one of this source type")]
    Mode(String),
    #[error("profile: {0} is not one of this source type")]
    Profile(String),
}

impl<'a> Subject<'a> {
    /// `fields` have passed [`crate::check_fields`] for the same source type and way to authenticate.
    pub fn new(
        catalog: &'a Catalog,
        source_type: &str,
        mode: &str,
        profile: Option<&str>,
        fields: &'a Fields,
        answers: &'a Answers,
    ) -> Result<Self, UnknownSubject> {
        let found = catalog.source_type(source_type);
        let source_type = found.ok_or_else(|| UnknownSubject::SourceType(source_type.to_owned()))?;
        let mode = source_type.mode(mode).ok_or_else(|| UnknownSubject::Mode(mode.to_owned()))?;
        let found = match profile {
            Some(id) => source_type.profile(id),
            None => source_type.default_profile(),
        };
        let profile =
            found.ok_or_else(|| UnknownSubject::Profile(profile.unwrap_or("default").to_owned()))?;
        Ok(Self { catalog, source_type, mode, profile, fields, answers })
    }

    pub(crate) fn variables(&self) -> Variables<'a> {
        Variables::new(self.source_type, self.mode, self.fields)
    }
}
