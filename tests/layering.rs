//! Checks that imports go in one direction: the tables below list what each module may import.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "layering/source.rs"]
mod source;
#[path = "layering/wrong_samples.rs"]
mod wrong_samples;

/// The key is a file or folder of `src`, or a crate in `crates`; the longest key that matches a file applies. The left
/// side may import itself and what is right of the arrow; the reason follows.
const ROOMS: &str = "
lib → nothing: it only declares modules
main → commands: it only hands over
commands → serve, operator, config, administration, cli, api, domain, contract: commands on this machine and those of any client
serve → everything: it puts the server together
operator → everything: commands on the machine put together what they need of a server
cli → signature, api, domain, contract: it is linked without a server
http → http/oauth, http/admin, http/console, http/sidecar, issuance, revocation, administration, vault, engine, ledger, api, domain, contract: a front end calls use cases, not their parts
http/console → http, console, issuance, revocation, administration, sign_in, vault, engine, ledger, api, domain, contract: it fills pages, and has no rule of its own
http/sidecar → http, verifier, domain, contract: it decides by an offline verifier alone, and reaches nothing of a server
http/oauth, http/admin → http, issuance, revocation, administration, vault, engine, ledger, api, domain, contract: the surfaces never import one another, nor reach below the use cases and who acts
issuance → activity, snapshot, crypto, verifier/token, domain, contract: no token waits for the database
administration → vault, webhooks, sign_in, engine, ledger, store, activity, snapshot, crypto, api, domain, contract: use cases know neither their callers nor revocation
revocation → ledger, store, activity, snapshot, crypto, api, domain, contract: it knows neither its callers nor other use cases
vault → activity, engine, crypto, domain, contract: it asks providers, and decides and stores nothing
sign_in → activity, engine, crypto, verifier/token, domain, contract: it asks identity providers, and decides and stores nothing
jobs → vault, administration, revocation, ledger, store, activity, snapshot, domain, contract: it runs use cases that are due, and no request waits for it
webhooks → engine, signature, crypto, domain, contract: it signs and sends, and decides and stores nothing
ledger → store, snapshot, domain, contract: it commits acts of every kind and knows none
replication → store, activity, snapshot, crypto, verifier/token, domain, contract: it carries the log into the snapshot and decides nothing
store → domain, crypto, contract: it keeps what others have decided
activity → domain, contract: counts know nothing of what they are counted for
snapshot → crypto, verifier/token, domain, contract: it is a value, however it was loaded
crypto → verifier/token, domain, contract: keys know nothing of what they protect
config → engine, domain, contract: settings are read before there is anything to set
console → domain, contract: all that a page shows is an argument
api → domain, contract: servers and clients read the same bodies, and neither links the other
engine → nothing: the vault's engine compiles and is tested alone
signature → nothing: senders and receivers of webhooks share it
verifier → verifier/token, contract: resource servers link it, without a server
verifier/token → contract: servers verify their own tokens with it, and with nothing else of a verifier
domain → contract: the rules hold without a database, a clock or a framework
contract → nothing: it is what strangers link
";

/// Crates, and their keys of `ROOMS`.
const CRATES: [(&str, &str); 8] = [
    ("api", "api"),
    ("cli", "cli"),
    ("console", "console"),
    ("contract", "contract"),
    ("domain", "domain"),
    ("vault", "engine"),
    ("verifier", "verifier"),
    ("webhook", "signature"),
];

