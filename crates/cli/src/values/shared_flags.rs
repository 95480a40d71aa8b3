//! Flags that several commands share.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use claviger_contract::RealmLabel;

use crate::failure::Failure;
use crate::server::authorities::Authorities;
use crate::server::profile::Profile;
use crate::server::profile_files::ProfileFile;
use crate::server::transport::{ServerUrl, Transport};
use crate::terminal::output::Output;
use crate::terminal::secret_input::{PresentedSecret, SecretSource};
use crate::values::identifier::Reference;
use crate::values::profile_choice::ProfileFlag;

/// Which realm of which server, and in which form to show its answers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct Place {
    /// Server URL [default: that of `claviger login`, else http://127.0.0.1:8080]
    #[arg(long, global = true, env = "CLAVIGER_URL", hide_env_values = true, value_name = "URL")]
    url: Option<ServerUrl>,

    /// CA certificates in PEM to trust instead of the system's, for a server with a private CA
    #[arg(long, global = true, env = "CLAVIGER_CA_FILE", hide_env_values = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    #[command(flatten)]
    pub profile: ProfileFlag,

    /// The realm to work in [default: that of `claviger login`]
    #[arg(long, global = true, env = "CLAVIGER_REALM", hide_env_values = true, value_name = "NAME")]
    realm: Option<RealmLabel>,

    /// Allow unencrypted http to other machines; secrets can be read in transit
    #[arg(long, global = true, env = "CLAVIGER_INSECURE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub insecure: bool,

    /// Print the API's JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// A place with every value resolved, and the profile saved for it.
pub struct Settled {
    pub url: ServerUrl,
    pub realm: RealmLabel,
    pub ca_file: Option<PathBuf>,
    /// Secrets of the profile are sent only to its own server and realm.
    pub profile: Option<Profile>,
    insecure: bool,
}

impl Place {
    /// Order of precedence: flags, environment, profile.
    pub fn settle(&self) -> Result<Settled, Failure> {
        self.settle_with(Profile::load(self.profile.choice.as_ref())?)
    }

    /// For a command that saves the profile, which need not be there yet.
    pub fn settle_for_login(&self) -> Result<Settled, Failure> {
        let file = ProfileFile::of(self.profile.choice.as_ref())?;
        self.settle_with(file.map(|file| Profile::load_file(&file.path)).transpose()?.flatten())
    }

    fn settle_with(&self, profile: Option<Profile>) -> Result<Settled, Failure> {
        let known = profile.as_ref();
        let url = match (&self.url, known) {
            (Some(url), _) => url.clone(),
            (None, Some(profile)) => profile.url()?,
            (None, None) => DEFAULT_URL.parse().map_err(Failure::usage)?,
        };
        let missing =
            "no realm is selected: add --realm NAME, set CLAVIGER_REALM, or sign in with `claviger login`";
        let realm = self.realm.clone().or_else(|| known.map(|profile| profile.realm.clone()));
        let realm = realm.ok_or_else(|| Failure::usage(missing))?;
        // The authority of one server is not valid for another.
        let of_this_server = known.filter(|profile| profile.is_at(&url));
        let ca_file =
            self.ca_file.clone().or_else(|| of_this_server.and_then(|profile| profile.ca_file.clone()));
        let profile = profile.filter(|profile| profile.is_of(&url, &realm));
        Ok(Settled { url, realm, ca_file, profile, insecure: self.insecure })
    }

    /// URL of the server, whatever the realm.
    pub fn server(&self) -> Result<Option<ServerUrl>, Failure> {
        match &self.url {
            Some(url) => Ok(Some(url.clone())),
            None => Profile::load(self.profile.choice.as_ref())?.map(|profile| profile.url()).transpose(),
        }
    }
}

impl Settled {
    /// Where the profile was saved for.
    pub fn of_profile(profile: Profile, insecure: bool) -> Result<Self, Failure> {
        let (url, realm, ca_file) = (profile.url()?, profile.realm.clone(), profile.ca_file.clone());
        Ok(Self { url, realm, ca_file, profile: Some(profile), insecure })
    }

    /// For requests that contain a secret.
    pub fn transport(&self) -> Result<Transport, Failure> {
        self.refuse_to_leak()?;
        self.public_transport()
    }

    /// Also called before a secret is read.
    pub fn refuse_to_leak(&self) -> Result<(), Failure> {
        if self.url.is_private() || self.insecure {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{} is not encrypted, so the secret could be read in transit: use https://, or add --insecure \
             (CLAVIGER_INSECURE=1) if the network is private",
            self.url
        )))
    }

    /// For requests that contain no secret.
    pub fn public_transport(&self) -> Result<Transport, Failure> {
        let authorities = match &self.ca_file {
            Some(file) => Some(Authorities::read(file)?),
            None if self.url.is_encrypted() => Some(Authorities::of_the_system()?),
            None => None,
        };
        Ok(Transport::new(self.url.clone(), authorities.as_ref()))
    }
}

/// A place, and the personal access token of whoever works there. It comes from `CLAVIGER_TOKEN` unless a file is named.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct SignedIn {
    #[command(flatten)]
    pub place: Place,

    /// Read your personal access token from this file; - is standard input [default: the token in CLAVIGER_TOKEN, else
    /// the one saved by `claviger login`]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<SecretSource>,

    /// Read from the environment alone: it is refused as an argument, which other users of the machine can see.
    #[arg(long = "token", id = TOKEN_OF_THE_ENVIRONMENT, global = true, hide = true, env = "CLAVIGER_TOKEN", hide_env_values = true)]
    pub token: Option<PresentedSecret>,
}

impl SignedIn {
    /// Order of precedence: `--token-file`, environment, profile.
    pub fn token(&self, settled: &Settled, output: &mut Output) -> Result<Option<PresentedSecret>, Failure> {
        if let Some(source) = &self.token_file {
            return source.read("token", output).map(Some);
        }
        let kept = settled.profile.as_ref().and_then(|profile| profile.personal_access_token.clone());
        Ok(self.token.clone().filter(|token| !token.is_empty()).or(kept))
    }
}

pub const TOKEN_OF_THE_ENVIRONMENT: &str = "token_of_the_environment";

/// An object of a list.
#[derive(Clone, Debug, Args)]
pub struct ListedId {
    /// Its id, or its name if only one has it
    #[arg(value_name = "ID|NAME")]
    pub id: Reference,
}

/// Of commands that answer without a server.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct JsonFlag {
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// Of every command that can take access away.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct WaitFlag {
    /// Wait for all nodes, or also for verifiers [default: verifiers, where there are any]
    #[arg(long, value_name = "WHOM")]
    wait: Option<Wait>,
}

impl WaitFlag {
    /// As the API's parameter `wait`, in the query or in a form.
    pub fn parameter(self) -> Option<(&'static str, &'static str)> {
        self.wait.map(|wait| ("wait", wait.as_str()))
    }
}

/// Whom a revocation waits for: the nodes of the server, or also the resource servers that follow revocations.
// Help for each value would switch the help of every command to its long form.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wait {
    Nodes,
    Verifiers,
}

impl Wait {
    fn as_str(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Verifiers => "verifiers",
        }
    }
}

/// For a flag that empties a list. A list of an edit is `None` if no flag for it was given.
pub fn emptied_if<T>(is_given: bool, list: &mut Option<Vec<T>>) {
    if is_given {
        *list = Some(Vec::new());
    }
}
