//! Files that the build packed into this binary.

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{CONTENT_ENCODING, ETAG, VARY};
use http::{HeaderMap, HeaderValue};
use plat_registry::{Client, Failure, Raw};
use std::io::Read;

/// How long caches may go without asking, in seconds: a release is seen this soon.
const MAX_AGE: u32 = 300;

/// A file as gzip, and its `ETag`.
pub(crate) struct Packed {
    pub(crate) gzip: &'static [u8],
    pub(crate) tag: &'static str,
}

/// The file that `build.rs` packed under this name.
macro_rules! packed {
    ($name:literal) => {
        $crate::packed::Packed {
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")),
            tag: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".tag")),
        }
    };
}
pub(crate) use packed;

impl Packed {
    /// The file as `client` can read it.
    pub(crate) fn reply(&self, media_type: &'static str, client: &Client) -> Result<Raw, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(ETAG, HeaderValue::from_static(self.tag));
        let body = if client.reads_gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Bytes::from_static(self.gzip)
        } else {
            let mut plain = Vec::new();
            GzDecoder::new(self.gzip)
                .read_to_end(&mut plain)
                .map_err(|error| Failure::fault(format!("a packed file does not open: {error}")))?;
            plain.into()
        };
        Ok(Raw {
            media_type,
            body,
            max_age: MAX_AGE,
            headers,
        })
    }
}
