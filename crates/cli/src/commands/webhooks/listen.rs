//! `claviger webhook listen`: prints and verifies webhooks on this machine.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use clap::Args;
use claviger_webhook::WebhookSecret;
use serde_json::{Value, json};

use crate::commands::webhooks::received::{Received, Refused, parse};
use crate::environment::{now, webhook_secret};
use crate::failure::{Exit, Failure};
use crate::terminal::cell::on_one_line;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;

const EXAMPLE: &str = "\
Example:
  claviger webhook listen --secret-file webhook.secret

The secret may also be in CLAVIGER_WEBHOOK_SECRET. It is never an argument, which other users of this machine can read.
A message with a wrong signature, or signed more than five minutes ago, is answered with 401.";

/// Receive webhooks on this machine: verify and print them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ListenCommand {
    /// Address to listen on; of this machine alone
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4780", value_parser = loopback)]
    listen: SocketAddr,

    /// File that holds the secret of the webhook; - is standard input [default: CLAVIGER_WEBHOOK_SECRET]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<SecretSource>,

    /// End after this many verified messages
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "must be an address and a port".to_owned())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("must be an address of this machine alone, such as 127.0.0.1:4780".to_owned()),
    }
}

/// A sender that is slower ends its own request alone.
const PATIENCE: Duration = Duration::from_secs(5);

impl ListenCommand {
    pub fn run(self, json: bool, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(json);
        let secret = self.secret(output)?;
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Failure, format!("{} cannot be listened on: {error}", self.listen))
        };
        let listener = TcpListener::bind(self.listen).map_err(failed)?;
        let url = format!("http://{}/", listener.local_addr().map_err(failed)?);
        output.report(&format!("Listening on {url}"), &json!({ "listening": url }))?;
        let mut left = self.count;
        while left != Some(0) {
            let (stream, _) = listener.accept().map_err(failed)?;
            if answered(stream, &secret, output)? {
                left = left.map(|left| left - 1);
            }
        }
        Ok(())
    }

    fn secret(&self, output: &mut Output) -> Result<WebhookSecret, Failure> {
        let parsed = match &self.secret_file {
            Some(source) => source.read("webhook secret", output)?.expose().parse(),
            None => webhook_secret().ok_or_else(no_secret)?.trim().parse(),
        };
        parsed.map_err(|error| Failure::usage(format!("the secret is none: {error}")))
    }
}

fn no_secret() -> Failure {
    Failure::usage("name the file of the secret with --secret-file, or set CLAVIGER_WEBHOOK_SECRET")
}

/// Whether it was a verified message. A request that cannot be read or answered fails nothing.
fn answered(mut stream: TcpStream, secret: &WebhookSecret, output: &mut Output) -> Result<bool, Failure> {
    let read = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .map_err(|_| Refused::Incomplete)
        .and_then(|()| request(&mut stream));
    let verified = read.and_then(|received| {
        received.verify(secret, now().epoch_seconds()).map_err(Refused::Unverified)?;
        Ok(received)
    });
    let status = verified.as_ref().map_or_else(Refused::status, |_| "204 No Content");
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // A sender that has gone needs no answer.
    let _ = stream.write_all(answer.as_bytes());
    match verified {
        Ok(received) => print(&received, output).map(|()| true),
        Err(refused) => refusal(&refused, output).map(|()| false),
    }
}

/// Reads until the request is complete. The parser refuses one that is too large.
fn request(stream: &mut TcpStream) -> Result<Received, Refused> {
    let mut bytes = Vec::new();
    let mut part = [0; 8 * 1024];
    loop {
        if let Some(received) = parse(&bytes)? {
            return Ok(received);
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return Err(Refused::Incomplete),
            Ok(length) => bytes.extend_from_slice(&part[..length]),
        }
    }
}

fn print(received: &Received, output: &mut Output) -> Result<(), Failure> {
    let payload: Value = serde_json::from_slice(&received.body).unwrap_or_default();
    let (event, data) = (&payload["type"], &payload["data"]);
    let object = json!({
        "verified": true, "id": received.id, "timestamp": payload["timestamp"], "type": event, "data": data,
    });
    let sentence = format!(
        "{} {} {data}",
        payload["timestamp"].as_str().unwrap_or_default(),
        event.as_str().unwrap_or_default()
    );
    output.report(&on_one_line(&sentence), &object)
}

fn refusal(refused: &Refused, output: &mut Output) -> Result<(), Failure> {
    output.report(&format!("refused: {refused}"), &json!({ "verified": false, "error": refused.to_string() }))
}

impl Refused {
    fn status(&self) -> &'static str {
        match self {
            Self::Incomplete | Self::Malformed => "400 Bad Request",
            Self::Method => "405 Method Not Allowed",
            Self::NoLength => "411 Length Required",
            Self::TooLarge => "413 Content Too Large",
            Self::Unsigned | Self::Unverified(_) => "401 Unauthorized",
        }
    }
}