/// External crates and modules, and the keys or files that may import them.
const OUTSIDE: &str = "
diesel, diesel_migrations, libsqlite3_sys → store: each query stands once, for both databases
actix_web, actix_http, actix_server, actix_service, actix_tls → http, serve, verifier/actix: the framework ends where the protocol begins, and serve runs it
askama → console: pages are made in one crate
oxide_auth → issuance/exchange: its types stop at the one file that drives it
jsonwebtoken, rcgen → crypto: one room holds the primitives
argon2 → crypto/passwords: passwords are hashed in one file
fast_qr → console/parts/qr_code: QR codes are drawn in one file
data_encoding → crypto: texts of secrets in base32 are made in one room
ring → crypto, signature, verifier, engine/signing, engine/environment, engine/fields/check, console/assets, cli/commands/sign_in/proof_key: one room of each holds the primitives; the engine is given its randomness
tower_layer, tower_service → verifier/tower: one file speaks to the frameworks that share them
rustls_pki_types → engine/signing, engine/outbound/authorities: one file reads keys of other services, one their authorities
webpki_root_certs → engine/outbound/authorities: one file knows the public authorities
regex_lite → engine/catalog/field: patterns of values have one type
toml → engine/catalog/book: one file reads the catalog
httparse → cli/commands/webhooks/received: one file reads requests without a framework
flate2 → engine/outbound/body, console/assets: one file decompresses, within its limit, and one compresses what is compiled in
tokio → revocation/feed/held_polls: one file lets tasks wait for threads
governor → http, issuance: failures are metered where they are answered
arc_swap, imbl → snapshot, activity, crypto/key_handles, crypto/keyring, crypto/digests, serve/certificate, verifier/state: what is read without a lock stands in these places
rustls → engine/outbound/authorities, crypto/pem_key, crypto/registry_certificates, serve/certificate, http/listen: one file reads certificates, one shows them, one reads keys
metrics, metrics_exporter_prometheus → http/prometheus: what is counted is told in one place
opentelemetry, opentelemetry_sdk, tracing_opentelemetry → serve/traces, serve/logging, http/span: traces begin at a request and leave by one door
opentelemetry_otlp, opentelemetry_http → serve/traces: nobody else sends them
clap, clap_complete, clap_mangen → commands, cli: arguments are parsed at the border
anstream, unicode_width → cli/terminal: one folder writes to the terminal
indicatif → cli: progress is for people at a terminal
signal_hook → cli/commands/revocation/interruption: one file hears signals
figment → config: settings have one reader
std::env → config, cli/environment: the environment has one reader in each binary
rustls_native_certs → cli/server: one file reads what the system trusts
ureq → cli, engine/outbound, operator/doctor/machine, serve/traces, verifier/io, verifier/settings, verifier/responses/protected_resource: requests to others begin in these places
rustix::time → serve, verifier/clock: below serve the time is an argument
rand, getrandom, fastrand → nothing: below serve randomness is an argument
";

/// Calls that read a clock or a random source, ours or not, matched by the end of their path.
const AMBIENT: &str = "
SystemTime::now, Instant::now, Utc::now, Local::now → serve, cli/environment, verifier/clock: below serve the time is an argument
SystemRandomness::new → serve, crypto: below serve randomness is an argument
Uuid::new_v4, Uuid::now_v7 → nothing: below serve randomness is an argument
";

#[test]
fn every_import_is_allowed_by_the_tables() {
    assert_none(rust_files().iter().flat_map(|file| misplaced_names(file, &read(file))));
}

#[test]
fn every_file_opens_with_its_purpose() {
    let silent = rust_files().into_iter().filter(|file| !read(file).starts_with("//! "));
    assert_none(
        silent.map(|file| format!("{file}:1 must open with a //! line that says what the file is for")),
    );
}

#[test]
fn mod_rs_files_only_declare_and_reexport() {
    let faces = rust_files().into_iter().filter(|file| file.ends_with("/mod.rs"));
    assert_none(faces.filter_map(|file| beyond_a_face(&file, &read(&file), &["mod", "use"])));
    assert_none(beyond_a_face("src/lib.rs", &read("src/lib.rs"), &["mod"]));
}

#[test]
fn every_path_in_the_architecture_page_exists() {
    let page = "docs/ARCHITECTURE.md";
    let paths = paths_in_backticks(&read(page));
    assert!(!paths.is_empty(), "{page} must map the folders, and names no path in backticks");
    let missing = paths.iter().filter(|(_, path)| !exists(path) && !exists(&format!("src/{path}")));
    assert_none(missing.map(|(line, path)| format!("{page}:{line} names {path}, which does not exist")));
}

struct Rule {
    name: &'static str,
    may: Vec<&'static str>,
    because: &'static str,
}

fn rules(table: &'static str) -> impl Iterator<Item = Rule> {
    table.trim().lines().flat_map(|line| {
        let (names, rest) = line.split_once(" → ").expect("a rule has an arrow");
        let (may, because) = rest.split_once(": ").expect("a rule has a reason");
        names.split(", ").map(move |name| Rule { name, may: may.split(", ").collect(), because })
    })
}

/// One message for each path that the tables do not allow in this file.
fn misplaced_names(file: &str, text: &str) -> Vec<String> {
    let module = module_of(file);
    let Some(room) = room_of(&module) else {
        return vec![format!(
            "{file} stands in no room of tests/layering.rs: add it there, with what it may name"
        )];
    };
    let mut sentences = Vec::new();
    for named in source::named_paths(text) {
        let path = named.segments.join("::");
        let inside = target_of(&named, &module).and_then(|target| misplaced_inside(&room, &target));
        let objections = inside.into_iter().chain(misplaced_outside(&module, &path));
        sentences.extend(objections.map(|what| format!("{file}:{} names {path}, but {what}", named.line)));
    }
    sentences
}

fn misplaced_inside(room: &Rule, target: &str) -> Option<String> {
    let Some(other) = room_of(target) else {
        return Some("tests/layering.rs knows no such room".to_owned());
    };
    let fine = other.name == room.name || room.may.contains(&other.name) || room.may == ["everything"];
    (!fine).then(|| format!("{} may name only {}: {}", room.name, room.may.join(", "), room.because))
}

