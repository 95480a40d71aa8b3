//! A slow connection: everything that a client sends through it is forwarded at a limited rate.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Bytes are forwarded in this many steps a second.
const STEPS: u32 = 20;

/// Returns the address to connect to; listens until the process ends.
pub fn slow_line(to: SocketAddr, bytes_a_second: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(to) else { continue };
            let (back_from, back_to) =
                (server.try_clone().expect("a stream"), client.try_clone().expect("a stream"));
            thread::spawn(move || carry(client, server, bytes_a_second / STEPS as usize));
            thread::spawn(move || carry(back_from, back_to, usize::MAX));
        }
    });
    address
}

fn carry(mut from: TcpStream, mut to: TcpStream, at_once: usize) {
    let mut buffer = vec![0; at_once.min(64 * 1024)];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        if at_once != usize::MAX {
            thread::sleep(Duration::from_secs(1) / STEPS);
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
