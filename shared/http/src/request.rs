//! One request and one reply, whatever carried them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use std::net::IpAddr;

/// A request as the gateway handed it over.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without its question mark, still percent-encoded.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Who asks, from the gateway's own knowledge and never from a header.
    pub client_ip: IpAddr,
    /// Names this request in logs, replies and problems.
    pub id: String,
}

impl Request {
    /// A header's text, if it is there once and is text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            (_, _) => None,
        }
    }
}

/// A reply to be carried back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// A reply without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A reply of `content_type`.
    pub fn of(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::empty(status).with_body(content_type, body.into())
    }

    /// A JSON reply.
    pub fn json<T: serde::Serialize>(status: u16, value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self::of(
            status,
            "application/json",
            serde_json::to_vec(value)?,
        ))
    }

    fn with_body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body;
        self
    }

    /// Adds a header; a value that is not visible ASCII is left out, so that no text of a user can split a reply.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// Decodes a query string or form into its pairs, in order.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The address by which a client is counted: all of an IPv4 address, the first 64 bits of an IPv6 address, since one
/// client commonly has a whole /64 to choose from.
pub fn client_prefix(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_counted_by_address_or_by_their_64_bits() {
        let prefix = |ip: &str| client_prefix(ip.parse().unwrap());
        assert_eq!(prefix("203.0.113.9"), "203.0.113.9");
        assert_eq!(prefix("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(
            prefix("2001:db8:1:2:3:4:5:6"),
            prefix("2001:db8:1:2:ffff::1")
        );
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
    }

    #[test]
    fn a_line_break_in_a_value_cannot_make_a_second_header() {
        let reply = Reply::empty(201).with_header(http::header::LOCATION, "/x\r\nSet-Cookie: a=b");
        assert!(reply.headers.is_empty());
    }
}
