//! The console: how many bytes a visit costs, and how long the server needs for a page.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::lists::import;
use crate::options::Pace;
use crate::servers::claviger::{Claviger, Launch};
use crate::servers::cores::Cores;
use crate::statistics::{grouped, milliseconds};
use crate::table::{Row, Verdict};
use crate::traffic::connection::Connection;

const FIRST_VISIT: usize = 60_000;
const LATER_VISIT: usize = 15_000;
const GOAL: Duration = Duration::from_millis(50);
const ROUNDS: usize = 20;

pub fn rows(cores: Cores, pace: Pace, binary: &Path, folder: &Path) -> Attempt<Vec<Row>> {
    let claviger = Launch::new(binary, folder.join("console")).start(cores)?;
    let connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
    let mut connection = connection.with_room_for_lists();
    import(&claviger, &mut connection, 0..pace.paged)?;
    let mut browser = Browser::sign_in(&claviger, connection)?;
    let mut rows = visits(&mut browser)?;
    let what = format!("console, {} credentials", grouped(pace.paged as f64));
    for (name, path) in [("overview", ""), ("list", "service-credentials"), ("audit", "audit")] {
        rows.push(browser.slowest(&format!("{what}: {name}"), path)?);
    }
    import(&claviger, &mut browser.connection, pace.paged..pace.searched)?;
    let what = format!("console, {} credentials", grouped(pace.searched as f64));
    let last = format!("service-credentials?q=listed-{:06}", pace.searched - 1);
    rows.push(browser.slowest(&format!("{what}: search that finds one"), &last)?);
    Ok(rows)
}

/// The first visit fetches the style, the script and the icons; later ones have them.
fn visits(browser: &mut Browser) -> Attempt<Vec<Row>> {
    let page = browser.get("")?;
    let text = String::from_utf8_lossy(&page).into_owned();
    let mut assets: Vec<&str> =
        text.split(['"', '#']).filter(|part| part.starts_with("/console/assets/")).collect();
    assets.sort_unstable();
    assets.dedup();
    if assets.is_empty() {
        return Err("The page names no asset.".to_owned());
    }
    let mut first = page.len();
    for asset in assets {
        first += browser.fetch(asset)?.len();
    }
    Ok(vec![
        bytes("console, first visit", first, FIRST_VISIT, "≤ 60 KB"),
        bytes("console, later page", page.len(), LATER_VISIT, "≤ 15 KB"),
    ])
}

fn bytes(measured: &str, count: usize, goal: usize, words: &str) -> Row {
    let mut row = Row::new(measured, words);
    row.claviger = format!("{} bytes", grouped(count as f64));
    row.verdict = Verdict::of(count <= goal);
    row
}

/// Signed in with the local account of `--dev`.
struct Browser {
    connection: Connection,
    realm: String,
    cookie: String,
}

impl Browser {
    fn sign_in(claviger: &Claviger, mut connection: Connection) -> Attempt<Self> {
        let (realm, owner) = (claviger.quickstart.realm.clone(), &claviger.quickstart.owner);
        let fields = [("email", owner.email.as_str()), ("password", &owner.password), ("next", "")];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = format!(
            "POST /console/{realm}/sign-in/local HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let answer = connection.exchange(request.as_bytes()).map_err(while_doing("signing in"))?;
        let head = String::from_utf8_lossy(answer.head);
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_session = name.eq_ignore_ascii_case("set-cookie") && value.contains("claviger-");
            is_session.then(|| value.split(';').next().unwrap_or_default().to_owned())
        });
        let cookie = cookie.ok_or_else(|| format!("Signing in was answered {}.", answer.status))?;
        Ok(Self { connection, realm, cookie })
    }

    /// A page of the realm.
    fn get(&mut self, path: &str) -> Attempt<Vec<u8>> {
        let path = format!("/console/{}/{path}", self.realm);
        self.fetch(&path)
    }

    fn fetch(&mut self, path: &str) -> Attempt<Vec<u8>> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nCookie: {}\r\n\r\n",
            self.cookie
        );
        let answer = self.connection.exchange(request.as_bytes()).map_err(while_doing("opening a page"))?;
        match answer.status {
            200 => Ok(answer.body.to_vec()),
            status => Err(format!("{path} was answered {status}.")),
        }
    }

    /// The slowest of twenty sequential requests.
    fn slowest(&mut self, measured: &str, path: &str) -> Attempt<Row> {
        let mut worst = Duration::ZERO;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            self.get(path)?;
            worst = worst.max(began.elapsed());
        }
        let mut row = Row::new(measured, "≤ 50 ms");
        row.claviger = milliseconds(worst.as_secs_f64());
        row.verdict = Verdict::of(worst <= GOAL);
        Ok(row)
    }
}
