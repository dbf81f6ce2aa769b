//! Where a credential may be used from.

use core::net::IpAddr;

use ipnet::IpNet;

/// Networks, each as CIDR or as one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Networks(Vec<IpNet>);

impl Networks {
    /// As many as anybody needs.
    const MAX: usize = 64;

    /// Takes `texts`, if each names a network and there are 1 to 64 of them: an empty list may mean
    /// "from nowhere" or "from anywhere", and nobody can say which.
    pub(crate) fn parse(texts: &[String]) -> Option<Self> {
        if !(1..=Self::MAX).contains(&texts.len()) {
            return None;
        }
        texts.iter().map(|text| network(text)).collect::<Option<_>>().map(Self)
    }

    /// Whether `source` is in one of them; IPv4 may be written as IPv6.
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

/// A network, or one address. Bits behind the prefix are refused: nobody can say which was meant. So is
/// IPv4 written as IPv6, which no caller's address would be in.
fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().ok()?,
    };
    let is_mapped = matches!(network, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some());
    (network.addr() == network.network() && !is_mapped).then_some(network)
}
