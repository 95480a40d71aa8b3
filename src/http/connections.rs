//! Limits on client connections, so that no client locks out the others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{Clock, Network};

/// Limits for all workers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    pub all: usize,
    /// An address never holds more than this, nor more than the number still free.
    pub per_address: usize,
}

/// Connections that are accepted beyond the limit and closed at once.
pub const OVERFLOW: usize = 64;

impl ConnectionLimits {
    /// The limit per worker, so that together they accept no more than `all` plus the overflow.
    pub fn per_worker(self, workers: usize) -> usize {
        (self.all.saturating_add(OVERFLOW) / workers.max(1)).max(1)
    }
}

/// Why a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Address,
    All,
}

/// Open connections by client address, counted from accept on, before any handshake.
pub struct Connections {
    limits: ConnectionLimits,
    /// Exempt from the limit per address, because they connect on behalf of many clients.
    trusted_proxies: Vec<Network>,
    clock: Arc<dyn Clock>,
    open: Mutex<Open>,
    refused_by_address: AtomicU64,
    refused_by_all: AtomicU64,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
    /// Since boot.
    logged_at: Option<Duration>,
    refused_since: u64,
}

/// One connection, counted until this is dropped.
pub struct Admitted {
    connections: Arc<Connections>,
    client: IpAddr,
}

/// Refused connections are logged no more often than this.
const LOG_EVERY: Duration = Duration::from_secs(60);

impl Connections {
    pub fn new(limits: ConnectionLimits, trusted_proxies: Vec<Network>, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits,
            trusted_proxies,
            clock,
            open: Mutex::default(),
            refused_by_address: AtomicU64::new(0),
            refused_by_all: AtomicU64::new(0),
        }
    }

    pub fn limits(&self) -> ConnectionLimits {
        self.limits
    }

    /// `Err` when this connection must be closed.
    ///
    /// No address may hold more connections than are still free. The busiest addresses thus share the capacity, and
    /// some of it remains for an address that holds none.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Admitted, Excess> {
        let address = address.to_canonical();
        let is_proxy = self.trusted_proxies.iter().any(|network| network.contains(address));
        let client = client(address);
        let mut open = self.open();
        let free = self.limits.all.saturating_sub(open.all);
        let held = open.by_client.get(&client).copied().unwrap_or(0);
        let excess = if free == 0 {
            Excess::All
        } else if !is_proxy && held >= self.limits.per_address.min(free) {
            Excess::Address
        } else {
            open.all += 1;
            open.by_client.insert(client, held + 1);
            return Ok(Admitted { connections: self.clone(), client });
        };
        let counter = match excess {
            Excess::Address => &self.refused_by_address,
            Excess::All => &self.refused_by_all,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let refused = open.note_refused(self.clock.since_boot());
        let all = open.all;
        drop(open);
        if let Some(refused) = refused {
            tracing::warn!(%address, held, all, refused, limit = ?excess, "too many connections: closing new ones");
        }
        Err(excess)
    }

    pub fn open_now(&self) -> usize {
        self.open().all
    }

    /// Refused connections by the limit reached: per address, and in total.
    pub fn refused(&self) -> [(&'static str, u64); 2] {
        [("address", &self.refused_by_address), ("all", &self.refused_by_all)]
            .map(|(limit, counter)| (limit, counter.load(Ordering::Relaxed)))
    }

    /// Nothing in the locked sections can panic halfway.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// The number refused since the last log line, if the next line is due.
    fn note_refused(&mut self, now: Duration) -> Option<u64> {
        self.refused_since += 1;
        if self.logged_at.is_some_and(|at| now.saturating_sub(at) < LOG_EVERY) {
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.refused_since))
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all = open.all.saturating_sub(1);
        if let Some(held) = open.by_client.get_mut(&self.client) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                open.by_client.remove(&self.client);
            }
        }
    }
}

