//! The token endpoint of Entra and a data collection endpoint on one loopback port. A test chooses their answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server that runs as long as the test process.
pub struct Azure {
    /// The port on 127.0.0.1.
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    token: (u16, String),
    stream: (u16, String),
    /// How far the server's clock is ahead, in seconds.
    ahead: i64,
    is_silent: bool,
    /// The header `Location` of every answer.
    location: Option<String>,
    requests: Vec<Request>,
}

/// A received request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The request line: method, target and protocol version.
    pub line: String,
    /// The header `Authorization`.
    pub authorization: String,
    /// The header `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Azure {
    /// Starts a server that accepts everything, with TLS if there is a configuration for it.
    pub fn start(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let token = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"the.real.token"}"#;
        let state = Arc::new(Mutex::new(State {
            token: (200, token.to_owned()),
            stream: (204, String::new()),
            ahead: 0,
            is_silent: false,
            location: None,
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || serve(socket, tls, &state));
            }
        });
        Self { port, state }
    }

    /// Sets the answer to token requests.
    pub fn token(&self, status: u16, body: &str) {
        self.state.lock().unwrap().token = (status, body.to_owned());
    }

    /// Sets the answer to posted records.
    pub fn stream(&self, status: u16, body: &str) {
        self.state.lock().unwrap().stream = (status, body.to_owned());
    }

    /// Sets the clock of the server ahead.
    pub fn ahead(&self, seconds: i64) {
        self.state.lock().unwrap().ahead = seconds;
    }

    /// Stops answering.
    pub fn silence(&self) {
        self.state.lock().unwrap().is_silent = true;
    }

    /// Adds the header `Location` to every answer.
    pub fn redirect(&self, location: &str) {
        self.state.lock().unwrap().location = Some(location.to_owned());
    }

    /// Returns the requests received so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn serve(socket: TcpStream, tls: Option<Arc<ServerConfig>>, state: &Mutex<State>) {
    match tls {
        None => answer(socket, state),
        Some(tls) => answer(StreamOwned::new(ServerConnection::new(tls).unwrap(), socket), state),
    }
}

/// Answers one request.
fn answer(mut stream: impl Read + Write, state: &Mutex<State>) {
    let Some(request) = read(&mut stream) else {
        // A client that has already closed the connection, such as one that does not trust the certificate, never gets
        // this.
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    let (status, body, date, location) = {
        let mut state = state.lock().unwrap();
        let (status, body) = if request.line.contains("/token") { &state.token } else { &state.stream };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(now.checked_add_signed(state.ahead).unwrap());
        let location = state.location.as_ref().map(|location| format!("Location: {location}\r\n"));
        let answer = (*status, body.clone(), date, location.unwrap_or_default());
        state.requests.push(request);
        if state.is_silent {
            drop(state);
            thread::sleep(Duration::from_secs(60));
            return;
        }
        answer
    };
    let (date, length) = (httpdate::fmt_http_date(date), body.len());
    let head = format!(
        "HTTP/1.1 {status} Status\r\nDate: {date}\r\n{location}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.write_all((head + &body).as_bytes()).and_then(|()| stream.flush());
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let mut request = Request { line: line()?, ..Request::default() };
    let mut length = 0;
    while let Some(header) = line().filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "authorization" => request.authorization = value.to_owned(),
            "content-type" => request.content_type = value.to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
