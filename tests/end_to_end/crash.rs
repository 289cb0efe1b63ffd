//! The shipper is stopped or killed while it works, and started again. The messages that it had accepted arrive.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Fault, Settings};
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::receiver::{Input, Ports};
use libtest_mimic::{Failed, Trial};

use crate::limits;
use crate::receipt::{LONGEST_WAIT, Times};
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    vec![
        trial(shipper, "killed_with_a_full_buffer", killed_with_a_full_buffer),
        trial(shipper, "stopped_with_a_full_buffer", stopped_with_a_full_buffer),
        trial(shipper, "killed_while_it_delivers", killed_while_it_delivers),
        trial(shipper, "killed_under_load_tcp", |context| killed_under_load(context, Transport::Tcp)),
        trial(shipper, "killed_under_load_tls", killed_under_load_tls),
        trial(shipper, "killed_under_load_udp", |context| killed_under_load(context, Transport::Udp)),
    ]
}

/// How long a shipper may need to read the data that the kernel holds for it.
const LONGEST_READ: Duration = Duration::from_secs(2);

/// Waits until the shipper's disk buffer has not grown for the time [`LONGEST_READ`]. This may be slow on a busy
/// machine.
fn wait_until_read(scenario: &Scenario) {
    let storage = scenario.host.directory().join("storage");
    let mut before = None;
    while before != Some(limits::size(&storage)) {
        before = Some(limits::size(&storage));
        thread::sleep(LONGEST_READ);
    }
}

/// An event that was sent at most this long before a kill may be lost. In practice only the last few hundredths of a
/// second are lost if the CPU is idle, and up to half a second if it is busy.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// The shipper cannot deliver anything and is killed. All messages are on its disk.
fn killed_with_a_full_buffer(context: &Context) -> Result<(), Failed> {
    ended_with_a_full_buffer(context, Traffic::new(201, 5000), |scenario| scenario.host.kill())
}

/// The shipper cannot deliver anything and is stopped. It keeps the messages that it cannot deliver within the grace
/// period.
fn stopped_with_a_full_buffer(context: &Context) -> Result<(), Failed> {
    ended_with_a_full_buffer(context, Traffic::new(202, 5000), |scenario| scenario.host.stop())
}

fn ended_with_a_full_buffer(
    context: &Context,
    traffic: Traffic,
    end: impl FnOnce(&mut Scenario) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let mut scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    scenario.endpoint.go_down();
    traffic.send(&scenario.tcp(), &[])?;
    wait_until_read(&scenario);
    end(&mut scenario)?;
    scenario.endpoint.come_up()?;
    scenario.restart()?;
    let expected = scenario.expect(&[traffic]);
    scenario.finish(&expected, Times::Once).map(drop)
}

/// Azure accepts records, but the shipper is killed before it gets the answer. It sends them again after the restart.
fn killed_while_it_delivers(context: &Context) -> Result<(), Failed> {
    let mut scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    scenario.endpoint.faults().set(Fault::Slow(Duration::from_secs(3600)));
    let traffic = Traffic::new(203, 5000);
    traffic.send(&scenario.tcp(), &[])?;
    if !scenario.endpoint.journal().wait(LONGEST_WAIT, |summary, _| summary.accepted > 1000) {
        return Err(scenario.host.failed("nothing is delivered"));
    }
    scenario.host.kill()?;
    scenario.endpoint.faults().clear();
    scenario.restart()?;
    let expected = scenario.expect(&[traffic]);
    match scenario.finish(&expected, Times::AtLeastOnce)? {
        0 => Err("records without an answer did not arrive again".into()),
        _ => Ok(()),
    }
}

