//! One keep-alive HTTP/1.1 connection with minimal parsing to separate responses.

use std::cmp::Ordering;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};

const PATIENCE: Duration = Duration::from_secs(5);

/// Buffer size for one response, in bytes.
const ROOM: usize = 32 * 1024;
const LISTS: usize = 2 * 1024 * 1024;

pub struct Connection {
    stream: TcpStream,
    received: Box<[u8]>,
    filled: usize,
    head: Head,
}

pub struct Answer<'a> {
    pub status: u16,
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Connection {
    /// `from`: the loopback address that the server will see; 127.0.0.1 when absent.
    pub fn open(to: SocketAddr, from: Option<Ipv4Addr>) -> io::Result<Self> {
        let stream = match from {
            None => TcpStream::connect(to)?,
            Some(address) => {
                let socket =
                    socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
                bind(&socket, &SocketAddrV4::new(address, 0))?;
                connect(&socket, &to)?;
                TcpStream::from(socket)
            }
        };
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: vec![0; ROOM].into_boxed_slice(), filled: 0, head: Head::default() })
    }

    /// For responses much longer than a token.
    pub fn with_room_for_lists(self) -> Self {
        Self { received: vec![0; LISTS].into_boxed_slice(), ..self }
    }

    /// For answers that take longer than those to which nobody else contributes.
    pub fn with_patience(self, patience: Duration) -> io::Result<Self> {
        self.stream.set_read_timeout(Some(patience))?;
        Ok(self)
    }

    pub fn stop_blocking(&self) -> io::Result<()> {
        self.stream.set_nonblocking(true)
    }

    /// A request fits into the empty send buffer of a connection whose last answer has been read.
    pub fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.filled = 0;
        self.stream.write_all(request)
    }

    /// Reads once; never waits after `stop_blocking`. True if the complete response is available in `answer`.
    pub fn receive(&mut self) -> io::Result<bool> {
        match self.read_on() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            result => result,
        }
    }

    /// The last complete response.
    pub fn answer(&self) -> Answer<'_> {
        let (head, body) = self.received[..self.filled].split_at(self.head.length);
        Answer { status: self.head.status, head, body }
    }

    /// Sends and waits; only for blocking connections.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.send(request)?;
        while !self.read_on()? {}
        Ok(self.answer())
    }

    fn read_on(&mut self) -> io::Result<bool> {
        let count = self.stream.read(&mut self.received[self.filled..])?;
        if count == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server hung up"));
        }
        self.filled += count;
        let Some(head) = Head::parse(&self.received[..self.filled])? else {
            return Ok(false);
        };
        let end = head.length + head.body_length;
        self.head = head;
        match self.filled.cmp(&end) {
            Ordering::Equal => Ok(true),
            Ordering::Less if end <= self.received.len() => Ok(false),
            Ordering::Less => Err(malformed("an answer above 32 KiB")),
            Ordering::Greater => Err(malformed("more than one answer to one request")),
        }
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[derive(Default)]
struct Head {
    status: u16,
    length: usize,
    body_length: usize,
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut line_start = 0;
        let mut body_length = None;
        while let Some(line_length) = bytes[line_start..].iter().position(|byte| *byte == b'\n') {
            let line = &bytes[line_start..line_start + line_length];
            line_start += line_length + 1;
            if line == b"\r" {
                let status = bytes.get(9..12).and_then(decimal).ok_or(malformed("no status"))?;
                let body_length = body_length.ok_or(malformed("an answer without Content-Length"))?;
                let status = u16::try_from(status).map_err(|_| malformed("no status"))?;
                return Ok(Some(Self { status, length: line_start, body_length }));
            }
            const NAME: &[u8] = b"content-length:";
            if line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME) {
                body_length = decimal(line[NAME.len()..].trim_ascii());
            }
        }
        Ok(None)
    }
}

fn decimal(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the server sent {what}"))
}
