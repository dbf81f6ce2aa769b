//! The networks from which a credential may be used.

use core::net::IpAddr;

use ipnet::IpNet;

/// Networks, each as CIDR or as one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Networks(Vec<IpNet>);

impl Networks {
    /// The most networks in one list.
    const MAX: usize = 64;

    /// Reads `texts`, if each names a network and there are 1 to 64 of them. An empty list is
    /// refused: its author may have meant "from nowhere" or "from anywhere".
    pub(crate) fn parse(texts: &[String]) -> Option<Self> {
        if !(1..=Self::MAX).contains(&texts.len()) {
            return None;
        }
        texts.iter().map(|text| network(text)).collect::<Option<_>>().map(Self)
    }

    /// Whether `source` is in one of them. It may be IPv4 mapped to IPv6 (RFC 4291 §2.5.5.2).
    pub(crate) fn contain(&self, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.0.iter().any(|network| network.contains(&source))
    }
}

/// Whether `text` names a network that a credential may be bound to, as CIDR or as one address.
#[must_use]
pub fn is_network(text: &str) -> bool {
    network(text).is_some()
}

/// A network, or one address. `10.1.2.3/8` is refused: its author may have meant the address or the
/// network. So is IPv4 mapped to IPv6: [`Networks::contain`] turns such an address into IPv4 first,
/// so the network would contain none.
fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().ok()?,
    };
    let is_mapped = matches!(network, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some());
    (network.addr() == network.network() && !is_mapped).then_some(network)
}
