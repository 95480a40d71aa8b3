//! A client's connection to one node, reopened when it is no longer usable.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::requests::access_token;
use claviger_testkit::http::{Request, Response};

/// How often a client requests its first token.
const ATTEMPTS: usize = 4;

pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Line {
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// A connection that the server has closed in the meantime is no answer: the request is sent again over a new one.
    pub fn ask(&mut self, request: &Request, patience: Duration) -> Option<Response> {
        let begun = Instant::now();
        let was_open = self.stream.is_some();
        match self.ask_once(request, patience) {
            None if was_open && begun.elapsed() < patience => self.ask_once(request, patience),
            answer => answer,
        }
    }

    fn ask_once(&mut self, request: &Request, patience: Duration) -> Option<Response> {
        if self.stream.is_none() {
            let stream = TcpStream::connect_timeout(&self.address, patience).ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let answer = self.stream.as_mut().and_then(|stream| request.try_send_over(stream, patience));
        let kept = answer.as_ref().is_some_and(|answer| answer.header("connection") != Some("close"));
        if !kept {
            self.stream = None;
        }
        answer
    }

    /// A node that has not yet applied the creation of the credential refuses it: the request is repeated.
    pub fn token(&mut self, request: &Request) -> Option<String> {
        for _ in 0..ATTEMPTS {
            let answer = self.ask(request, crate::traffic::SOON)?;
            match answer.status {
                200 => return Some(access_token(&answer)),
                401 => thread::sleep(Duration::from_millis(10)),
                _ => return None,
            }
        }
        None
    }
}
