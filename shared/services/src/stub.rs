//! A server for tests that answers as it is told, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: serde_json::Value,
}

impl Asked {
    /// The value of a header, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

/// What it answers.
pub(crate) enum Answer {
    /// A number and a body.
    Reply(u16, String),
    /// It reads all and says nothing.
    HangUp,
}

/// The server, which ends with the test's process.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers every request as `answer` says.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let keeps = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let request = read(&stream);
                let answer = answer(&request);
                keeps.lock().unwrap().push(request);
                write(stream, answer);
            }
        });
        Self { url, asked }
    }

    /// Everything it was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let mut asked = Asked {
        line: head.remove(0),
        headers: head,
        body: serde_json::Value::Null,
    };
    let mut body = vec![0; asked.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    asked.body = serde_json::from_slice(&body).unwrap_or_default();
    asked
}

fn write(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::HangUp => {}
        Answer::Reply(number, body) => {
            let length = body.len();
            // Whoever asked may be gone.
            let _ = write!(
                stream,
                "HTTP/1.1 {number} Stub\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \
                 {length}\r\n\r\n{body}"
            );
        }
    }
}
