//! `claviger signing-key`: the keys that sign tokens.

use clap::{Args, Subcommand};
use claviger_api::{Listed, RealmView, SigningKeyView};
use serde_json::{Map, Value, json};

use crate::commands::realms::receipt::write_receipt;
use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::server::openssl::make_rsa_key;
use crate::terminal::cell::Cell;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::terminal::secret_input::SecretSource;
use crate::values::identifier::KeyId;
use crate::values::list_flags::ListQuery;
use crate::values::shared_flags::{SignedIn, WaitFlag};
use claviger_domain::Algorithm;

/// Signing keys: list, create, rotate, withdraw
#[derive(Debug, Args)]
pub struct SigningKeyCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: SigningKeyAct,
}

#[derive(Debug, Subcommand)]
enum SigningKeyAct {
    /// List the active key, the next key, and old keys with unexpired tokens
    List,

    /// Create or import the next key, in place of the present one
    Create {
        #[command(flatten)]
        key: NewKey,
    },

    /// Start signing with the next key
    ///
    /// The old key stays published until the last token that it signed has expired. The next key must have been
    /// published for five minutes, so that all verifiers know it.
    Rotate {
        #[command(flatten)]
        key: OptionalKey,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Withdraw a stolen key; every token that it signed becomes invalid at once
    Withdraw {
        /// Identifier shown by the `list` command
        #[arg(allow_hyphen_values = true)]
        kid: KeyId,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args)]
struct NewKey {
    /// ES256, EdDSA, RS256 or PS256
    #[arg(long, value_name = "ALG")]
    alg: Algorithm,

    /// File that holds the private key, PKCS#8 in PEM; - is standard input. Without it the server makes one, and for
    /// RS256 and PS256 `openssl` does
    #[arg(long, value_name = "FILE")]
    private_key: Option<SecretSource>,
}

#[derive(Debug, Args)]
struct OptionalKey {
    /// What the new next key is for; the realm's default_alg unless said
    #[arg(long, value_name = "ALG")]
    alg: Option<Algorithm>,

    /// File that holds the new next key, PKCS#8 in PEM; - is standard input
    #[arg(long, value_name = "FILE", requires = "alg")]
    private_key: Option<SecretSource>,
}

const ROUTE: &str = "signing-keys";

impl SigningKeyCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "signing-key", output)?;
        match self.act {
            SigningKeyAct::List => {
                output.answer_with(&client.list(&[ROUTE], None, &ListQuery::new())?, list_page)
            }
            SigningKeyAct::Create { key } => {
                let body = key_body(key.alg, key.private_key.as_ref(), output)?;
                output.answer::<Object>(&client.create(&[ROUTE], &body)?)
            }
            SigningKeyAct::Rotate { key, wait } => {
                let body = match key.alg {
                    Some(alg) => key_body(alg, key.private_key.as_ref(), output)?,
                    None => default_body(&client, output)?,
                };
                output.answer::<Object>(&client.act(&[ROUTE, "rotate"], wait, &body)?)
            }
            SigningKeyAct::Withdraw { kid, wait, how } => {
                let kid = kid.as_str();
                let question = Question {
                    act: format!("Withdraw the key {kid}"),
                    effect: "Every token that it signed becomes invalid at once, and the key is never used again.",
                };
                let change = client.ending(&[ROUTE, kid, "withdraw"], wait, &json!({}))?;
                let confirmed = how.confirm(&question, &client, None, change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    let what = format_args!("Withdrew the key {kid} and all of its tokens.");
                    write_receipt(page, what, &receipt);
                })
            }
        }
    }
}

/// A key that the server cannot generate is generated here.
fn default_body(client: &Client, output: &mut Output) -> Result<Map<String, Value>, Failure> {
    let realm: RealmView = client.get(&[])?.decode()?;
    match realm.default_alg {
        alg if alg.is_made_here() => Ok(Map::new()),
        alg => key_body(alg, None, output),
    }
}

/// `{alg, private_key_pem?}`: a key that the server cannot generate is read or generated here.
pub fn key_body(
    alg: Algorithm,
    private_key: Option<&SecretSource>,
    output: &mut Output,
) -> Result<Map<String, Value>, Failure> {
    let mut body = Map::new();
    body.insert("alg".to_owned(), json!(alg));
    let pem = match private_key {
        Some(source) => Some(source.read_document("private key", output)?),
        None if alg.is_made_here() => None,
        None => Some(make_rsa_key().map_err(|error| Failure::new(Exit::Failure, error))?),
    };
    if let Some(pem) = pem {
        body.insert("private_key_pem".to_owned(), json!(*pem));
    }
    Ok(body)
}

fn list_page(page: &mut Page, listed: Listed<SigningKeyView>) {
    let mut table = Table::new(["KID", "ALG", "STATUS", "PUBLISHED", "UNTIL"]);
    for key in listed.items {
        table.row([
            key.kid.into(),
            key.alg.into(),
            Cell::status(key.status.as_str()),
            key.created_at.into(),
            Cell::or_dash(key.ends_at),
        ]);
    }
    page.table(&table, "There are no keys.");
}
