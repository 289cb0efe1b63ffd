//! Millions of records through one shipper, to detect memory leaks. This takes a quarter of an hour, so it is run by
//! hand (`make soak`).

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Keep, Settings};
use libtest_mimic::{Failed, Trial};

use crate::scenario::{self, Context, Scenario};
use crate::shipper::{Setup, Shipper};
use crate::traffic::Traffic;

/// Messages per second. This is less than a shipper delivers on two cores, so that its disk buffer stays small.
const RATE: u32 = 12_000;

/// The maximum growth of memory in MiB, from a hundredth of the records to the end.
const GROWTH: u64 = 64;

/// Returns the trial, which only runs with `--ignored`. `ESET_SOAK_RECORDS` sets the number of messages, ten million by
/// default.
pub(crate) fn trial(shipper: &Arc<dyn Shipper>) -> Trial {
    scenario::trial(shipper, "soak", soak).with_ignored_flag(true)
}

fn soak(context: &Context) -> Result<(), Failed> {
    let count = env::var("ESET_SOAK_RECORDS").map_or(Ok(10_000_000), |text| text.parse::<u64>())?;
    let settings = Settings { keep: Keep::Marks, ..Settings::default() };
    let mut scenario = Scenario::start(context, Setup::default(), settings)?;
    let (warm_up, traffic) = (Traffic::new(501, count / 100).at(RATE), Traffic::new(502, count).at(RATE));
    deliver(&scenario, warm_up, 0)?;
    let before = scenario.host.resident_memory()? / 1024;
    let start = Instant::now();
    deliver(&scenario, traffic, warm_up.marked())?;
    let after = scenario.host.resident_memory()? / 1024;
    println!(
        "{}: {count} messages in {:.0?}; {before} MiB resident before, {after} MiB after",
        context.name,
        start.elapsed()
    );
    scenario.host.stop()?;
    scenario.note(count as usize, 0)?;
    if after > before + GROWTH {
        Err(format!("memory has grown from {before} to {after} MiB, by more than {GROWTH} MiB").into())
    } else {
        Ok(())
    }
}

/// Sends the traffic, waits for all marked events, and prints the memory use once a minute.
fn deliver(scenario: &Scenario, traffic: Traffic, known: u64) -> Result<(), Failed> {
    let (to, journal) = (scenario.tcp(), scenario.endpoint.journal());
    let due = known + traffic.marked();
    thread::scope(|scope| {
        let sender = scope.spawn(|| traffic.send(&to, &[]));
        let mut last = 0;
        while !journal.wait(Duration::from_secs(60), |_, marks| marks.distinct() >= due) {
            let (memory, arrived) = (scenario.host.resident_memory()? / 1024, journal.marks().distinct());
            println!("{arrived} of {due} events, {memory} MiB");
            if arrived == last && sender.is_finished() {
                return Err(scenario.host.failed("no further events arrive"));
            }
            last = arrived;
        }
        sender.join().expect("a sender does not panic")
    })
}
