//! The disk buffer is full: the oldest events go, and the newer ones arrive.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use eset_filter_endpoint::Settings;
use libtest_mimic::{Failed, Trial};

use crate::receipt::LONGEST_WAIT;
use crate::scenario::{Context, Scenario, trial};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Nothing more comes when nothing has come for so long.
const QUIET: Duration = Duration::from_secs(5);

/// The trials with a host.
pub(crate) fn trials(shipper: &Arc<dyn Shipper>) -> Vec<Trial> {
    vec![trial(shipper, "disk_limit", disk_limit)]
}

/// Azure is away, and more comes than the buffer may hold.
fn disk_limit(context: &Context) -> Result<(), Failed> {
    const SEED: u64 = 301;
    const LIMIT: u64 = 6_000_000;
    /// A file grows to about 2 MB before the host looks at the limit again.
    const A_FILE: u64 = 2_100_000;
    let setup = Setup { disk_limit: Some("6M"), ..Setup::QUICK };
    let mut scenario = Scenario::start(context, setup, Settings::default())?;
    scenario.endpoint.go_down();
    let traffic = Traffic::new(SEED, 20_000).at(2500);
    let (to, storage) = (scenario.tcp(), scenario.host.folder().join("storage"));
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
    let (marks, last) = (journal.marks(), traffic.marked());
    let first = (1..=last).find(|number| marks.count(SEED, *number) > 0).ok_or("nothing arrived")?;
    println!(
        "{}: the buffer took {fullest} bytes of {LIMIT}; of {last} events the first {} are lost",
        context.name,
        first - 1,
    );
    if let Some(missing) = (first..=last).find(|number| marks.count(SEED, *number) == 0) {
        return Err(format!("event {missing} is lost, and an older one is not: {first}").into());
    }
    if first == 1 {
        return Err("nothing was lost, so the limit was not reached".into());
    }
    if fullest > LIMIT + A_FILE {
        return Err(format!("the buffer took {fullest} bytes").into());
    }
    if !scenario.host.log().contains("storage.total_limit_size") {
        return Err(scenario.host.failed("the loss is not in the log"));
    }
    scenario.note((last - first + 1) as usize, 0)
}

/// The bytes of all files in a folder and those below it.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size_of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size_of).sum()
}
