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

/// Puts a file where the host said, as it said.
pub(crate) async fn put_file(request: Option<&Value>, file: Bytes) -> Result<(), String> {
    let text = |name: &str| request?.get(name)?.as_str();
    let url = text("url").ok_or("there is no address to put a file")?;
    let url: http::Uri = url.parse().map_err(|_| "it is no address".to_owned())?;
    let host = url.authority().map(http::uri::Authority::as_str);
    let host = host.ok_or("the address has no host")?.to_owned();
    let stream = TcpStream::connect(&host)
        .await
        .map_err(|error| error.to_string())?;
    let (mut sender, driver) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    tokio::spawn(driver);
    let target = url.path_and_query().map_or("/", |target| target.as_str());
    let mut put = Request::builder()
        .method("PUT")
        .uri(target)
        .header(HOST, &host);
    let headers = request.and_then(|request| request.get("headers")?.as_object());
    for (name, value) in headers.into_iter().flatten() {
        // The length is told by who sends it.
        if name != "content-length" {
            put = put.header(name, value.as_str().unwrap_or_default());
        }
    }
    let put = put
        .body(Full::new(file))
        .map_err(|error| error.to_string())?;
    let reply = sender.send_request(put).await;
    let status = reply.map_err(|error| error.to_string())?.status();
    if status.is_success() {
        return Ok(());
    }
    Err(format!("PUT {target}: {status}"))
}
