//! Listen address, issuer, audience and client credentials, from flags or else from the environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;

pub const HELP: &str = "\
The API of a factory. Every route needs a token.

Usage: factory-api [OPTIONS]

  --listen ADDRESS        [env: FACTORY_API_LISTEN] [default: 127.0.0.1:8090]
  --issuer URL            The realm, as in http://127.0.0.1:8080/realms/demo [env: FACTORY_API_ISSUER]
  --audience URI          This resource server's audience [env: FACTORY_API_AUDIENCE]
  --client-id ID          This resource server's client id [env: FACTORY_API_CLIENT_ID]
  --client-key-file FILE  The file that holds its key [env: FACTORY_API_CLIENT_KEY_FILE]
";

const FLAGS: [(&str, &str); 5] = [
    ("--listen", "FACTORY_API_LISTEN"),
    ("--issuer", "FACTORY_API_ISSUER"),
    ("--audience", "FACTORY_API_AUDIENCE"),
    ("--client-id", "FACTORY_API_CLIENT_ID"),
    ("--client-key-file", "FACTORY_API_CLIENT_KEY_FILE"),
];

pub enum Asked {
    Help,
    Serve(Settings),
}

/// Has no `Debug`, because it holds the key.
pub struct Settings {
    pub listen: SocketAddr,
    pub issuer: String,
    pub audience: String,
    pub client_id: String,
    pub client_key: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("{0} is no option: `factory-api --help` names them")]
    Unknown(String),
    #[error("{0} needs a value")]
    NoValue(&'static str),
    #[error("{0} (or {1}) is missing")]
    Missing(&'static str, &'static str),
    #[error("--listen must be an address as in 127.0.0.1:8090")]
    Listen,
    #[error("--client-key-file {0}: {1}")]
    KeyFile(String, String),
}

#[expect(clippy::disallowed_methods, reason = "this is the one place here that reads the environment")]
pub fn read() -> Result<Asked, Wrong> {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let Some(mut given) = flags(arguments)? else { return Ok(Asked::Help) };
    for (flag, variable) in FLAGS {
        if let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) {
            given.entry(flag).or_insert_with(|| value.to_string_lossy().into_owned());
        }
    }
    settled(given).map(Asked::Serve)
}

/// `None` if help is requested.
fn flags(
    arguments: impl IntoIterator<Item = String>,
) -> Result<Option<BTreeMap<&'static str, String>>, Wrong> {
    let mut given = BTreeMap::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if matches!(argument.as_str(), "-h" | "--help") {
            return Ok(None);
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let Some((flag, _)) = FLAGS.into_iter().find(|(flag, _)| *flag == name) else {
            return Err(Wrong::Unknown(name.to_owned()));
        };
        given.insert(flag, value.or_else(|| arguments.next()).ok_or(Wrong::NoValue(flag))?);
    }
    Ok(Some(given))
}

/// The verifier checks everything but the address.
fn settled(mut given: BTreeMap<&'static str, String>) -> Result<Settings, Wrong> {
    let listen = given.remove("--listen").unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let mut needed =
        |flag: &'static str, variable: &'static str| given.remove(flag).ok_or(Wrong::Missing(flag, variable));
    let issuer = needed("--issuer", "FACTORY_API_ISSUER")?;
    let audience = needed("--audience", "FACTORY_API_AUDIENCE")?;
    let client_id = needed("--client-id", "FACTORY_API_CLIENT_ID")?;
    let file = needed("--client-key-file", "FACTORY_API_CLIENT_KEY_FILE")?;
    let listen = listen.parse().map_err(|_| Wrong::Listen)?;
    let key = std::fs::read_to_string(&file).map_err(|error| Wrong::KeyFile(file, error.to_string()))?;
    let issuer = issuer.trim_end_matches('/').to_owned();
    Ok(Settings { listen, issuer, audience, client_id, client_key: key.trim().to_owned() })
}
