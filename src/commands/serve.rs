//! `claviger serve`: runs a server on this machine.

use std::path::{Path, PathBuf};

use clap::Args;

use claviger_cli::environment::{is_on_path, this_program};
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Facts, Page};

use crate::commands::local_server::{Folders, settings};
use crate::config::Flags;
use crate::serve::{self, Quickstart};

const EXAMPLES: &str = "\
Try it: a demonstration realm with a credential, and a curl line to paste:
  claviger serve --dev

Run it: a master key, a realm with its owner, the server:
  claviger keys init
  claviger realm create acme --owner ada@example.org
  claviger serve

Every setting may also stand in the environment (CLAVIGER_LISTEN, …) or in claviger.toml
(listen = \"…\"). A flag wins over the environment, and that over the file.";

/// Run a server on this machine
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeFlags {
    /// Run a temporary server with a demonstration realm, and print its keys
    ///
    /// Its data is below data/dev and is deleted at the start unless --keep is given.
    #[arg(long)]
    dev: bool,

    /// Keep the data of the previous temporary server
    #[arg(long, requires = "dev")]
    keep: bool,

    /// The address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// Public base URL [default: http:// and the address, on loopback]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// The form of the log on standard error: text or json [default: text]
    #[arg(long, value_name = "FORM")]
    log_format: Option<String>,

    /// Trust this machine's clock although it is behind the newest event of the log
    ///
    /// For a database that was written under a clock that was ahead. Without this, a server whose clock
    /// is behind issues no tokens and deletes nothing until the clock has caught up.
    #[arg(long)]
    trust_clock: bool,

    #[command(flatten)]
    folders: Folders,
}

impl ServeFlags {
    fn flags(&self) -> Flags {
        Flags {
            listen: self.listen.clone(),
            public_url: self.public_url.clone(),
            log_format: self.log_format.clone(),
            trust_clock: self.trust_clock.then_some(true),
            ..self.folders.flags(self.dev)
        }
    }

    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settings = settings(&self.flags())?;
        if !self.dev {
            return Ok(serve::serve(&settings)?);
        }
        let mut shown = Ok(());
        let file = serve::quickstart_file(&settings);
        serve::serve_dev(&settings, self.keep, |server| shown = output.page(&welcome(server, &file)))?;
        shown
    }
}

fn welcome(server: &Quickstart, file: &Path) -> Page {
    let token_endpoint = format!("{}/realms/{}/oauth2/token", server.base_url, server.realm);
    let mut page = Page::default();
    page.heading("Claviger is running with temporary data. Ctrl-C stops it.");
    page.blank();
    page.facts(
        &Facts::default()
            .fact("Server", &server.base_url)
            .fact("Console", &server.console_url)
            .fact("Realm", &server.realm)
            .fact("Token endpoint", &token_endpoint),
    );
    page.blank();
    page.heading("A service credential, for a pipeline");
    page.facts(
        &Facts::default()
            .fact("Client id", server.client_id.to_string())
            .fact("Client key", &server.client_key),
    );
    page.blank();
    page.heading("A resource server, which introspects tokens");
    page.facts(
        &Facts::default()
            .fact("Client id", server.resource_server.client_id.to_string())
            .fact("Client key", &server.resource_server.client_key)
            .fact("Audience", &server.resource_server.audience),
    );
    page.blank();
    page.heading("The owner, who administers the realm");
    page.facts(
        &Facts::default()
            .fact("E-mail", &server.owner.email)
            .fact("Password", &server.owner.password)
            .fact("Personal access token", &server.owner.personal_access_token),
    );
    page.blank();
    page.heading("Get a token: paste this into another terminal");
    page.line(format_args!(
        " curl -sS {token_endpoint} -d grant_type=client_credentials -d client_id={} -d client_secret={}",
        server.client_id, server.client_key
    ));
    page.blank();
    page.heading("Use the command line: paste this");
    page.line(format_args!(
        " export CLAVIGER_URL={} CLAVIGER_REALM={} CLAVIGER_TOKEN={}",
        server.base_url, server.realm, server.owner.personal_access_token
    ));
    if let Some(folder) = folder_beside_the_path() {
        page.line(format_args!(" PATH=\"{}:$PATH\"", folder.display()));
    }
    page.line(" claviger credential list");
    page.blank();
    page.line(format_args!("These values are also in {}.", file.display()));
    page.blank();
    page
}

/// The folder of this program, if a shell does not look there: it was built and not installed.
fn folder_beside_the_path() -> Option<PathBuf> {
    let folder = this_program().ok()?.parent()?.to_owned();
    (!is_on_path(&folder)).then_some(folder)
}
