//! The profile that `claviger login` saves: server, realm and credentials. Only its owner can read the file.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use claviger_contract::RealmLabel;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::environment::profile_file;
use crate::failure::{Exit, Failure};
use crate::server::transport::ServerUrl;
use crate::terminal::secret_input::PresentedSecret;

#[derive(Clone, Debug)]
pub struct Profile {
    url: String,
    pub realm: RealmLabel,
    pub ca_file: Option<PathBuf>,
    pub personal_access_token: Option<PresentedSecret>,
    /// Client id and client key.
    pub client: Option<(String, PresentedSecret)>,
}

impl Profile {
    pub fn new(url: &ServerUrl, realm: RealmLabel, ca_file: Option<PathBuf>) -> Self {
        Self { url: url.to_string(), realm, ca_file, personal_access_token: None, client: None }
    }

    pub fn url(&self) -> Result<ServerUrl, Failure> {
        self.url.parse().map_err(|error| Failure::usage(format!("the profile's url: {error}")))
    }

    pub fn is_at(&self, url: &ServerUrl) -> bool {
        self.url == url.to_string()
    }

    pub fn is_of(&self, url: &ServerUrl, realm: &RealmLabel) -> bool {
        self.is_at(url) && self.realm == *realm
    }

    /// `None` if no profile is saved.
    pub fn load() -> Result<Option<Self>, Failure> {
        let Some(file) = profile_file() else { return Ok(None) };
        let failed =
            |what: String| Failure::new(Exit::Failure, format!("the profile {}: {what}", file.display()));
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let mode =
            std::fs::metadata(&file).map_err(|error| failed(error.to_string()))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(failed(format!(
                "other users can access it (mode {mode:03o}): restrict it with `chmod 600`"
            )));
        }
        let damaged = || failed("not in the format that `claviger login` writes: sign in again".to_owned());
        let value: Value = serde_json::from_str(&text).map_err(|_| damaged())?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let secret = |name: &str| text(name).and_then(|text| text.parse::<PresentedSecret>().ok());
        Ok(Some(Self {
            url: text("url").ok_or_else(damaged)?,
            realm: text("realm").and_then(|realm| realm.parse().ok()).ok_or_else(damaged)?,
            ca_file: text("ca_file").map(PathBuf::from),
            personal_access_token: secret("personal_access_token"),
            client: text("client_id").zip(secret("client_key")),
        }))
    }

    /// Replaces the file atomically. Returns its path.
    pub fn save(&self) -> Result<PathBuf, Failure> {
        let file = profile_file().ok_or_else(|| {
            Failure::usage("cannot locate the profile: set CLAVIGER_PROFILE to a file, or HOME to a folder")
        })?;
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Failure, format!("the profile {} cannot be written: {error}", file.display()))
        };
        self.write(&file).map_err(failed)?;
        Ok(file)
    }

    fn write(&self, file: &Path) -> std::io::Result<()> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut value = json!({"url": self.url, "realm": self.realm});
        if let Some(ca_file) = &self.ca_file {
            value["ca_file"] = json!(ca_file);
        }
        if let Some(token) = &self.personal_access_token {
            value["personal_access_token"] = json!(token.expose());
        }
        if let Some((id, key)) = &self.client {
            (value["client_id"], value["client_key"]) = (json!(id), json!(key.expose()));
        }
        let text = Zeroizing::new(format!("{value:#}\n"));
        let beside = file.with_extension("new");
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&beside, file)
    }

    /// Returns whether there was a profile.
    pub fn remove() -> Result<bool, Failure> {
        let Some(file) = profile_file() else { return Ok(false) };
        match std::fs::remove_file(&file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::new(Exit::Failure, format!("{}: {error}", file.display()))),
        }
    }
}
