//! Where a request came from: the peer, or what a trusted proxy says of it.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::X_FORWARDED_FOR;

use super::AppState;

/// Whether the request came from a proxy of ours.
pub fn is_trusted_peer(request: &HttpRequest, state: &AppState) -> bool {
    request.peer_addr().is_some_and(|address| is_trusted(address.ip(), state))
}

fn is_trusted(address: IpAddr, state: &AppState) -> bool {
    state.trusted_proxies.iter().any(|network| network.contains(address))
}

/// Forwarded headers count from `trusted_proxies` alone: the last address there that is not one of theirs.
pub fn client_address(request: &HttpRequest, state: &AppState) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let trusted = |address| is_trusted(address, state);
    if !trusted(peer) {
        return peer;
    }
    let forwarded = request.headers().get_all(X_FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let mut hops: Vec<IpAddr> =
        forwarded.flat_map(|value| value.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
    hops.reverse();
    hops.into_iter().find(|hop| !trusted(*hop)).unwrap_or(peer)
}
