//! The profile that `claviger login` saves: server, realm and credentials. Only its owner can read the file.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use claviger_contract::RealmLabel;
use claviger_domain::MemberTokenId;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::server::profile_files::{ProfileFile, no_folder};
use crate::server::transport::ServerUrl;
use crate::terminal::secret_input::PresentedSecret;
use crate::user_file::UserFile;
use crate::values::profile_choice::ProfileChoice;

#[derive(Clone, Debug)]
pub struct Profile {
    url: String,
    pub realm: RealmLabel,
    pub ca_file: Option<PathBuf>,
    pub personal_access_token: Option<PresentedSecret>,
    /// If `claviger login` had the token made: then `claviger logout` revokes it.
    made_id: Option<MemberTokenId>,
    /// Client id and client key.
    pub client: Option<(String, PresentedSecret)>,
}

/// A personal access token that the server made for one sign-in.
#[derive(Clone, Debug)]
pub struct MadeToken {
    pub id: MemberTokenId,
    pub secret: PresentedSecret,
}

impl Profile {
    pub fn new(url: &ServerUrl, realm: RealmLabel, ca_file: Option<PathBuf>) -> Self {
        let url = url.to_string();
        Self { url, realm, ca_file, personal_access_token: None, made_id: None, client: None }
    }

    /// Keeps a token that somebody gave. Returns the one in its place that a sign-in had made.
    pub fn keep_token(&mut self, token: PresentedSecret) -> Option<MadeToken> {
        let replaced = self.made_token();
        (self.personal_access_token, self.made_id) = (Some(token), None);
        replaced
    }

    /// As [`Self::keep_token`], for a token that was made for this sign-in.
    pub fn keep_made(&mut self, made: MadeToken) -> Option<MadeToken> {
        let replaced = self.keep_token(made.secret);
        self.made_id = Some(made.id);
        replaced
    }

    pub fn made_token(&self) -> Option<MadeToken> {
        let (id, secret) = self.made_id.zip(self.personal_access_token.clone())?;
        Some(MadeToken { id, secret })
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

    /// `None` if no profile is saved. One that was selected by its name must be there.
    pub fn load(choice: Option<&ProfileChoice>) -> Result<Option<Self>, Failure> {
        let Some(file) = ProfileFile::of(choice)? else { return Ok(None) };
        match (Self::load_file(&file.path)?, file.name) {
            (None, Some(name)) if file.is_selected && !name.is_default() => {
                let message = format!(
                    "there is no profile {name}: `claviger login --profile {name}` saves one, and `claviger profile list` \
                     shows what exists"
                );
                Err(Failure::new(Exit::NotSignedIn, message))
            }
            (profile, _) => Ok(profile),
        }
    }

    /// `None` if there is no such file.
    pub fn load_file(file: &Path) -> Result<Option<Self>, Failure> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(file, &error.to_string())),
        };
        Self::read(&text, file).map(Some)
    }

    fn read(text: &str, file: &Path) -> Result<Self, Failure> {
        let known = std::fs::metadata(file).map_err(|error| failed(file, &error.to_string()))?;
        let mode = known.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let what = format!("other users can access it (mode {mode:03o}): restrict it with `chmod 600`");
            return Err(failed(file, &what));
        }
        let damaged = || {
            failed(file, "not in the format that `claviger login` writes: remove it with `claviger logout`")
        };
        let value: Value = serde_json::from_str(text).map_err(|_| damaged())?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let secret = |name: &str| text(name).and_then(|text| text.parse::<PresentedSecret>().ok());
        Ok(Self {
            url: text("url").ok_or_else(damaged)?,
            realm: text("realm").and_then(|realm| realm.parse().ok()).ok_or_else(damaged)?,
            ca_file: text("ca_file").map(PathBuf::from),
            personal_access_token: secret("personal_access_token"),
            made_id: text("personal_access_token_id").and_then(|id| id.parse().ok()),
            client: text("client_id").zip(secret("client_key")),
        })
    }

    /// Replaces what is saved by what `change` makes of it, so that concurrent changes are all kept. Returns the path
    /// of the file.
    pub fn update(
        choice: Option<&ProfileChoice>,
        change: impl FnOnce(Option<Self>) -> Self,
    ) -> Result<PathBuf, Failure> {
        let file = ProfileFile::of(choice)?.ok_or_else(no_folder)?.path;
        let locked = UserFile::lock(&file).map_err(of_the_profile)?;
        let saved = locked.read().map_err(of_the_profile)?;
        let saved = saved.map(|text| Self::read(&text, &file)).transpose()?;
        locked.replace(&change(saved).as_text()).map_err(of_the_profile)?;
        Ok(file)
    }

    fn as_text(&self) -> Zeroizing<String> {
        let mut value = json!({"url": self.url, "realm": self.realm});
        if let Some(ca_file) = &self.ca_file {
            value["ca_file"] = json!(ca_file);
        }
        if let Some(token) = &self.personal_access_token {
            value["personal_access_token"] = json!(token.expose());
        }
        if let Some(id) = &self.made_id {
            value["personal_access_token_id"] = json!(id);
        }
        if let Some((id, key)) = &self.client {
            (value["client_id"], value["client_key"]) = (json!(id), json!(key.expose()));
        }
        Zeroizing::new(format!("{value:#}\n"))
    }

    /// Returns whether there was a profile.
    pub fn remove(choice: Option<&ProfileChoice>) -> Result<bool, Failure> {
        let Some(ProfileFile { path: file, .. }) = ProfileFile::of(choice)? else { return Ok(false) };
        // Where no folder is, none is to be created.
        if !file.exists() {
            return Ok(false);
        }
        UserFile::lock(&file).and_then(|locked| locked.remove()).map_err(of_the_profile)
    }
}

fn failed(file: &Path, what: &str) -> Failure {
    Failure::new(Exit::Failure, format!("the profile {}: {what}", file.display()))
}

fn of_the_profile(failure: Failure) -> Failure {
    Failure::new(failure.exit, format!("the profile {}", failure.message))
}
