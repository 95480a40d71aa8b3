//! docker's `config.json`. Only `credHelpers` is changed.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::environment::{docker_config_file, registry_helper_files};
use crate::failure::{Exit, Failure};

pub struct DockerConfig {
    pub file: PathBuf,
    members: Map<String, Value>,
    mode: u32,
}

/// Name of the helper. docker adds the prefix `docker-credential-`.
const HELPER: &str = "claviger";

impl DockerConfig {
    /// An empty configuration if there is no file.
    pub fn load() -> Result<Self, Failure> {
        let file = docker_config_file().ok_or_else(|| {
            Failure::usage("cannot locate docker's config.json: set DOCKER_CONFIG or HOME to a folder")
        })?;
        let failed = |what: String| Failure::new(Exit::Failure, format!("{}: {what}", file.display()));
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self { file, members: Map::new(), mode: 0o600 });
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let mode = std::fs::metadata(&file).map_err(|error| failed(error.to_string()))?.permissions().mode();
        match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => Ok(Self { file, members, mode: mode & 0o777 }),
            _ => Err(failed("must be a JSON object: fix the file or move it away".to_owned())),
        }
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
        let configs = files.map(|(members, file)| Self { file, members, mode: 0o600 });
        configs.flat_map(|config| config.helped_registries().into_keys()).collect()
    }

    pub fn help(&mut self, registry: &str) -> Result<(), Failure> {
        let helpers = self.members.entry("credHelpers").or_insert_with(|| json!({}));
        let Some(helpers) = helpers.as_object_mut() else {
            let message = format!("{}: credHelpers must be a JSON object", self.file.display());
            return Err(Failure::new(Exit::Failure, message));
        };
        helpers.insert(registry.to_owned(), json!(HELPER));
        Ok(())
    }

    pub fn as_text(&self) -> String {
        format!("{:#}\n", Value::Object(self.members.clone()))
    }

    /// Replaces the file atomically and keeps its permissions.
    pub fn save(&self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Failure, format!("{} cannot be written: {error}", self.file.display()))
        };
        self.write().map_err(failed)
    }

    fn write(&self) -> std::io::Result<()> {
        if let Some(folder) = self.file.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let beside = self.file.with_extension("json.new");
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut new = OpenOptions::new().write(true).create_new(true).mode(self.mode).open(&beside)?;
        new.write_all(self.as_text().as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&beside, &self.file)
    }
}
