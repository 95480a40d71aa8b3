//! `serve --dev`: a temporary server with a realm for experiments.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use claviger_api::Body;
use claviger_contract::{Position, RealmLabel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::administration::{self, Administration, AdministrationError, NewPassword, NewRealm, Preset};
use crate::config::Settings;
use crate::crypto::MasterKeys;
use crate::ledger::{Act, Caller};
use crate::operator::operator;
use crate::replication::ServingLock;
use crate::serve::assemble::{Node, assemble};
use crate::serve::error::ServeError;
use crate::serve::listener::bind;
use crate::serve::run::{run, server_part, system_sources};
use crate::serve::traces::Traces;
use crate::serve::{logging, memory};
use crate::store::Store;
use claviger_domain::{ClientId, EmailAddress, MemberId, MemberTokenKind, Randomness};

/// Everything a new user needs: `quickstart.json` in the data folder, mode 0600.
#[derive(Clone, Serialize, Deserialize)]
pub struct Quickstart {
    pub base_url: String,
    pub realm: String,
    #[serde(default)]
    pub console_url: String,
    pub owner: QuickstartOwner,
    pub client_id: ClientId,
    pub client_key: String,
    pub resource_server: QuickstartServer,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct QuickstartOwner {
    pub email: String,
    pub personal_access_token: String,
    /// Of a local account, for the console.
    #[serde(default)]
    pub password: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct QuickstartServer {
    pub client_id: ClientId,
    pub client_key: String,
    pub audience: String,
}

/// Where a development server writes these facts.
pub fn quickstart_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("quickstart.json")
}

/// The lifetime of the owner's token and of the credential. Both are deleted with the folder.
const TOKEN_SECONDS: i64 = 30 * 86_400;

/// `announce` receives the facts once the address is bound and the realm exists.
pub fn serve_dev(
    settings: &Settings,
    keep: bool,
    announce: impl FnOnce(&Quickstart),
) -> Result<(), ServeError> {
    let traces = Traces::start(settings)?;
    logging::start(settings.log_format, &settings.log_level, traces.as_ref());
    memory::keep_private();
    let (settings, listener) = bind(settings)?;
    let file = quickstart_file(&settings);
    let kept = prepare_folder(&settings.data_dir, &file, keep)?;
    if kept.is_none() {
        refuse_what_is_not_empty(&settings)?;
    }
    let sources = system_sources();
    if !settings.keys_dir.join("master.key").exists() {
        MasterKeys::create(&settings.keys_dir, &*sources.randomness)?;
    }
    let node = assemble(&settings, &sources, server_part(&settings, &*sources.randomness))?;
    let quickstart = match kept {
        Some(kept) => Quickstart {
            base_url: settings.public_url.clone(),
            console_url: console_url(&settings, &kept.realm),
            ..kept
        },
        None => furnish(&settings, &node, &*sources.randomness)?,
    };
    write(&file, &quickstart)?;
    announce(&quickstart);
    run(&settings, listener, node)
}

/// Deletes only what an earlier development server left.
fn prepare_folder(folder: &Path, file: &Path, keep: bool) -> Result<Option<Quickstart>, ServeError> {
    let failed = |source| ServeError::File { path: folder.to_path_buf(), source };
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(error)),
    };
    if empty {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        return Ok(None);
    }
    let text = fs::read(file).map_err(|_| {
        ServeError::Refused(format!(
            "{} is neither empty nor of an earlier `serve --dev`: choose another folder with --data-dir",
            folder.display()
        ))
    })?;
    if keep {
        let kept = serde_json::from_slice(&text);
        return kept.map(Some).map_err(|error| ServeError::Refused(format!("{}: {error}", file.display())));
    }
    drop(ServingLock::take(folder)?);
    let database = folder.join("claviger.db");
    if database.exists() {
        // A server of another data folder may have it open.
        drop(ServingLock::take_database(&database)?);
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|source| ServeError::File { path: path.clone(), source })?;
    }
    Ok(None)
}

/// A database outside the folder is never deleted.
fn refuse_what_is_not_empty(settings: &Settings) -> Result<(), ServeError> {
    if Store::open(&settings.database_url)?.session()?.head()?.position == Position::ZERO {
        return Ok(());
    }
    Err(ServeError::Refused(format!(
        "{} already contains data, but `serve --dev` needs an empty database: choose another one, or add --keep if \
         its quickstart.json still exists",
        settings.database_url
    )))
}

