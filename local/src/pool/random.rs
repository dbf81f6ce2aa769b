//! Randomness, injected, in the forms that a pool needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::hex;

use super::error::PoolError;

/// Fills a buffer with bytes from a cryptographic random source.
pub type Fill = Box<dyn FnMut(&mut [u8]) -> Result<(), PoolError> + Send>;

pub(super) struct Random(Fill);

impl Random {
    pub(super) fn new(fill: Fill) -> Self {
        Self(fill)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], PoolError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }

    /// 256 random bits in 43 characters of base64url: a code, a form token, the secret of a token.
    pub(super) fn secret(&mut self) -> Result<String, PoolError> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<32>()?))
    }

    /// A UUID of version 4 (RFC 9562 §5.4).
    pub(super) fn uuid(&mut self) -> Result<String, PoolError> {
        let mut bytes = self.bytes::<16>()?;
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        *version = (*version & 0x0f) | 0x40;
        *variant = (*variant & 0x3f) | 0x80;
        let mut text = hex::encode(&bytes);
        for dash in [20, 16, 12, 8] {
            text.insert(dash, '-');
        }
        Ok(text)
    }
}
