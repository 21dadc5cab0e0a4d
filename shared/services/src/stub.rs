//! A server for tests, on this machine: it answers what it is told to, and keeps what it was asked.

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

/// What is answered to a request.
pub(crate) enum Answer {
    /// A number and a body.
    Reply(u16, String),
    /// The same with lines of further headers.
    With(u16, &'static str, String),
    /// Nothing: the connection ends.
    HangUp,
}

/// The server.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers every request as `answer` says. It ends with the test's process.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> Self {
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
                let (number, headers, body) = match answer(&request) {
                    Answer::Reply(number, body) => (number, "", body),
                    Answer::With(number, headers, body) => (number, headers, body),
                    Answer::HangUp => continue,
                };
                let length = body.len();
                // Whoever asked may be gone.
                let _ = write!(
                    stream,
                    "HTTP/1.1 {number} Stub\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
                );
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
