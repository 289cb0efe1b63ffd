//! The server: connections, routes, and closing and opening the port.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::answer::{self, Answer, Cut, Refusal};
use crate::faults::{Fault, Faults};
use crate::ingestion::{self, Body};
use crate::journal::{Call, Journal};
use crate::settings::Settings;
use crate::token::{self, Tokens};
use crate::{ports, tls};

/// How long the port may be in use before [`Endpoint::start`] fails.
const LONGEST_START: Duration = Duration::from_secs(1);

/// A running endpoint on 127.0.0.1. It stops when it is dropped.
#[derive(Debug)]
pub struct Endpoint {
    azure: Arc<Azure>,
    port: u16,
    certificate: Option<String>,
    control: Option<UnboundedSender<Control>>,
    thread: Option<JoinHandle<()>>,
}

/// The state that all connections share.
#[derive(Debug)]
struct Azure {
    settings: Settings,
    tokens: Tokens,
    faults: Faults,
    journal: Journal,
}

/// An instruction to the running server, with a channel for the result.
enum Control {
    Down(mpsc::Sender<io::Result<()>>),
    Up(mpsc::Sender<io::Result<()>>),
}

impl Endpoint {
    /// Starts an endpoint in a separate thread. It is listening when this function returns.
    ///
    /// # Errors
    ///
    /// The port is in use, or the thread or the certificate cannot be created.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let port = if settings.port == 0 { ports::free_port()? } else { settings.port };
        let (acceptor, certificate) = settings.tls.then(tls::acceptor).transpose()?.unzip();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(listen(port))?;
        let (control, commands) = unbounded_channel();
        let journal = Journal::new(settings.keep);
        let azure = Arc::new(Azure { settings, tokens: Tokens::default(), faults: Faults::new(), journal });
        let server = Server { azure: Arc::clone(&azure), port, acceptor };
        let thread = thread::Builder::new()
            .name("endpoint".to_owned())
            .spawn(move || runtime.block_on(server.run(listener, commands)))?;
        Ok(Self { azure, port, certificate, control: Some(control), thread: Some(thread) })
    }

    /// Returns the URL of the data collection endpoint, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        let (scheme, host) = if self.certificate.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        format!("{scheme}://{host}:{}", self.port)
    }

    /// Returns the URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.url(), self.settings().tenant)
    }

    /// Returns the settings that the endpoint was started with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.azure.settings
    }

    /// Returns the certificate to trust, as PEM; `None` without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Returns the faults, to set or clear them.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.azure.faults
    }

    /// Returns the journal of everything that has arrived.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.azure.journal
    }

    /// Invalidates all issued tokens before they expire.
    pub fn revoke_tokens(&self) {
        self.azure.tokens.revoke();
    }

    /// Closes the port and all connections. The journal is kept.
    pub fn go_down(&self) {
        self.control(Control::Down).expect("closing a listener never fails");
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    ///
    /// Another process has taken the port.
    pub fn come_up(&self) -> io::Result<()> {
        self.control(Control::Up)
    }

    fn control(&self, what: impl FnOnce(mpsc::Sender<io::Result<()>>) -> Control) -> io::Result<()> {
        let (done, is_done) = mpsc::channel();
        let is_sent = self.control.as_ref().is_some_and(|control| control.send(what(done)).is_ok());
        let stopped = || io::Error::other("the endpoint has stopped");
        if is_sent { is_done.recv().map_err(|_| stopped())? } else { Err(stopped()) }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has already been printed.
            let _ = thread.join();
        }
    }
}

struct Server {
    azure: Arc<Azure>,
    port: u16,
    acceptor: Option<TlsAcceptor>,
}

impl Server {
    /// Serves until the endpoint is dropped.
    async fn run(self, listener: TcpListener, mut commands: UnboundedReceiver<Control>) {
        let mut listener = Some(listener);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Control::Down(done)) => {
                        listener = None;
                        connections.shutdown().await;
                        let _ = done.send(Ok(()));
                    }
                    Some(Control::Up(done)) => {
                        let result = if listener.is_none() { self.listen_again(&mut listener).await } else { Ok(()) };
                        let _ = done.send(result);
                    }
                    None => break,
                },
                Some(stream) = accept(listener.as_ref()) => {
                    connections.spawn(serve(Arc::clone(&self.azure), self.acceptor.clone(), stream));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn listen_again(&self, listener: &mut Option<TcpListener>) -> io::Result<()> {
        *listener = Some(listen(self.port).await?);
        Ok(())
    }
}