/// The shipper is killed while events keep arriving. The events that it had read are on its disk. Two kinds are lost:
/// those that the kernel still held, which were sent in the last moments, and those sent while no shipper was running.
fn killed_under_load(context: &Context, transport: Transport) -> Result<(), Failed> {
    const SEED: u64 = 204;
    const RATE: f64 = 1000.0;
    const PHASE: Duration = Duration::from_secs(4);
    let mut scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    let (ports, is_over) = (scenario.host.ports, AtomicBool::new(false));
    let (sent, killed, back) = thread::scope(|scope| {
        let sender = scope.spawn(|| send_until(&is_over, SEED, transport, ports, RATE));
        thread::sleep(PHASE);
        let killed = Instant::now();
        let restarted = scenario.host.kill().and_then(|()| scenario.restart());
        let back = Instant::now();
        thread::sleep(PHASE);
        is_over.store(true, Ordering::Relaxed);
        let sent = sender.join().expect("a sender does not panic")?;
        restarted.map(|()| (sent, killed, back))
    })?;
    let journal = scenario.endpoint.journal();
    while journal.wait_for_call(LONGEST_READ, journal.calls().len()) {}
    scenario.host.stop()?;
    let marks = journal.marks();
    let lost: Vec<_> =
        (1..).zip(&sent).filter(|(number, _)| marks.count(SEED, *number) == 0).map(|(_, at)| *at).collect();
    let before = lost.iter().flatten().filter(|at| **at < killed).count();
    println!(
        "{}: of {} events, {before} from the last moments and {} from the {:.1?} without a shipper are lost",
        context.name,
        sent.len(),
        lost.len() - before,
        back - killed,
    );
    if let Some(at) = lost.iter().flatten().find(|at| **at + LAST_MOMENTS < killed) {
        return Err(format!("an event is lost that was sent {:?} before the kill", killed - *at).into());
    }
    if lost.iter().flatten().any(|at| *at > back + LAST_MOMENTS) {
        return Err("events are lost that were sent after the restart".into());
    }
    scenario.note(sent.len() - lost.len(), 0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

/// The shipper is killed while events arrive over TLS. That input has its own thread, and a queue in memory before the
/// disk.
fn killed_under_load_tls(context: &Context) -> Result<(), Failed> {
    const SEED: u64 = 205;
    const RATE: u32 = 1000;
    let setup = Setup { inputs: &[Input::Tls], ..Setup::QUICK };
    let mut scenario = Scenario::start(context, setup, Settings::default())?;
    let certificate = scenario.host.directory().join("cert.pem");
    let (to, certificate) = (scenario.tls(), certificate.to_string_lossy());
    let options = ["--ca", &certificate, "--clean"];
    let traffic = Traffic::new(SEED, 100_000).at(RATE);
    let seconds = thread::scope(|scope| {
        let start = Instant::now();
        let sender = scope.spawn(|| traffic.send(&to, &options));
        thread::sleep(Duration::from_secs(4));
        scenario.host.kill()?;
        let seconds = start.elapsed().as_secs_f64();
        // The sender exits when nothing listens any more.
        let _ = sender.join().expect("a sender does not panic");
        Ok::<_, Failed>(seconds)
    })?;
    scenario.restart()?;
    let journal = scenario.endpoint.journal();
    while journal.wait_for_call(LONGEST_READ, journal.calls().len()) {}
    scenario.host.stop()?;
    let (marks, sent) = (journal.marks(), (seconds * f64::from(RATE)) as u64);
    let last = (1..=sent).rfind(|number| marks.count(SEED, *number) > 0).ok_or("nothing arrived")?;
    println!("{}: the last {} of about {sent} events are lost", context.name, sent - last);
    if let Some(hole) = (1..last).find(|number| marks.count(SEED, *number) == 0) {
        return Err(format!("event {hole} is lost, but newer ones are not").into());
    }
    if (sent - last) as f64 > LAST_MOMENTS.as_secs_f64() * f64::from(RATE) {
        return Err(format!("{} events are lost", sent - last).into());
    }
    scenario.note(last as usize, 0)
}

/// Sends marked events at a rate, as ESET PROTECT does: it does not check whether they arrive, and opens a new
/// connection when the old one is broken. Returns when each event was passed to the kernel, or `None` if there was no
/// connection.
fn send_until(
    is_over: &AtomicBool,
    seed: u64,
    transport: Transport,
    ports: Ports,
    rate: f64,
) -> Result<Vec<Option<Instant>>, Failed> {
    let start = Instant::now();
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    socket.connect(("127.0.0.1", ports.udp))?;
    let mut stream = None;
    let mut sent = Vec::new();
    let mut events = Generator::new(GeneratorOptions { seed, mark: true, clean: true, ..GeneratorOptions::default() });
    while !is_over.load(Ordering::Relaxed) {
        let due = start + Duration::from_secs_f64(sent.len() as f64 / rate);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut message = events.next().expect("there is always one");
        let taken = match transport {
            Transport::Udp => socket.send(&message).is_ok(),
            Transport::Tcp => {
                message.push(b'\n');
                stream = stream.take().or_else(|| TcpStream::connect(("127.0.0.1", ports.tcp)).ok());
                let taken = stream.as_mut().is_some_and(|stream| stream.write_all(&message).is_ok());
                stream = stream.filter(|_| taken);
                taken
            }
        };
        sent.push(taken.then(Instant::now));
    }
    Ok(sent)
}
