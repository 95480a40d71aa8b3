//! Cost of `docker login` with many expired registry tokens of one holder, which must not slow the next login.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::failure::{Attempt, while_doing};
use crate::growth;
use crate::million::multiplied;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::statistics::{Spread, grouped, milliseconds};
use crate::table::Row;
use crate::traffic::connection::Connection;

const ROUNDS: usize = 21;

/// Each login creates a token, so a holder has many expired ones that are still retained.
const LIMIT: &str = "CLAVIGER_MAX_REGISTRY_TOKENS_PER_HOLDER";

pub fn row(cores: Cores, binary: &Path, folder: &Path, sizes: &[u64]) -> Attempt<Row> {
    let medians: Vec<f64> =
        sizes.iter().map(|size| median(cores, binary, folder, *size)).collect::<Attempt<_>>()?;
    let sizes: Vec<String> = sizes.iter().map(|size| grouped(*size as f64)).collect();
    let measured = format!("docker login with {} expired tokens", sizes.join(" / "));
    Ok(growth::row(&measured, &medians, milliseconds, true))
}

/// In seconds.
fn median(cores: Cores, binary: &Path, folder: &Path, expired: u64) -> Attempt<f64> {
    let folder = folder.join(format!("logins-{expired}"));
    let launch = Launch::new(binary, folder).with(LIMIT, "1000000");
    let claviger = launch.start(cores)?;
    let token = api_token(&claviger)?;
    login(&claviger, &token)?;
    drop(claviger);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(while_doing("reading the clock"))?;
    multiplied(&launch, "registry_token", expired, |row, index| {
        row["digest"] = format!("{index:064x}").into();
        row["created_at"] = (now.as_secs() - 7_200).into();
        // Expired recently, because expired tokens are retained for a day.
        row["expires_at"] = (now.as_secs() - 3_600).into();
    })?;
    let claviger = launch.keeping().start(cores)?;
    let took = (0..ROUNDS).map(|_| login(&claviger, &token)).collect::<Attempt<Vec<_>>>()?;
    Ok(Spread::of_durations(took).median)
}

fn api_token(claviger: &Claviger) -> Attempt<String> {
    let body = r#"{"expires_at":"2099-01-01T00:00:00Z","scopes":["containers:read"]}"#;
    let request = format!(
        "POST /api/v1/realms/{}/api-tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        claviger.quickstart.realm,
        claviger.quickstart.owner.personal_access_token,
        body.len()
    );
    let (made, _) = exchange(claviger, &request, "an API token", 201)?;
    made["token"].as_str().map(str::to_owned).ok_or_else(|| "No API token was made.".to_owned())
}

/// As a container registry client does it; the response must have a refresh token.
fn login(claviger: &Claviger, token: &str) -> Attempt<Duration> {
    let request = format!(
        "GET /realms/{}/registry/token?service=r.example&account=any&client_id=docker&offline_token=true \
         HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\n\r\n",
        claviger.quickstart.realm,
        BASE64_STANDARD.encode(format!("any:{token}"))
    );
    let (answer, took) = exchange(claviger, &request, "a login", 200)?;
    match answer["refresh_token"].as_str().filter(|kept| *kept != token) {
        Some(_) => Ok(took),
        None => Err("A login got no token to keep.".to_owned()),
    }
}

fn exchange(
    claviger: &Claviger,
    request: &str,
    what: &str,
    status: u16,
) -> Attempt<(serde_json::Value, Duration)> {
    let connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
    let mut connection = connection.with_room_for_lists();
    let began = Instant::now();
    let answer =
        connection.exchange(request.as_bytes()).map_err(while_doing(format!("asking for {what}")))?;
    let took = began.elapsed();
    if answer.status != status {
        let body = String::from_utf8_lossy(answer.body);
        return Err(format!("{what} was answered {}: {body}", answer.status));
    }
    let body = serde_json::from_slice(answer.body).map_err(|error| format!("{what}: {error}"))?;
    Ok((body, took))
}