/// Listens on a port. A port that this process has just closed may be in use for a moment: a program that another
/// thread is starting has copies of all sockets until it runs.
async fn listen(port: u16) -> io::Result<TcpListener> {
    let started = Instant::now();
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && started.elapsed() < LONGEST_START => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}")));
            }
            Ok(listener) => return Ok(listener),
        }
    }
}

/// Accepts the next connection; `None` if the port is closed.
async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    listener?.accept().await.ok().map(|(stream, _)| stream)
}

/// Serves a connection until it is closed. Errors are ignored, because only the client or a fault causes them.
async fn serve(azure: Arc<Azure>, acceptor: Option<TlsAcceptor>, stream: TcpStream) {
    let service = service_fn(move |request| handle(Arc::clone(&azure), request));
    let _ = match acceptor {
        None => http1::Builder::new().serve_connection(TokioIo::new(stream), service).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => http1::Builder::new().serve_connection(TokioIo::new(stream), service).await,
            Err(_) => return,
        },
    };
}

async fn handle(azure: Arc<Azure>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match segments[..] {
        [_, "oauth2", "v2.0", "token"] | ["dataCollectionRules", _, "streams", _] if head.method != Method::POST => {
            Ok(answer::empty(StatusCode::METHOD_NOT_ALLOWED))
        }
        [tenant, "oauth2", "v2.0", "token"] => azure.issue_token(tenant, body).await,
        ["dataCollectionRules", dcr, "streams", stream] => azure.ingest(&head, dcr, stream, body).await,
        _ => Ok(answer::empty(StatusCode::NOT_FOUND)),
    }
}

impl Azure {
    async fn issue_token(&self, tenant: &str, body: Incoming) -> Result<Answer, Cut> {
        let form = read(body).await?;
        let (status, body) = token::answer(&self.settings, &self.tokens, tenant, &form);
        let code = body["error"].as_str().unwrap_or_default().to_owned();
        let call = Call { is_token: true, code, ..Call::new(form.len(), Some(status)) };
        self.journal.enter(call, Body::default());
        Ok(answer::json(status, &body))
    }

    async fn ingest(&self, head: &Parts, dcr: &str, stream: &str, body: Incoming) -> Result<Answer, Cut> {
        let fault = self.faults.next();
        if fault == Some(Fault::CutBefore) {
            let length = first_part(body).await;
            self.journal.enter(Call::new(length, None), Body::default());
            return Err(Cut);
        }
        let sent = read(body).await?;
        let refused = fault.and_then(refusal).map_or(Ok(()), Err);
        let head_checked =
            refused.and_then(|()| ingestion::check_head(&self.settings, &self.tokens, head, dcr, stream));
        let (mut body, body_checked) = ingestion::check_body(&self.settings, head, &sent);
        let mut call = Call { uncompressed: body.uncompressed, ..Call::new(sent.len(), Some(StatusCode::NO_CONTENT)) };
        if let Err(refusal) = head_checked.and(body_checked) {
            call.status = Some(refusal.status.as_u16());
            call.code = refusal.code.to_owned();
            body = Body::default();
            self.journal.enter(call, body);
            return Ok(refusal.answer());
        }
        call.accepted = body.records.len();
        if fault == Some(Fault::CutAfter) {
            call.status = None;
        }
        self.journal.enter(call, body);
        match fault {
            Some(Fault::CutAfter) => return Err(Cut),
            Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
            _ => {}
        }
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }
}

impl Call {
    /// Returns a call that has just arrived, without records.
    fn new(sent: usize, status: Option<StatusCode>) -> Self {
        Self {
            at: Instant::now(),
            is_token: false,
            status: status.map(|status| status.as_u16()),
            code: String::new(),
            sent,
            uncompressed: sent,
            accepted: 0,
        }
    }
}

/// Returns the refusal for a fault, if the fault is a refusal.
fn refusal(fault: Fault) -> Option<Refusal> {
    match fault {
        Fault::Throttled(seconds) => {
            let message = "The limits of the data collection rule are exceeded.";
            let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
            Some(Refusal { retry_after: Some(seconds), ..refusal })
        }
        Fault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(Refusal::new(status, "InjectedFault", "This call fails on demand."))
        }
        Fault::CutBefore | Fault::CutAfter | Fault::Slow(_) => None,
    }
}

async fn read(body: Incoming) -> Result<Bytes, Cut> {
    Limited::new(body, ingestion::MAX_READ).collect().await.map(|body| body.to_bytes()).map_err(|_| Cut)
}

/// Waits for the first part of a body, and returns its length.
async fn first_part(mut body: Incoming) -> usize {
    let frame = body.frame().await.and_then(Result::ok);
    frame.and_then(|frame| frame.into_data().ok()).map_or(0, |data| data.len())
}
