//! Where profiles are: `profile.json` is the profile `default`, the others are in `profiles`. `current-profile` names the
//! one that is used unless a command says another.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::environment::profile_folder;
use crate::failure::{Exit, Failure};
use crate::user_file::UserFile;
use crate::values::profile_choice::{ProfileChoice, ProfileName};

/// A profile that a command uses.
pub struct ProfileFile {
    pub path: PathBuf,
    /// None for a file that the user named.
    pub name: Option<ProfileName>,
    /// Whether it was selected by its name, so that it must exist.
    pub is_selected: bool,
}

impl ProfileFile {
    /// None if there is no folder for profiles.
    pub fn of(choice: Option<&ProfileChoice>) -> Result<Option<Self>, Failure> {
        let name = match choice {
            Some(ProfileChoice::File(path)) => {
                return Ok(Some(Self { path: path.clone(), name: None, is_selected: false }));
            }
            Some(ProfileChoice::Named(name)) => Some(name.clone()),
            None => None,
        };
        let Some(folder) = profile_folder() else { return Ok(None) };
        let selected = match name {
            Some(name) => Some(name),
            None => selected(&folder)?,
        };
        let is_selected = selected.is_some();
        let name = selected.unwrap_or_else(ProfileName::default_name);
        Ok(Some(Self { path: path_of(&folder, &name), name: Some(name), is_selected }))
    }
}

fn path_of(folder: &Path, name: &ProfileName) -> PathBuf {
    match name.is_default() {
        true => folder.join("profile.json"),
        false => folder.join("profiles").join(format!("{name}.json")),
    }
}

fn selection(folder: &Path) -> PathBuf {
    folder.join("current-profile")
}

/// None if none was selected.
fn selected(folder: &Path) -> Result<Option<ProfileName>, Failure> {
    let file = selection(folder);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(&file, &error.to_string())),
    };
    let name =
        text.trim().parse().map_err(|_| failed(&file, "remove it, or run `claviger profile use NAME`"))?;
    Ok(Some(name))
}

/// The name of the profile that is used unless a command says another.
pub fn current() -> Result<ProfileName, Failure> {
    let folder = profile_folder();
    let selected = folder.map(|folder| selected(&folder)).transpose()?.flatten();
    Ok(selected.unwrap_or_else(ProfileName::default_name))
}

pub fn select(name: &ProfileName) -> Result<(), Failure> {
    let folder = profile_folder().ok_or_else(no_folder)?;
    UserFile::lock(&selection(&folder))?.replace(&format!("{name}\n"))
}

/// Afterwards the profile `default` is used.
pub fn select_none() -> Result<(), Failure> {
    let Some(folder) = profile_folder() else { return Ok(()) };
    let file = selection(&folder);
    if file.exists() {
        UserFile::lock(&file)?.remove()?;
    }
    Ok(())
}

/// In alphabetical order.
pub fn names() -> Result<BTreeSet<ProfileName>, Failure> {
    let Some(folder) = profile_folder() else { return Ok(BTreeSet::new()) };
    let mut names = BTreeSet::new();
    if path_of(&folder, &ProfileName::default_name()).exists() {
        names.insert(ProfileName::default_name());
    }
    let others = folder.join("profiles");
    let entries = match std::fs::read_dir(&others) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
        Err(error) => return Err(failed(&others, &error.to_string())),
    };
    for entry in entries {
        let file = entry.map_err(|error| failed(&others, &error.to_string()))?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(".json")).map(str::parse::<ProfileName>);
        names.extend(name.and_then(Result::ok).filter(|name| !name.is_default()));
    }
    Ok(names)
}

pub fn no_folder() -> Failure {
    Failure::usage("cannot locate the profile: give --profile a file, or set HOME to a folder")
}

fn failed(file: &Path, what: &str) -> Failure {
    Failure::new(Exit::Failure, format!("{}: {what}", file.display()))
}
