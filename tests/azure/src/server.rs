//! The server: connections, routes, and being there or not.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Instant;

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

/// A running endpoint on 127.0.0.1. Dropping it ends it.
#[derive(Debug)]
pub struct Endpoint {
    azure: Arc<Azure>,
    port: u16,
    certificate: Option<String>,
    control: Option<UnboundedSender<Control>>,
    thread: Option<JoinHandle<()>>,
}

/// What all connections share.
#[derive(Debug)]
struct Azure {
    settings: Settings,
    tokens: Tokens,
    faults: Faults,
    journal: Journal,
}

/// What the endpoint is told while it runs, with where to say how it went.
enum Control {
    Down(mpsc::Sender<io::Result<()>>),
    Up(mpsc::Sender<io::Result<()>>),
}

impl Endpoint {
    /// Starts one in a thread of its own. It listens when this returns.
    ///
    /// # Errors
    ///
    /// The port is not free, or the system gives no thread or certificate.
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

    /// The address of the data collection endpoint, with its port and without a path.
    #[must_use]
    pub fn url(&self) -> String {
        let (scheme, host) = if self.certificate.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        format!("{scheme}://{host}:{}", self.port)
    }

    /// The address to get tokens from.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.url(), self.settings().tenant)
    }

    /// What it was started with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.azure.settings
    }

    /// The certificate to trust, as PEM, where it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.azure.faults
    }

    /// What has arrived.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.azure.journal
    }

    /// Ends the validity of all tokens that are out, before the time that was said.
    pub fn revoke_tokens(&self) {
        self.azure.tokens.revoke();
    }

    /// Closes the port and all connections. The account stays.
    pub fn go_down(&self) {
        self.tell(Control::Down).expect("a listener can always be closed");
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    ///
    /// Another process has taken the port.
    pub fn come_up(&self) -> io::Result<()> {
        self.tell(Control::Up)
    }

    fn tell(&self, what: impl FnOnce(mpsc::Sender<io::Result<()>>) -> Control) -> io::Result<()> {
        let (done, is_done) = mpsc::channel();
        let is_told = self.control.as_ref().is_some_and(|control| control.send(what(done)).is_ok());
        let gone = || io::Error::other("the endpoint has ended");
        if is_told { is_done.recv().map_err(|_| gone())? } else { Err(gone()) }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed.
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
    /// Serves until nobody controls it any more.
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

async fn listen(port: u16) -> io::Result<TcpListener> {
    let explain =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}"));
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(explain)
}

/// The next connection, if anybody listens.
async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    listener?.accept().await.ok().map(|(stream, _)| stream)
}

/// Serves a connection to its end. However it ends, it is the client's or the fault's doing.
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
        [tenant, "oauth2", "v2.0", "token"] => azure.give_token(tenant, body).await,
        ["dataCollectionRules", dcr, "streams", stream] => azure.ingest(&head, dcr, stream, body).await,
        _ => Ok(answer::empty(StatusCode::NOT_FOUND)),
    }
}

impl Azure {
    async fn give_token(&self, tenant: &str, body: Incoming) -> Result<Answer, Cut> {
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
    /// One that has just arrived and carries nothing.
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

/// The refusal that a fault is, if it is one.
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

/// Waits for a body to begin, and returns how much of it has come.
async fn first_part(mut body: Incoming) -> usize {
    let frame = body.frame().await.and_then(Result::ok);
    frame.and_then(|frame| frame.into_data().ok()).map_or(0, |data| data.len())
}
