//! Offline verification beside the bare signature check, with and without many revocations, and their memory.

use std::env;
use std::hint::black_box;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use claviger_verifier::testing::Issuer;
use claviger_verifier::{Requirement, Verifier};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::failure::{Attempt, while_doing};
use crate::options::Pace;
use crate::servers::cores::Cores;
use crate::servers::process::resident_memory;
use crate::statistics::{Spread, grouped, megabytes, microseconds, ratio};
use crate::table::{Row, Verdict};

const RATIO_GOAL: f64 = 1.05;
const SEEN_GOAL: Duration = Duration::from_micros(2);
/// Bytes of an entry.
const MEMORY_GOAL: f64 = 64.0;

/// All of them fit the default cache.
const TOKENS: usize = 2_000;
/// Both sides take turns after so many tokens, so that a disturbance meets both.
const IN_TURN: usize = 20;

#[derive(Serialize, Deserialize)]
struct Figures {
    /// Without a revocation.
    none: Vec<Round>,
    /// With all of them.
    many: Vec<Round>,
    /// By which the revocations have made the process grow.
    bytes: u64,
    token_length: usize,
}

/// Seconds per token.
#[derive(Serialize, Deserialize)]
struct Round {
    bare: f64,
    first: f64,
    again: f64,
}

/// Measured in a process of its own, whose memory holds nothing else.
pub fn rows(cores: Cores, pace: Pace) -> Attempt<Vec<Row>> {
    let this_program = env::current_exe().map_err(while_doing("looking for this program's own file"))?;
    let mut command = std::process::Command::new(this_program);
    command.args(["--verification", &pace.rounds.to_string(), &pace.revocations.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = cores.spawn_on_server_core(&mut command).map_err(while_doing("starting this program"))?;
    let output = child.wait_with_output().map_err(while_doing("waiting for this program"))?;
    if !output.status.success() {
        return Err(format!("The process that verifies tokens ended with {}.", output.status));
    }
    let figures: Figures =
        serde_json::from_slice(&output.stdout).map_err(while_doing("reading what was measured"))?;
    let count = grouped(pace.revocations as f64);
    let note = format!("tokens of {} bytes, {} rounds of {TOKENS}", figures.token_length, pace.rounds);
    let mut none = beside_the_signature("none is revoked", &figures.none);
    none.notes.push(note);
    Ok(vec![
        none,
        beside_the_signature(&format!("{count} revocations"), &figures.many),
        seen_before(&format!("{count} revocations"), &figures.many),
        memory(pace.revocations, figures.bytes),
    ])
}

fn beside_the_signature(what: &str, rounds: &[Round]) -> Row {
    let of = |one: fn(&Round) -> f64| Spread::of(rounds.iter().map(one));
    let ratios = of(|round| round.first / round.bare);
    let mut row = Row::new(&format!("verifier, a token not seen before, {what}"), "≤ 1.05 ×");
    row.claviger = of(|round| round.first).show(microseconds);
    row.beside = format!("its signature alone, ring: {}", of(|round| round.bare).show(microseconds));
    row.comparison = format!("{} ×", ratios.show(|one| format!("{one:.3}")));
    row.verdict = Verdict::of(ratios.median <= RATIO_GOAL);
    row
}

fn seen_before(what: &str, rounds: &[Round]) -> Row {
    let again = Spread::of(rounds.iter().map(|round| round.again));
    let mut row = Row::new(&format!("verifier, a token seen before, {what}"), "≤ 2 µs");
    row.claviger = again.show(microseconds);
    row.verdict = Verdict::of(again.median <= SEEN_GOAL.as_secs_f64());
    row
}

fn memory(revocations: usize, bytes: u64) -> Row {
    let each = bytes as f64 / revocations as f64;
    let what = format!("verifier, memory of {} revocations, each", grouped(revocations as f64));
    let mut row = Row::new(&what, "≤ 64 bytes");
    row.claviger = format!("{} bytes", ratio(each));
    row.beside = format!("all: {}", megabytes(bytes));
    row.verdict = Verdict::of(each <= MEMORY_GOAL);
    row
}

/// Runs in the process that [`rows`] starts, and prints the figures for it.
pub fn measure(rounds: usize, revocations: usize) -> Attempt<()> {
    let issuer = Issuer::new("https://tokens.test/realms/acme");
    let before = resident_memory(std::process::id())?;
    issuer.revoke_many(revocations);
    let bytes = resident_memory(std::process::id())?.saturating_sub(before);
    let many = Scene::set(issuer)?;
    let none = Scene::set(Issuer::new("https://tokens.test/realms/acme"))?;
    let mut figures =
        Figures { none: Vec::new(), many: Vec::new(), bytes, token_length: many.tokens[0].text.len() };
    for _ in 0..rounds {
        figures.none.push(none.round()?);
        figures.many.push(many.round()?);
    }
    many.check_that_revocations_count()?;
    println!("{}", serde_json::to_string(&figures).map_err(while_doing("writing what was measured"))?);
    Ok(())
}

/// An issuer, some of its tokens, and its key as the bare check needs it.
struct Scene {
    issuer: Issuer,
    tokens: Vec<Token>,
    key: UnparsedPublicKey<Vec<u8>>,
    needed: Requirement,
}

struct Token {
    text: String,
    /// Before the dot of the signature.
    signed: usize,
    signature: Vec<u8>,
}

impl Scene {
    fn set(issuer: Issuer) -> Attempt<Self> {
        let tokens = (0..TOKENS).map(|_| Token::of(&issuer)).collect::<Attempt<_>>()?;
        let key = public_key(&issuer.key_set())?;
        let needed = Requirement::scopes("source:read").map_err(while_doing("requiring a scope"))?;
        Ok(Self { issuer, tokens, key, needed })
    }

    fn verifier(&self) -> Verifier {
        self.issuer.verifier("https://api.test")
    }

    fn round(&self) -> Attempt<Round> {
        let verifier = self.verifier();
        let accepts = |token: &Token| verifier.verify(&token.text, &self.needed).is_ok();
        let is_signed = |token: &Token| {
            let signed = &token.text.as_bytes()[..token.signed];
            self.key.verify(signed, &token.signature).is_ok()
        };
        let (mut bare, mut first, mut again) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for tokens in self.tokens.chunks(IN_TURN) {
            bare += timed(tokens, is_signed)?;
            first += timed(tokens, accepts)?;
        }
        for tokens in self.tokens.chunks(IN_TURN) {
            again += timed(tokens, accepts)?;
        }
        let each = |all: Duration| all.as_secs_f64() / TOKENS as f64;
        Ok(Round { bare: each(bare), first: each(first), again: each(again) })
    }

    /// The set is really asked: one more entry ends a token.
    fn check_that_revocations_count(&self) -> Attempt<()> {
        let verifier = self.verifier();
        let token = &self.tokens[0].text;
        self.issuer.revoke(token);
        match verifier.verify(token, &self.needed) {
            Ok(_) => Err("A revoked token was accepted.".to_owned()),
            Err(_) => Ok(()),
        }
    }
}

impl Token {
    fn of(issuer: &Issuer) -> Attempt<Self> {
        let text = issuer.mint().scope("source:read-update ci:read").groups(&["builders"]).sign();
        let signed = text.rfind('.').ok_or("A token has no dot.")?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(&text[signed + 1..]);
        let signature = signature.map_err(while_doing("decoding a signature"))?;
        Ok(Self { text, signed, signature })
    }
}

fn timed(tokens: &[Token], accepts: impl Fn(&Token) -> bool) -> Attempt<Duration> {
    let begun = Instant::now();
    let accepted = tokens.iter().filter(|token| black_box(accepts(token))).count();
    let took = begun.elapsed();
    if accepted == tokens.len() { Ok(took) } else { Err("A valid token was refused.".to_owned()) }
}

fn public_key(key_set: &str) -> Attempt<UnparsedPublicKey<Vec<u8>>> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: [Key; 1],
    }
    #[derive(Deserialize)]
    struct Key {
        x: String,
        y: String,
    }
    let KeySet { keys: [key] } = serde_json::from_str(key_set).map_err(while_doing("reading a key"))?;
    let mut point = vec![4];
    for coordinate in [key.x, key.y] {
        point.extend(BASE64_URL_SAFE_NO_PAD.decode(coordinate).map_err(while_doing("decoding a key"))?);
    }
    Ok(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point))
}
