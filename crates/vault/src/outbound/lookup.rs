//! Turns a host into addresses, and refuses private ones.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use url::Url;

use crate::outbound::address::is_public;
use crate::outbound::listed_hosts::ListedHosts;

/// More addresses of one name are not tried.
const MAX_ADDRESSES: usize = 8;

/// Looks up the addresses of a host: a name, or an address itself.
pub trait Lookup: Send + Sync + fmt::Debug {
    fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

/// Looks up once for each connection, which is then made to the addresses that were checked: an answer that changes
/// between two look-ups cannot lead elsewhere.
#[derive(Debug)]
pub struct CheckedResolver {
    pub lookup: std::sync::Arc<dyn Lookup>,
    pub listed: ListedHosts,
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let url = Url::parse(&uri.to_string()).map_err(|_| ureq::Error::HostNotFound)?;
        let host = url.host_str().ok_or(ureq::Error::HostNotFound)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().ok_or(ureq::Error::HostNotFound)?;
        let found = self.within(*timeout.after, host, port).ok_or(ureq::Error::HostNotFound)?;
        let is_listed = self.listed.contains(&url);
        // One private address among public ones is enough to refuse: which one is used would be left to chance.
        if found.is_empty() || !(is_listed || found.iter().all(|address| is_public(address.ip()))) {
            return Err(ureq::Error::HostNotFound);
        }
        let mut addresses = self.empty();
        for address in found.into_iter().take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

impl CheckedResolver {
    /// The system's look-up has no limit of its own, so it runs in a thread, which is left behind when it takes longer.
    fn within(&self, limit: Duration, host: String, port: u16) -> Option<Vec<SocketAddr>> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let lookup = self.lookup.clone();
        thread::Builder::new()
            .name("vault-lookup".to_owned())
            .spawn(move || sender.send(lookup.addresses(&host, port)))
            .ok()?;
        receiver.recv_timeout(limit).ok()?.ok()
    }
}