/// A client with one IPv6 address usually controls the whole /64.
fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::Timestamp;

    struct StoppedClock(AtomicU64);

    impl Clock for StoppedClock {
        fn now(&self) -> Timestamp {
            unreachable!("connections are counted without the wall clock")
        }

        fn since_epoch(&self) -> Duration {
            unreachable!("connections are counted without the wall clock")
        }

        fn since_boot(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    fn connections(all: usize, per_address: usize) -> Arc<Connections> {
        let proxies = vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
        let clock = Arc::new(StoppedClock(AtomicU64::new(7)));
        Arc::new(Connections::new(ConnectionLimits { all, per_address }, proxies, clock))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_is_limited_and_others_are_not_affected() {
        let connections = connections(100, 2);
        for (one, same, other) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("192.0.2.3", "::ffff:192.0.2.3", "192.0.2.4"),
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::1"),
        ] {
            let first = connections.admit(ip(one)).expect("the first");
            let _second = connections.admit(ip(same)).expect("the second");
            let [(_, before), _] = connections.refused();
            assert_eq!(connections.admit(ip(one)).err(), Some(Excess::Address), "{one}");
            assert_eq!(connections.admit(ip(same)).err(), Some(Excess::Address), "{same}");
            assert_eq!(connections.refused(), [("address", before + 2), ("all", 0)]);
            assert!(connections.admit(ip(other)).is_ok());
            drop(first);
            assert!(connections.admit(ip(one)).is_ok(), "one has ended");
        }
        assert_eq!(connections.open_now(), 0);
        assert!(connections.open().by_client.is_empty(), "an address that holds none is forgotten");
    }

    #[test]
    fn any_number_of_greedy_addresses_leaves_room_for_another_client() {
        for greedy in [1_u8, 2, 3, 10, 50] {
            let connections = connections(1_000, 5_000);
            let mut held = Vec::new();
            // In turns, and then one after the other.
            for round in 0..3_000_u32 {
                for number in 0..greedy {
                    let number =
                        if round < 500 { number } else { u8::try_from(round % 50).unwrap_or(0) % greedy };
                    held.extend(connections.admit(IpAddr::from([192, 0, 2, number])));
                }
            }
            let left = 1_000 - connections.open_now();
            assert!(left >= 1_000 / (usize::from(greedy) + 1), "{greedy} addresses left {left}");
            let other: Vec<_> =
                (0..left / 2).map_while(|_| connections.admit(ip("198.51.100.1")).ok()).collect();
            assert_eq!(other.len(), left / 2, "{greedy} addresses");
        }
    }

    #[test]
    fn trusted_proxy_is_limited_by_the_limit_of_all_alone() {
        let connections = connections(10, 1);
        for proxy in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"] {
            let held: Vec<_> = (0..10).map(|_| connections.admit(ip(proxy))).collect();
            assert!(held.iter().all(Result::is_ok), "{proxy}");
            assert_eq!(connections.open_now(), 10);
            assert_eq!(connections.admit(ip(proxy)).err(), Some(Excess::All));
            assert_eq!(connections.admit(ip("192.0.2.1")).err(), Some(Excess::All));
        }
        assert_eq!(connections.refused(), [("address", 0), ("all", 6)]);
    }

    #[test]
    fn refused_connections_are_logged_once_a_minute() {
        let mut open = Open::default();
        let seconds = [0, 0, 1, 59, 60, 61, 119, 120, 500, 501];
        let logged = seconds.map(|second| open.note_refused(Duration::from_secs(second)));
        assert_eq!(logged, [Some(1), None, None, None, Some(4), None, None, Some(3), Some(1), None]);
    }

    #[test]
    fn workers_together_accept_no_more_than_the_limit() {
        for (all, workers) in
            [(1, 1), (1, 8), (888, 1), (888, 2), (888, 3), (888, 64), (50_000, 512), (700, 512)]
        {
            let limits = ConnectionLimits { all, per_address: 1 };
            assert!(
                limits.per_worker(workers) * workers <= all + OVERFLOW,
                "{all} connections, {workers} workers"
            );
        }
    }
}
