//! The connection from one node to the database, which can be delayed, silenced and cut.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Open,
    /// Delay of every piece, in either direction.
    Slow(Duration),
    /// Nothing arrives and nothing fails: what is sent arrives when the link is open again.
    Silent,
    /// Connections are reset, new ones refused; data in transit is lost.
    Cut,
}

#[derive(Clone)]
pub struct Link(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    database: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    connections: Vec<(TcpStream, UnixStream)>,
}

impl Link {
    /// Listens until the process ends.
    pub fn to(database: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Mutex::new(State { mode: Mode::Open, connections: Vec::new() });
        let link = Self(Arc::new(Shared { address, database, state, changed: Condvar::new() }));
        let listening = link.clone();
        thread::spawn(move || {
            for node in listener.incoming().map_while(Result::ok) {
                let _ = listening.connect(node);
            }
        });
        link
    }

    pub fn database_url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.0.address)
    }

    pub fn set(&self, mode: Mode) {
        let mut state = self.state();
        state.mode = mode;
        if mode == Mode::Cut {
            for (node, database) in state.connections.drain(..) {
                let _ = node.shutdown(Shutdown::Both);
                let _ = database.shutdown(Shutdown::Both);
            }
        }
        self.0.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self, node: TcpStream) -> std::io::Result<()> {
        if self.state().mode == Mode::Cut {
            return Ok(());
        }
        node.set_nodelay(true)?;
        let database = UnixStream::connect(&self.0.database)?;
        let both = (node.try_clone()?, database.try_clone()?);
        let back = (database.try_clone()?, node.try_clone()?);
        self.state().connections.push((node.try_clone()?, database.try_clone()?));
        let (forth_link, back_link) = (self.clone(), self.clone());
        thread::spawn(move || {
            forth_link.carry(both.0, both.1);
            let _ = node.shutdown(Shutdown::Both);
            let _ = database.shutdown(Shutdown::Both);
            forth_link.forget(&node);
        });
        thread::spawn(move || {
            back_link.carry(back.0, &back.1);
            let _ = back.1.shutdown(Shutdown::Both);
        });
        Ok(())
    }

    fn forget(&self, node: &TcpStream) {
        let Ok(gone) = node.peer_addr() else { return };
        self.state().connections.retain(|(known, _)| known.peer_addr().is_ok_and(|address| address != gone));
    }

    fn carry(&self, mut from: impl Read, mut to: impl Write) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 || !self.pass() || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
    }

    /// Waits until the piece may pass; returns whether it arrives.
    fn pass(&self) -> bool {
        let mode = self.state().mode;
        if let Mode::Slow(pause) = mode {
            thread::sleep(pause);
        }
        let silent = |state: &mut State| state.mode == Mode::Silent;
        let state = self.0.changed.wait_while(self.state(), silent).unwrap_or_else(PoisonError::into_inner);
        state.mode != Mode::Cut
    }
}
