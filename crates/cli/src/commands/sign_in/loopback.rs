//! Waits on the loopback address for the browser that brings the answer (RFC 8252 §7.3).

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// Of the request line and the headers.
const MAX_HEAD: usize = 16 * 1024;

/// Browsers open connections that they do not use.
const MAX_VISITORS: usize = 32;

/// A visitor that is slower ends its own connection alone.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Loopback {
    listener: TcpListener,
    pub port: u16,
}

/// What the member decided.
pub enum Decided {
    /// With the code.
    Approved(Zeroizing<String>),
    Denied,
}

/// The answer, and the browser that waits for a page.
pub struct Arrival {
    pub decided: Decided,
    visitor: TcpStream,
}

/// What the browser shows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    SignedIn,
    NotSignedIn,
    Canceled,
    Foreign,
    Elsewhere,
    Malformed,
}

impl Loopback {
    /// At a port that the system chooses.
    pub fn listen() -> Result<Self, Failure> {
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (port, listener) = listening.map_err(|error| unusable(&error))?;
        Ok(Self { listener, port })
    }

    /// Answers that do not have this state are refused, and do not end the wait.
    pub fn wait(self, state: &str, patience: Duration) -> Result<Arrival, Failure> {
        let (sender, arrivals) = sync_channel(1);
        let state = Arc::<str>::from(state);
        thread::spawn(move || receive(&self.listener, &state, &sender));
        arrivals.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                let minutes = patience.as_secs() / 60;
                let message = format!(
                    "nobody approved the sign-in within {minutes} minutes: run `claviger login` again, or add \
                     --no-browser if the browser is on another machine"
                );
                Failure::new(Exit::NotSignedIn, message)
            }
            RecvTimeoutError::Disconnected => unusable(&"it was closed"),
        })
    }
}

fn unusable(error: &dyn std::fmt::Display) -> Failure {
    let message = format!("127.0.0.1 cannot be listened on ({error}): add --no-browser, which needs no port");
    Failure::new(Exit::Failure, message)
}

/// Each visitor has a thread, and the state is shared by as many as there are.
fn receive(listener: &TcpListener, state: &Arc<str>, sender: &SyncSender<Arrival>) {
    for visitor in listener.incoming() {
        match visitor {
            Ok(visitor) if Arc::strong_count(state) <= MAX_VISITORS => {
                let (state, sender) = (state.clone(), sender.clone());
                thread::spawn(move || attend(visitor, &state, &sender));
            }
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
            Err(_) => return,
        }
    }
}

/// A visitor that has gone needs no answer.
fn attend(mut visitor: TcpStream, state: &str, sender: &SyncSender<Arrival>) {
    let set = visitor.set_read_timeout(Some(PATIENCE)).and(visitor.set_write_timeout(Some(PATIENCE)));
    let Some(head) = set.ok().and_then(|()| read_head(&mut visitor)) else { return };
    match judge(&head, state) {
        Err(shown) => reply(&mut visitor, shown),
        Ok(decided) => {
            let refused = sender.try_send(Arrival { decided, visitor });
            if let Err(TrySendError::Full(mut late) | TrySendError::Disconnected(mut late)) = refused {
                reply(&mut late.visitor, Shown::Foreign);
            }
        }
    }
}

/// Up to the empty line: what is left unread would break the connection before the page is shown.
fn read_head(visitor: &mut TcpStream) -> Option<Zeroizing<String>> {
    let mut head = Zeroizing::new(Vec::new());
    let mut part = Zeroizing::new([0; 4 * 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = visitor.read(part.as_mut()).ok().filter(|length| *length > 0)?;
        head.extend_from_slice(part.get(..length)?);
        if head.len() > MAX_HEAD {
            return None;
        }
    }
    std::str::from_utf8(&head).ok().map(|head| Zeroizing::new(head.to_owned()))
}

fn judge(head: &str, state: &str) -> Result<Decided, Shown> {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else { return Err(Shown::Malformed) };
    let query = target.strip_prefix("/?").ok_or(Shown::Elsewhere)?;
    let value = |name: &str| {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| Zeroizing::new(value.into_owned()));
        value.filter(|_| values.next().is_none())
    };
    if value("state").is_none_or(|presented| *presented != state) {
        return Err(Shown::Foreign);
    }
    match (value("code"), value("error")) {
        (Some(code), None) => Ok(Decided::Approved(code)),
        (None, Some(_)) => Ok(Decided::Denied),
        _ => Err(Shown::Malformed),
    }
}

impl Arrival {
    pub fn reply(mut self, shown: Shown) {
        reply(&mut self.visitor, shown);
    }
}

impl Shown {
    fn status(self) -> &'static str {
        match self {
            Self::SignedIn | Self::NotSignedIn | Self::Canceled => "200 OK",
            Self::Foreign | Self::Malformed => "400 Bad Request",
            Self::Elsewhere => "404 Not Found",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignedIn => ("Signed in", "You can close this page, and go on in the terminal."),
            Self::NotSignedIn => ("Not signed in", "The terminal says why. You can close this page."),
            Self::Canceled => ("Canceled", "Nothing was saved. You can close this page."),
            Self::Foreign => (
                "Not signed in",
                "This answer is not for the sign-in that waits here. Run claviger login again, and use the address that it \
                 shows.",
            ),
            Self::Elsewhere => ("Not found", "There is nothing here."),
            Self::Malformed => ("Not signed in", "This is no answer to a sign-in."),
        }
    }
}

fn reply(visitor: &mut TcpStream, shown: Shown) {
    let (title, sentence) = shown.words();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Claviger</title><h1>{title}</h1>\
         <p>{sentence}</p></html>\n"
    );
    let answer = format!(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{page}",
        shown.status(),
        page.len(),
    );
    let _ = visitor.write_all(answer.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: &str) -> Result<Option<String>, Shown> {
        judge(&format!("{line}\r\nHost: 127.0.0.1\r\n\r\n"), "right").map(|decided| match decided {
            Decided::Approved(code) => Some(code.to_string()),
            Decided::Denied => None,
        })
    }

    #[test]
    fn only_the_answer_with_the_state_counts() {
        for (line, expected) in [
            ("GET /?code=k.c%2Bd&state=right HTTP/1.1", Ok(Some("k.c+d".to_owned()))),
            ("GET /?error=access_denied&state=right HTTP/1.1", Ok(None)),
            ("GET /?code=c&state=wrong HTTP/1.1", Err(Shown::Foreign)),
            ("GET /?error=access_denied&state=wrong HTTP/1.1", Err(Shown::Foreign)),
            ("GET /?code=c HTTP/1.1", Err(Shown::Foreign)),
            ("GET /?code=c&state=right&state=right HTTP/1.1", Err(Shown::Foreign)),
            ("GET /?code=c&code=d&state=right HTTP/1.1", Err(Shown::Malformed)),
            ("GET /?code=c&error=e&state=right HTTP/1.1", Err(Shown::Malformed)),
            ("GET /?state=right HTTP/1.1", Err(Shown::Malformed)),
            ("GET /favicon.ico HTTP/1.1", Err(Shown::Elsewhere)),
            ("GET / HTTP/1.1", Err(Shown::Elsewhere)),
            ("POST /?code=c&state=right HTTP/1.1", Err(Shown::Malformed)),
            ("", Err(Shown::Malformed)),
        ] {
            assert_eq!(judged(line), expected, "{line}");
        }
    }
}
