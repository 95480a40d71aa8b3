//! Stands in for a node behind a proxy, and fails as a node may.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Stands in for a node: reads a request, counts it, and then fails as a node may.
pub struct Stub {
    pub address: SocketAddr,
    received: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
pub enum Conduct {
    Leaves,
    IsSilent,
    Says(&'static str),
}

impl Stub {
    /// Listens until the process ends.
    pub fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(AtomicUsize::new(0));
        let count = received.clone();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for mut client in listener.incoming().map_while(Result::ok) {
                if !has_read_a_request(&client) {
                    continue;
                }
                count.fetch_add(1, Ordering::AcqRel);
                match conduct {
                    Conduct::Leaves => {}
                    Conduct::IsSilent => kept.push(client),
                    Conduct::Says(line) => {
                        let answer =
                            format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                        let _ = client.write_all(answer.as_bytes());
                    }
                }
            }
        });
        Self { address, received }
    }

    pub fn received(&self) -> usize {
        self.received.load(Ordering::Acquire)
    }
}

/// Reads the whole request: closing a connection with unread data resets it, which is a different fault.
fn has_read_a_request(client: &TcpStream) -> bool {
    let mut reader = BufReader::new(client);
    let mut length = 0;
    for line in reader.by_ref().lines().map_while(Result::ok) {
        if line.is_empty() {
            return reader.read_exact(&mut vec![0; length]).is_ok();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    false
}
