//! `claviger registry-ca`, `registry-key`, `registry-token`: what container registries and their clients need.

use clap::{Args, Subcommand};
use claviger_api::{Items, Listed, RegistryKeyView, RegistryTokenView};
use serde_json::json;
use ureq::http::{Method, Request};

use crate::commands::realms::receipt::write_receipt;
use crate::commands::realms::signing_key::key_body;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags, YesFlag};
use crate::server::refusal::accepted;
use crate::terminal::cell::Cell;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page, Table};
use crate::terminal::secret_input::SecretSource;
use crate::values::identifier::Reference;
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::shared_flags::{Place, SignedIn, WaitFlag};
use claviger_domain::Algorithm;

const CA_EXAMPLE: &str = "\
Example:
  claviger registry-ca --realm acme > /etc/docker-registry/claviger.pem";

/// Print the certificate that container registries must trust, in PEM
///
/// Configure it as the registry's auth.token.rootcertbundle. Signing keys below it can be replaced without a change at
/// the registry.
#[derive(Debug, Args)]
#[command(after_help = CA_EXAMPLE)]
pub struct RegistryCaCommand {
    #[command(flatten)]
    place: Place,
}

impl RegistryCaCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.place.json);
        let settled = self.place.settle()?;
        let transport = settled.public_transport()?;
        let url = transport.server().at(&["realms", settled.realm.as_str(), "registry", "ca.pem"]);
        let request = Request::builder().method(Method::GET).uri(url).body(None);
        let request =
            request.map_err(|error| Failure::usage(format!("the request cannot be built: {error}")))?;
        let certificate = accepted(transport.send(request)?)?;
        output.report(&certificate, &json!({ "certificate": certificate }))
    }
}

/// Signing keys of registry tokens: list, rotate
#[derive(Debug, Args)]
pub struct RegistryKeyCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: RegistryKeyAct,
}

#[derive(Debug, Subcommand)]
enum RegistryKeyAct {
    /// List the authority that registries trust, and the key below it
    List,

    /// Replace the key that signs registry tokens; registries need no change
    Rotate {
        /// ES256 or RS256
        #[arg(long, value_name = "ALG", default_value = "ES256")]
        alg: Algorithm,

        /// File that holds the private key, PKCS#8 in PEM; - is standard input. Without it the server makes one, and
        /// for RS256 `openssl` does
        #[arg(long, value_name = "FILE")]
        private_key: Option<SecretSource>,

        /// Replace the authority too, if its key or the signing key was stolen
        ///
        /// Every registry refuses tokens until it has the new certificate, which `claviger registry-ca` prints.
        #[arg(long)]
        authority: bool,

        #[command(flatten)]
        yes: YesFlag,
    },
}

impl RegistryKeyCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "registry-key", output)?;
        match self.act {
            RegistryKeyAct::List => output.answer_with(&client.get(&["registry-keys"])?, key_page),
            RegistryKeyAct::Rotate { alg, private_key, authority, yes } => {
                if authority {
                    let question = Question {
                        act: "Replace the authority that registries trust".to_owned(),
                        effect: "Every registry refuses tokens until it has the new certificate.",
                    };
                    yes.confirm(&question, &client, None, output)?;
                }
                let mut body = key_body(alg, private_key.as_ref(), output)?;
                body.insert("authority".to_owned(), json!(authority));
                output.answer::<RegistryKeyView>(&client.create(&["registry-keys", "rotate"], &body)?)?;
                if authority && !output.wants_json() {
                    output.note(
                        "Give every registry the new certificate now: `claviger registry-ca` prints it.",
                    );
                }
                Ok(())
            }
        }
    }
}

impl Readable for RegistryKeyView {
    fn write(&self, page: &mut Page) {
        page.heading(format_args!("Registry key {}", self.kid));
        page.facts(&Facts::default().fact("Algorithm", self.alg).fact("Signs from", self.created_at));
    }
}

fn key_page(page: &mut Page, listed: Items<RegistryKeyView>) {
    let mut table = Table::new(["KID", "PURPOSE", "ALG", "CREATED"]);
    for key in listed.items {
        table.row([key.kid.into(), key.purpose.as_str().into(), key.alg.into(), key.created_at.into()]);
    }
    page.table(&table, "There are no keys for registries yet.");
}

/// Registry logins, the refresh tokens of registry clients: list, revoke
#[derive(Debug, Args)]
pub struct RegistryTokenCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: RegistryTokenAct,
}

#[derive(Debug, Subcommand)]
enum RegistryTokenAct {
    /// List your registry logins, or all of the realm if you may read it
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        ending: EndingFlags,
    },

    /// Revoke your own registry login, or any as an administrator; this is final
    Revoke {
        /// Its id, or its service if only one is of it
        #[arg(value_name = "ID|SERVICE")]
        id: Reference,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

const TOKENS: &str = "registry-tokens";

impl RegistryTokenCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "registry-token", output)?;
        match self.act {
            RegistryTokenAct::List { flags, ending } => output
                .answer_with(&client.list(&[TOKENS], flags.limit, &flags.query_ending(ending))?, token_page),
            RegistryTokenAct::Revoke { id, wait, how } => {
                let id = client.find(TOKENS, &id)?;
                let question = Question {
                    act: format!("Revoke the registry login {}", id.as_str()),
                    effect: "Its client must sign in again.",
                };
                let change = client.ending(&[TOKENS, id.as_str(), "revoke"], wait, &json!({}))?;
                let confirmed = how.confirm(&question, &client, None, change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    write_receipt(
                        page,
                        format_args!("Revoked the registry login {}.", id.as_str()),
                        &receipt,
                    );
                })
            }
        }
    }
}

fn token_page(page: &mut Page, listed: Listed<RegistryTokenView>) {
    let mut table = Table::new(["ID", "SERVICE", "STATUS", "EXPIRES", "LAST USED", "CLIENT OR MEMBER"]);
    for token in &listed.items {
        table.row([
            token.id.into(),
            (&token.service).into(),
            Cell::status(token.status.as_str()),
            token.expires_at.into(),
            Cell::or_never(token.last_used_at),
            token.client_id.map(Cell::from).or(token.member.map(Cell::from)).unwrap_or_else(|| "-".into()),
        ]);
    }
    page.table(&table, "There are no registry logins.");
}