fn furnish(settings: &Settings, node: &Node, randomness: &dyn Randomness) -> Result<Quickstart, ServeError> {
    let administration = &node.state.administration;
    let realm: RealmLabel = text("realm", "demo")?;
    let email: EmailAddress = text("owner", "owner@demo.example")?;
    let by_operator = operator(&realm);
    let new = NewRealm { owner: email.clone(), preset: Some(Preset::Foundries) };
    let first = administration::create_realm(administration, &by_operator, new)?.shown;
    let password = set_password(administration, &by_operator, first.member, randomness)?;
    let owner = Act { caller: Caller::Member { member: first.member, token: first.id }, ..by_operator };
    let new = body(json!({
        "description": "quickstart",
        "expires_at": first.created_at.plus_seconds(TOKEN_SECONDS),
        "scopes": ["admin:read-update"],
    }))?;
    let kind = MemberTokenKind::PersonalAccessToken;
    let token = administration::create_member_token(administration, &owner, kind, new)?;
    let new = body(json!({
        "type": "studio",
        "name": "studio-1",
        "description": "A studio to play with",
        "actions": ["view", "manage"],
    }))?;
    administration::create_resource(administration, &owner, new)?;
    let new = body(json!({
        "name": "builders",
        "description": "What a nightly build needs",
        "responsible": "Team Builders",
        "scopes": ["ci:read", "containers:read", "source:read-update", "targets:read"],
    }))?;
    administration::create_group(administration, &owner, new)?;
    let new = body(json!({"name": "demo-api", "audience": "https://api.demo.example"}))?;
    let server = administration::create_resource_server(administration, &owner, new)?;
    let new = body(json!({
        "name": "nightly-build",
        "description": "The credential of the quick start",
        "validity_days": 90,
        "token_ttl_seconds": 3_600,
        "groups": ["builders"],
        "resources": [{"resource": "studio/studio-1", "actions": ["view"]}],
    }))?;
    let credential = administration::create_credential(administration, &owner, new)?;
    Ok(Quickstart {
        base_url: settings.public_url.clone(),
        realm: realm.to_string(),
        console_url: console_url(settings, realm.as_str()),
        owner: QuickstartOwner {
            email: email.to_string(),
            personal_access_token: token.token.expose().to_owned(),
            password,
        },
        client_id: credential.credential.client_id,
        client_key: credential.client_key.expose().to_owned(),
        resource_server: QuickstartServer {
            client_id: server.server.client_id,
            client_key: server.client_key.expose().to_owned(),
            audience: server.server.audience.to_string(),
        },
    })
}

fn console_url(settings: &Settings, realm: &str) -> String {
    format!("{}/console/{realm}/", settings.public_url)
}

/// Of a local account, so that the console can be used at once.
fn set_password(
    administration: &Administration,
    by_operator: &Act,
    member: MemberId,
    randomness: &dyn Randomness,
) -> Result<String, ServeError> {
    let invited = administration::invite_member(administration, by_operator, member)?;
    let password: String = randomness.bytes::<10>().iter().map(|byte| format!("{byte:02x}")).collect();
    let new =
        NewPassword { secret: invited.secret.expose(), password: &password, address: None, request_id: None };
    administration::accept_invitation(administration, &by_operator.realm, &new)?.unanswered();
    Ok(password)
}

/// A body as a client would send it.
fn body<T: Body>(body: Value) -> Result<T, AdministrationError> {
    let Value::Object(members) = body else {
        return Err(AdministrationError::invalid("body", "must be a JSON object"));
    };
    T::read(None, members).map_err(|faults| AdministrationError::Invalid(faults.errors))
}

fn text<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    text: &str,
) -> Result<T, AdministrationError> {
    text.parse().map_err(|error: T::Err| AdministrationError::invalid(field, error))
}

fn write(file: &Path, quickstart: &Quickstart) -> Result<(), ServeError> {
    let failed = |source| ServeError::File { path: PathBuf::from(file), source };
    let partial = file.with_extension("partial");
    let text = serde_json::to_vec_pretty(quickstart).map_err(|error| failed(error.into()))?;
    // A file left behind would keep its mode.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    let mut written = options.write(true).create_new(true).mode(0o600).open(&partial).map_err(failed)?;
    written.write_all(&text).map_err(failed)?;
    fs::rename(&partial, file).map_err(failed)
}
