//! `claviger sidecar`: checks tokens offline for a proxy on this machine.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::Args;
use clap::builder::FalseyValueParser;
use zeroize::Zeroizing;

use claviger_cli::environment::sidecar_key;
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::secret_input::SecretSource;

use crate::config::LogFormat;
use crate::serve::{SidecarSettings, serve_sidecar};

const EXAMPLES: &str = "\
Register the service, keep its key, and start the sidecar beside its proxy:
  claviger resource-server create studio --audience https://studio.example.org
  claviger sidecar --issuer https://keys.example.org/realms/acme \\
      --audience https://studio.example.org --client-id 0198a1c1-… --key-file studio.key

The proxy then asks http://127.0.0.1:8082/realms/acme/forward-auth?scope=ci:read, with the same
paths and parameters as at the server, and gets the same answers. Whether the sidecar decides is at
/health/ready, and its metrics are at /metrics.";

/// Check tokens for a proxy on this machine, without asking the server
///
/// It answers forward-auth as the server does, from the revocations that it follows: a revoke is
/// answered only when the sidecar refuses the token. It accepts signed tokens for its audience and
/// for the whole realm. About API tokens and personal access tokens it asks the server each time.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SidecarFlags {
    /// The issuer: public URL of the server and the realm, https:// or on this machine
    #[arg(long, env = "CLAVIGER_SIDECAR_ISSUER", hide_env_values = true, value_name = "URL")]
    issuer: String,

    /// The audience of the resource server that stands behind the proxy
    #[arg(long, env = "CLAVIGER_SIDECAR_AUDIENCE", hide_env_values = true, value_name = "URI")]
    audience: String,

    /// The client id of that resource server
    #[arg(long, env = "CLAVIGER_SIDECAR_CLIENT_ID", hide_env_values = true, value_name = "ID")]
    client_id: String,

    /// File that holds its client key; - is standard input [default: the key in CLAVIGER_SIDECAR_KEY]
    #[arg(long, env = "CLAVIGER_SIDECAR_KEY_FILE", hide_env_values = true, value_name = "FILE")]
    key_file: Option<SecretSource>,

    /// The address and port to listen on, of this machine alone
    #[arg(
        long,
        env = "CLAVIGER_SIDECAR_LISTEN",
        hide_env_values = true,
        value_name = "ADDR",
        default_value = "127.0.0.1:8082"
    )]
    listen: SocketAddr,

    /// Allow other machines to connect, over unencrypted http; tokens can be read in transit
    #[arg(
        long,
        env = "CLAVIGER_SIDECAR_ALLOW_REMOTE",
        hide_env_values = true,
        value_parser = FalseyValueParser::new()
    )]
    allow_remote: bool,

    /// Threads that answer [default: one per core, at most 4]
    #[arg(
        long,
        env = "CLAVIGER_SIDECAR_WORKERS",
        hide_env_values = true,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=512)
    )]
    workers: Option<u16>,

    /// CA certificates in PEM to trust instead of the public ones, for a server with a private CA
    #[arg(long, env = "CLAVIGER_CA_FILE", hide_env_values = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// The form of the log on standard error: text or json
    #[arg(
        long,
        env = "CLAVIGER_LOG_FORMAT",
        hide_env_values = true,
        value_name = "FORM",
        default_value = "text",
        value_parser = log_format
    )]
    log_format: LogFormat,
}

const DEFAULT_WORKERS: usize = 4;

/// More than the certificates of all public authorities.
const MAX_AUTHORITY_BYTES: u64 = 1024 * 1024;

impl SidecarFlags {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            return Err(Failure::usage(format!(
                "--listen {} is not a loopback address, and a sidecar speaks plain http, so tokens could be read in \
                 transit: listen on 127.0.0.1, or add --allow-remote if the network is private",
                self.listen
            )));
        }
        let client_key = match &self.key_file {
            Some(file) => Zeroizing::new(file.read("client key", output)?.expose().to_owned()),
            None => Zeroizing::new(sidecar_key().ok_or_else(no_key)?.trim().to_owned()),
        };
        let cores = available_parallelism().map_or(1, usize::from);
        let settings = SidecarSettings {
            listen: self.listen,
            workers: self.workers.map_or(cores.min(DEFAULT_WORKERS), usize::from),
            log_format: self.log_format,
            issuer: self.issuer,
            audience: self.audience,
            client_id: self.client_id,
            client_key,
            authorities: self.ca_file.map(authorities).transpose()?,
        };
        Ok(serve_sidecar(&settings)?)
    }
}

fn no_key() -> Failure {
    Failure::usage(
        "the client key is missing: name its file with --key-file, or set CLAVIGER_SIDECAR_KEY to the key",
    )
}

fn authorities(file: PathBuf) -> Result<Vec<u8>, Failure> {
    let mut pem = Vec::new();
    let read = File::open(&file).and_then(|open| open.take(MAX_AUTHORITY_BYTES).read_to_end(&mut pem));
    match read {
        Ok(_) => Ok(pem),
        Err(error) => Err(Failure::usage(format!("--ca-file {}: {error}", file.display()))),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    text.parse().map_err(|()| "must be text or json".to_owned())
}
