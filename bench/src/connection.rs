//! One connection to the host, kept open, with one request at a time.

use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

pub(crate) struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        let (sender, driver) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        tokio::spawn(driver);
        Ok(Self {
            host: address.to_string(),
            sender,
        })
    }

    /// The body of a GET that succeeds.
    pub(crate) async fn get(&mut self, target: &str, token: &str) -> Result<Bytes, String> {
        self.send("GET", target, token, Bytes::new()).await
    }

    /// The body of a POST that succeeds.
    pub(crate) async fn post(
        &mut self,
        target: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let reply = self
            .send("POST", target, token, body.to_string().into())
            .await?;
        serde_json::from_slice(&reply).map_err(|error| error.to_string())
    }

    /// A PUT that succeeds, after which nothing more is wanted to be told.
    pub(crate) async fn put(
        &mut self,
        target: &str,
        token: &str,
        body: &Value,
    ) -> Result<(), String> {
        self.send("PUT", target, token, body.to_string().into())
            .await
            .map(drop)
    }

    async fn send(
        &mut self,
        method: &str,
        target: &str,
        token: &str,
        body: Bytes,
    ) -> Result<Bytes, String> {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json")
            // Only replies to a PUT can be less.
            .header("prefer", "return=minimal")
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let failed = |error: hyper::Error| format!("{method} {target}: {error}");
        self.sender.ready().await.map_err(failed)?;
        let reply = self.sender.send_request(request).await.map_err(failed)?;
        let status = reply.status();
        let body = reply
            .into_body()
            .collect()
            .await
            .map_err(failed)?
            .to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!(
                "{method} {target}: {status}: {}",
                String::from_utf8_lossy(&body)
            ))
        }
    }
}
