//! docker's `config.json`. Only `credHelpers` is changed.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::environment::{docker_config_file, registry_helper_files};
use crate::failure::{Exit, Failure};
use crate::user_file::UserFile;

pub struct DockerConfig {
    pub file: PathBuf,
    members: Map<String, Value>,
}

/// Name of the helper. docker adds the prefix `docker-credential-`.
const HELPER: &str = "claviger";

impl DockerConfig {
    /// An empty configuration if there is no file.
    pub fn load() -> Result<Self, Failure> {
        let file = located()?;
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::read(file, Some(&text)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Self::read(file, None)
            }
            Err(error) => Err(failed(&file, &error.to_string())),
        }
    }

    fn read(file: PathBuf, text: Option<&str>) -> Result<Self, Failure> {
        match text.map_or_else(|| Ok(json!({})), serde_json::from_str) {
            Ok(Value::Object(members)) => Ok(Self { file, members }),
            _ => Err(failed(&file, "must be a JSON object: fix the file or move it away")),
        }
    }

    /// Registers this helper for the registries. Concurrent changes of this program are all kept.
    pub fn update(registries: &[String]) -> Result<(), Failure> {
        let file = located()?;
        let locked = UserFile::lock(&file)?;
        let text = locked.read()?;
        let mut config = Self::read(file, text.as_ref().map(|text| text.as_str()))?;
        config.help(registries)?;
        locked.replace(&config.as_text())
    }

    /// Registries for which docker calls this helper, with the user name that docker would get.
    pub fn helped_registries(&self) -> BTreeMap<String, String> {
        let helpers = self.members.get("credHelpers").and_then(Value::as_object);
        let ours = helpers.into_iter().flatten().filter(|(_, helper)| *helper == HELPER);
        ours.map(|(registry, _)| (registry.clone(), HELPER.to_owned())).collect()
    }

    /// Registries for which any container program calls this helper. A file that cannot be read adds none.
    pub fn set_up_anywhere() -> Vec<String> {
        let read = |file: PathBuf| serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok();
        let files = registry_helper_files().into_iter().filter_map(|file| read(file.clone()).zip(Some(file)));
        let configs = files.map(|(members, file)| Self { file, members });
        configs.flat_map(|config| config.helped_registries().into_keys()).collect()
    }

    pub fn help(&mut self, registries: &[String]) -> Result<(), Failure> {
        let helpers = self.members.entry("credHelpers").or_insert_with(|| json!({}));
        let Some(helpers) = helpers.as_object_mut() else {
            return Err(failed(&self.file, "credHelpers must be a JSON object"));
        };
        helpers.extend(registries.iter().map(|registry| (registry.clone(), json!(HELPER))));
        Ok(())
    }

    pub fn as_text(&self) -> String {
        format!("{:#}\n", Value::Object(self.members.clone()))
    }
}

fn located() -> Result<PathBuf, Failure> {
    docker_config_file().ok_or_else(|| {
        Failure::usage("cannot locate docker's config.json: set DOCKER_CONFIG or HOME to a folder")
    })
}

fn failed(file: &Path, what: &str) -> Failure {
    Failure::new(Exit::Failure, format!("{}: {what}", file.display()))
}
