//! The client address: the peer, or the address that trusted proxies report. Logs, limits and the audit trail all use
//! this module.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::X_FORWARDED_FOR;

use crate::http::state::AppState;

/// Whether the request came from a trusted proxy.
pub fn is_trusted_peer(request: &HttpRequest, state: &AppState) -> bool {
    request.peer_addr().is_some_and(|address| is_trusted(address.ip(), state))
}

fn is_trusted(address: IpAddr, state: &AppState) -> bool {
    state.trusted_proxies.iter().any(|network| network.contains(address))
}

/// Forwarded headers are used only if the peer is in `trusted_proxies`.
pub fn client_address(request: &HttpRequest, state: &AppState) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let lines: Vec<&[u8]> =
        request.headers().get_all(X_FORWARDED_FOR).map(|value| value.as_bytes()).collect();
    last_untrusted(peer, &lines, |address| is_trusted(address, state))
}

/// Each proxy appends the address of its client. The list is therefore read from the right, as long as a trusted proxy
/// wrote the entry. An invalid entry ends the reading; the last valid address counts.
fn last_untrusted(peer: IpAddr, lines: &[&[u8]], is_trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut last = peer.to_canonical();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
    while is_trusted(last) {
        let Some(hop) = hops.next().and_then(address_of) else { break };
        last = hop;
    }
    last
}

/// Some proxies add the port, and brackets with it: `192.0.2.1:443`, `[2001:db8::1]:443`, `[2001:db8::1]`.
fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(bare) => IpAddr::V6(bare.parse().ok()?),
        None => text.parse().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip())).ok()?,
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PEER: &str = "10.0.0.1";

    fn of(peer: &str, lines: &[&str]) -> String {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let trusted = |address: IpAddr| {
            let address = address.to_string();
            address.starts_with("10.0.0.") || address == "fd00::1"
        };
        last_untrusted(peer.parse().expect("an address"), &lines, trusted).to_string()
    }

    #[test]
    fn entries_count_from_the_right_for_as_long_as_a_trusted_proxy_wrote_them() {
        for (peer, lines, expected) in [
            (PEER, [].as_slice(), PEER),
            (PEER, &["192.0.2.1"], "192.0.2.1"),
            (PEER, &["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            (PEER, &["6.6.6.6,192.0.2.1 , 10.0.0.2"], "192.0.2.1"),
            (PEER, &["6.6.6.6", "192.0.2.1", "10.0.0.2,10.0.0.3"], "192.0.2.1"),
            (PEER, &["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
            // Headers from an untrusted peer are ignored.
            ("192.0.2.9", &["6.6.6.6"], "192.0.2.9"),
            ("::ffff:192.0.2.9", &["6.6.6.6"], "192.0.2.9"),
            ("::ffff:10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            // An invalid entry cannot hide the address of its writer.
            (PEER, &["garbage, 192.0.2.1"], "192.0.2.1"),
            (PEER, &["192.0.2.1, garbage"], PEER),
            (PEER, &["192.0.2.1, garbage, 10.0.0.2"], "10.0.0.2"),
            (PEER, &["192.0.2.1,"], PEER),
            (PEER, &["192.0.2.1", ""], PEER),
            (PEER, &["192.0.2.1, unknown"], PEER),
            (PEER, &["192.0.2.1, 192.0.2.300"], PEER),
            (PEER, &["192.0.2.1, \u{fffd}"], PEER),
            // Ports, brackets, IPv6.
            (PEER, &["6.6.6.6, 192.0.2.1:4711"], "192.0.2.1"),
            (PEER, &["6.6.6.6, [2001:db8::1]:4711"], "2001:db8::1"),
            (PEER, &["6.6.6.6, [2001:db8::1]"], "2001:db8::1"),
            (PEER, &["6.6.6.6, 2001:db8::1"], "2001:db8::1"),
            (PEER, &["192.0.2.1, [fd00::1]:80, 10.0.0.2:99"], "192.0.2.1"),
            (PEER, &["::ffff:192.0.2.1"], "192.0.2.1"),
            (PEER, &["[::ffff:192.0.2.1]:80"], "192.0.2.1"),
            (PEER, &["192.0.2.7, ::ffff:10.0.0.2"], "192.0.2.7"),
            (PEER, &["192.0.2.1:99999"], PEER),
            (PEER, &["[192.0.2.1]"], PEER),
            (PEER, &["[2001:db8::1"], PEER),
            // Only proxies: the farthest one.
            (PEER, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            assert_eq!(of(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_in_front_of_what_a_proxy_wrote_changes_the_address(
            lines in prop::collection::vec("[ -~]{0,40}", 0..4),
            together in any::<bool>(),
        ) {
            let mut lines = lines;
            match lines.last_mut().filter(|_| together) {
                Some(last) => last.push_str(", 192.0.2.1"),
                None => lines.push("192.0.2.1".to_owned()),
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(of(PEER, &lines), "192.0.2.1");
        }
    }
}
