//! Many connections and one epoll, so that one thread can load a server at low cost.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::failure::{Attempt, while_doing};
use crate::traffic::connection::{Answer, Connection};

/// The state of a request.
pub enum Received {
    NotYet,
    Answer,
    /// No response; the connection has been reopened.
    HungUp,
}

pub struct Pool {
    to: SocketAddr,
    from: Vec<Ipv4Addr>,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    /// Whether each connection has a pending request.
    awaited: Vec<bool>,
    events: Vec<Event>,
}

impl Pool {
    pub fn open(to: SocketAddr, connections: usize) -> Attempt<Self> {
        Self::try_open(to, connections, Vec::new()).map_err(while_doing(format!("connecting to {to}")))
    }

    /// One connection from each of these loopback addresses.
    pub fn open_from(addresses: Vec<Ipv4Addr>, to: SocketAddr) -> Attempt<Self> {
        let trouble = while_doing(format!("connecting to {to} from {} addresses", addresses.len()));
        Self::try_open(to, addresses.len(), addresses).map_err(trouble)
    }

    fn try_open(to: SocketAddr, connections: usize, from: Vec<Ipv4Addr>) -> io::Result<Self> {
        let mut pool = Self {
            to,
            from,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::with_capacity(connections),
            awaited: vec![false; connections],
            events: Vec::with_capacity(connections),
        };
        for index in 0..connections {
            let connection = pool.connect(index)?;
            pool.connections.push(connection);
        }
        Ok(pool)
    }

    fn connect(&self, index: usize) -> io::Result<Connection> {
        let connection = Connection::open(self.to, self.from.get(index).copied())?;
        connection.stop_blocking()?;
        epoll::add(&self.epoll, &connection, EventData::new_u64(index as u64), EventFlags::IN)?;
        Ok(connection)
    }

    pub fn len(&self) -> usize {
        self.connections.len()
    }

    pub fn send(&mut self, index: usize, request: &[u8]) -> Attempt<()> {
        if self.connections[index].send(request).is_err() {
            // A server may close an idle connection; a request that it never read is sent again.
            self.replace(index)?;
            self.connections[index].send(request).map_err(while_doing("sending a request"))?;
        }
        self.awaited[index] = true;
        Ok(())
    }

    pub fn receive(&mut self, index: usize) -> Attempt<Received> {
        match self.connections[index].receive() {
            Ok(false) => Ok(Received::NotYet),
            Ok(true) => {
                self.awaited[index] = false;
                Ok(Received::Answer)
            }
            Err(_) => {
                self.replace(index)?;
                let was_awaited = mem::take(&mut self.awaited[index]);
                Ok(if was_awaited { Received::HungUp } else { Received::NotYet })
            }
        }
    }

    /// The last response received on this connection.
    pub fn answer(&self, index: usize) -> Answer<'_> {
        self.connections[index].answer()
    }

    fn replace(&mut self, index: usize) -> Attempt<()> {
        // Closing the old socket removes it from the epoll.
        self.connections[index] =
            self.connect(index).map_err(while_doing("connecting again after the server hung up"))?;
        Ok(())
    }

    /// Fills `ready` with the connections that have something to read, waiting for the first at most this long.
    pub fn wait(&mut self, at_most: Duration, ready: &mut Vec<usize>) -> io::Result<()> {
        ready.clear();
        self.events.clear();
        if at_most < Duration::from_secs(1) && !at_most.is_zero() && !self.readable_within(at_most)? {
            return Ok(());
        }
        let seconds = Timespec { tv_sec: at_most.as_secs().cast_signed(), tv_nsec: 0 };
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&seconds)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.iter().filter_map(|event| usize::try_from(event.data.u64()).ok()));
        Ok(())
    }

    /// epoll_wait counts milliseconds; poll counts nanoseconds, which arrivals every 100 µs need.
    fn readable_within(&self, time: Duration) -> io::Result<bool> {
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(time.subsec_nanos()) };
        match poll(&mut [PollFd::new(&self.epoll, PollFlags::IN)], Some(&time)) {
            Ok(count) => Ok(count > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
