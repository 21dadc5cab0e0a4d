//! A provider for tests, on this machine: it says what it is told to, headers included, and keeps what it was asked.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    /// The value of a header, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

/// What is said to a request.
pub(crate) enum Said {
    /// A number, lines of further headers, and a body.
    Reply(u16, &'static str, String),
    /// Nothing: the connection ends.
    HangUp,
}

pub(crate) struct Provider {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    /// Says to every request what `says` does. It ends with the test's process.
    pub(crate) fn start(says: impl Fn(&Asked) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let keeps = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map(Result::unwrap) {
                // Whoever speaks TLS, or is gone, asks nothing.
                let Some(request) = read(&stream) else {
                    continue;
                };
                keeps.lock().unwrap().push(request.clone());
                if let Said::Reply(number, headers, body) = says(&request) {
                    let length = body.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {number} Said\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
                    );
                }
            }
        });
        Self { url, asked }
    }

    /// Everything it was asked, oldest first.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut headers = Vec::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut asked = Asked {
        line: first,
        headers,
        body: Value::Null,
    };
    let mut body = vec![0; asked.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    asked.body = serde_json::from_slice(&body).unwrap_or_default();
    Some(asked)
}