fn misplaced_outside(module: &str, path: &str) -> Vec<String> {
    let outside = rules(OUTSIDE).filter(|rule| is_within(path, rule.name, "::"));
    let ambient =
        rules(AMBIENT).filter(|rule| path == rule.name || path.ends_with(&format!("::{}", rule.name)));
    let broken =
        outside.chain(ambient).filter(|rule| !rule.may.iter().any(|place| is_within(module, place, "/")));
    broken.map(|rule| format!("only {} may: {}", rule.may.join(", "), rule.because)).collect()
}

/// The module name of a file: `src/http/oauth/token.rs` is `http/oauth/token`, `src/http/mod.rs` is `http`,
/// `crates/contract/src/lib.rs` is `contract`.
fn module_of(file: &str) -> String {
    let of_crate = CRATES.iter().find_map(|(name, room)| {
        let place = file.strip_prefix(&format!("crates/{name}/src/"))?;
        Some(format!("{room}/{place}"))
    });
    let place = of_crate.unwrap_or_else(|| file.replacen("src/", "", 1)).replace(".rs", "");
    place.trim_end_matches("/mod").trim_end_matches("/lib").to_owned()
}

fn room_of(module: &str) -> Option<Rule> {
    rules(ROOMS).filter(|room| is_within(module, room.name, "/")).max_by_key(|room| room.name.len())
}

fn is_within(path: &str, whole: &str, separator: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
}

/// The module in our own crates that a path leads to; `None` for an external or a local path.
fn target_of(named: &source::NamedPath, module: &str) -> Option<String> {
    let mut home: Vec<&str> = module.split('/').collect();
    let supers = named.segments.iter().take_while(|segment| *segment == "super").count();
    let rest = match named.segments[0].as_str() {
        "crate" => {
            home.truncate(usize::from(CRATES.iter().any(|(_, room)| *room == home[0])));
            &named.segments[1..]
        }
        "claviger" => {
            home.clear();
            &named.segments[1..]
        }
        "super" => {
            home.truncate(home.len().saturating_sub(supers.saturating_sub(named.inline_modules)));
            &named.segments[supers..]
        }
        other => {
            let name = other.strip_prefix("claviger_")?;
            home = vec![CRATES.iter().find(|(of_crate, _)| *of_crate == name)?.1];
            &named.segments[1..]
        }
    };
    home.extend(rest.iter().map(String::as_str));
    Some(home.join("/"))
}

/// The first statement of a file other than these items, their attributes and their documentation.
fn beyond_a_face(file: &str, text: &str, items: &[&str]) -> Option<String> {
    let code = source::without_attributes(&source::code_only(text));
    let is_item = |statement: &str| {
        let mut words = statement.split_whitespace().skip_while(|word| word.starts_with("pub"));
        words.next().is_some_and(|word| items.contains(&word) && (word == "use" || !statement.contains('{')))
    };
    let stranger =
        code.split(';').map(str::trim).find(|statement| !statement.is_empty() && !is_item(statement))?;
    let first_line = stranger.lines().next().unwrap_or_default();
    Some(format!("{file} may hold only {} lines, and holds: {first_line}", items.join(" and ")))
}

/// Paths in `backticks`, with their line numbers: spans with a slash inside or with a known file extension. Routes
/// (`/realms/…`), patterns (`realms/{realm}`) and fenced blocks are skipped.
fn paths_in_backticks(page: &str) -> Vec<(usize, String)> {
    let endings = [".rs", ".md", ".toml", ".sql", ".lock", ".yml"];
    let is_path = |span: &&str| {
        let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        plain
            && !span.starts_with('/')
            && (span.contains('/') || endings.iter().any(|ending| span.ends_with(ending)))
    };
    let mut fenced = false;
    let mut paths = Vec::new();
    for (index, line) in page.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let spans = line.split('`').skip(1).step_by(2).filter(|_| !fenced);
        paths.extend(spans.filter(is_path).map(|span| (index + 1, span.to_owned())));
    }
    paths
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file} cannot be read: {error}"))
}

/// Every Rust file of the server and its crates, as a path relative to the root.
fn rust_files() -> Vec<String> {
    let crates = CRATES.iter().map(|(name, _)| root().join("crates").join(name).join("src"));
    let mut folders: Vec<PathBuf> = crates.chain([root().join("src")]).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a folder can be listed to its end").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let path = path.strip_prefix(root()).expect("it lies below the root");
                files.push(path.to_str().expect("our file names are text").to_owned());
            }
        }
    }
    files.sort();
    files
}

fn assert_none(sentences: impl IntoIterator<Item = String>) {
    let sentences: Vec<String> = sentences.into_iter().collect();
    assert!(sentences.is_empty(), "\n{}\n", sentences.join("\n"));
}
