//! Limits of the disk buffer and of requests. When the buffer is full, the oldest events are dropped and newer ones
//! arrive.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, iter, thread};

use eset_filter_azure_loopback::{Call, Settings};
use fastrand::Rng;
use libtest_mimic::{Failed, Trial};

use crate::receipt::{LONGEST_WAIT, Times};
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// After this time without a call, no further calls are expected.
const QUIET: Duration = Duration::from_secs(5);

/// Returns the trials with a shipper.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    let noise = if shipper.bounds_requests() {
        trial(shipper, "incompressible", |context| noise(context, 302, Rng::alphanumeric))
    } else {
        trial(shipper, "refused_forever", refused_forever)
    };
    let mut trials = vec![noise];
    if shipper.loses_the_oldest() {
        trials.push(trial(shipper, "disk_limit", disk_limit));
    }
    trials
}

/// Azure is down, and more events arrive than fit into the buffer.
fn disk_limit(context: &Context) -> Result<(), Failed> {
    const SEED: u64 = 301;
    const LIMIT: u64 = 6_000_000;
    /// The maximum size of a file. It grows to about 2 MB before the shipper checks the limit again.
    const A_FILE: u64 = 2_100_000;
    /// The maximum number of events in files that are being sent. These files are kept even if they are the oldest.
    const IN_FLIGHT: usize = 3000;
    let setup = Setup { disk_limit: Some("6M"), ..Setup::QUICK };
    let mut scenario = Scenario::start(context, setup, Settings::default())?;
    scenario.endpoint.go_down();
    let traffic = Traffic::new(SEED, 20_000).at(2500);
    let (to, storage) = (scenario.tcp(), scenario.host.directory().join("storage"));
    let fullest = thread::scope(|scope| {
        let sender = scope.spawn(|| traffic.send(&to, &[]));
        let mut fullest = 0;
        while !sender.is_finished() {
            fullest = fullest.max(size(&storage));
            thread::sleep(Duration::from_millis(50));
        }
        sender.join().expect("a sender does not panic").map(|()| fullest)
    })?;
    scenario.endpoint.come_up()?;
    let journal = scenario.endpoint.journal();
    journal.wait(LONGEST_WAIT, |summary, _| summary.accepted > 0);
    while journal.wait_for_call(QUIET, journal.calls().len()) {}
    scenario.host.stop()?;
    let (marks, sent) = (journal.marks(), traffic.marked());
    let (arrived, lost): (Vec<u64>, Vec<u64>) = (1..=sent).partition(|number| marks.count(SEED, *number) > 0);
    let newest_lost = *lost.last().ok_or("nothing was lost, so the limit was not reached")?;
    let older = arrived.iter().filter(|number| **number < newest_lost).count();
    println!(
        "{}: the buffer used {fullest} bytes of {LIMIT}; {} of {sent} events are lost, the newest of them is {newest_lost}",
        context.name,
        lost.len(),
    );
    if older > IN_FLIGHT || newest_lost > sent * 9 / 10 {
        return Err(
            format!("{older} events have arrived that are older than event {newest_lost}, which is lost").into()
        );
    }
    if fullest > LIMIT + A_FILE {
        return Err(format!("the buffer used {fullest} bytes").into());
    }
    if !scenario.host.log().contains("storage.total_limit_size") {
        return Err(scenario.host.failed("the log does not report the loss"));
    }
    scenario.note(arrived.len(), 0)
}

/// Returns a trial with the characters that are longest in JSON, for a shipper that drops refused requests.
pub(crate) fn control_characters(shipper: &Arc<dyn Shipper>) -> Trial {
    trial(shipper, "control_characters", |context| noise(context, 304, |_| '\u{1}'))
}

/// Returns a character of a message of noise.
type Character = fn(&mut Rng) -> char;

/// Sends many messages at once, during an outage and after it. Gzip hardly compresses them, or they are six times as
/// long in JSON. No request may be longer than Azure accepts, so that these and all other messages arrive.
fn noise(context: &Context, seed: u64, character: Character) -> Result<(), Failed> {
    const NOISE: usize = 3000;
    let scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    let others = Traffic::new(seed, 1000).at(100);
    let (to, port) = (scenario.tcp(), scenario.host.ports.tcp);
    scenario.endpoint.go_down();
    thread::scope(|scope| {
        let sender = scope.spawn(|| others.send(&to, &[]));
        thread::sleep(Duration::from_secs(1));
        send_noise(port, NOISE, character)?;
        thread::sleep(Duration::from_secs(3));
        scenario.endpoint.come_up()?;
        send_noise(port, NOISE, character)?;
        sender.join().expect("a sender does not panic")
    })?;
    let expected = scenario.expect(&[others]);
    let (journal, due) = (scenario.endpoint.journal(), expected.total() + 2 * NOISE);
    if !journal.wait(LONGEST_WAIT, |summary, _| summary.accepted >= due) {
        return Err(scenario.host.failed(&format!("not all records have arrived: {:?}", journal.summary())));
    }
    scenario.finish(&expected, Times::OnceAmongOthers).map(drop)
}

/// Sends messages that gzip hardly compresses to a shipper without a limit for requests. Azure refuses some requests,
/// the shipper retries them forever, and later messages still arrive.
fn refused_forever(context: &Context) -> Result<(), Failed> {
    let scenario = Scenario::start(context, Setup::QUICK, Settings::default())?;
    send_noise(scenario.host.ports.tcp, 400, Rng::alphanumeric)?;
    let journal = scenario.endpoint.journal();
    let too_long = |calls: &[Call]| calls.iter().filter(|call| call.status == Some(413)).count();
    if !journal.wait(LONGEST_WAIT, |summary, _| summary.failed >= 10) || too_long(&journal.calls()) < 10 {
        return Err(scenario.host.failed(&format!("no request was too long: {:?}", journal.summary())));
    }
    // Wait until the open file of the buffer, which contains noise, is closed.
    thread::sleep(QUIET);
    let later = Traffic::new(303, 1000).at(500);
    later.send(&scenario.tcp(), &[])?;
    let expected = scenario.expect(&[later]);
    expected.wait(&scenario.endpoint)?;
    expected.check(journal, Times::OnceAmongOthers).map(drop)
}

/// Sends lines of single-byte characters. The longest are nearly as long as a column may be.
fn send_noise(port: u16, count: usize, character: Character) -> Result<(), Failed> {
    let lengths = [8000, 60_000, 500];
    let mut rng = Rng::with_seed(1);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    for n in 0..count {
        let mut line: Vec<_> = iter::repeat_with(|| character(&mut rng) as u8).take(lengths[n % 3]).collect();
        line.push(b'\n');
        stream.write_all(&line)?;
    }
    Ok(())
}

/// Returns the total size of all files in a directory and its subdirectories.
pub(crate) fn size(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let size_of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size_of).sum()
}
