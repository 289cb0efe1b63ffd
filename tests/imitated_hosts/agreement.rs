//! The filters return the same records as the core, whatever the shipper.
//!
//! The messages are generated traffic, damage to it and to the cases of the contract, and malformed JSON as in the fuzz
//! targets. `contract` runs the cases themselves through the filters.

use std::io::Write;

use eset_filter::Options;
use eset_filter_generator::{Generator, GeneratorOptions};
use eset_filter_tests::cases::{self, Input};
use eset_filter_tests::hosts::{Host, Lua, Native, Vrl, Wasm};
use eset_filter_tests::json::Json;
use eset_filter_tests::lua::LuaHost;
use eset_filter_tests::mutation::Mutation;
use eset_filter_tests::twin::Twin;
use eset_filter_tests::{answer, expected, messagepack, module, native, samples};
use eset_filter_wasm_host::{WasmHost, function_name};
use fastrand::Rng;
use libtest_mimic::{Failed, Trial};

const TRAFFIC: usize = 100_000;
const DAMAGED: usize = 20_000;
const BROKEN: usize = 20_000;

/// The number of messages that a filter receives at once.
const BATCH: usize = 1000;

/// Runs a filter with default options on messages and returns the records of each message as JSON, one per line.
type Run = Box<dyn FnMut(&[Vec<u8>]) -> Vec<Vec<u8>>>;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    join::<Wasm>(wasm, module::handed_over, &mut trials);
    join::<Native>(native, <[u8]>::to_vec, &mut trials);
    join::<Lua>(lua, <[u8]>::to_vec, &mut trials);
    join::<Vrl>(vrl, <[u8]>::to_vec, &mut trials);
    trials
}

/// Returns the message as the host passes it to the filter.
type AsRead = fn(&[u8]) -> Vec<u8>;

fn join<H: Host>(start: fn() -> Run, as_read: AsRead, trials: &mut Vec<Trial>) {
    let mut trial = |name: &str, agree: fn(Run, AsRead) -> Result<(), Failed>| {
        trials.push(Trial::test(format!("agreement::{}::{name}", H::NAME), move || agree(start(), as_read)));
    };
    trial("traffic", |run, as_read| agree::<H>(run, as_read, traffic(TRAFFIC)));
    trial("damage", |run, as_read| agree::<H>(run, as_read, damaged()));
    trial("broken", |run, as_read| agree::<H>(run, as_read, broken()));
}

fn traffic(count: usize) -> impl Iterator<Item = Vec<u8>> {
    Generator::new(GeneratorOptions::default()).take(count)
}

/// Returns messages with accumulating damage, as in the corpus of a fuzzer.
fn damaged() -> impl Iterator<Item = Vec<u8>> {
    let cases = cases::load().into_iter().filter_map(|case| match case.input {
        Input::Message(message) if message.len() < LONGEST => Some(message),
        _ => None,
    });
    let whole: Vec<_> = cases.chain(traffic(1000)).collect();
    let mut corpus = whole.clone();
    let mut rng = Rng::with_seed(1);
    (0..DAMAGED).map(move |_| {
        let at = rng.usize(..corpus.len());
        if corpus[at].len() > LONGEST {
            corpus[at].clone_from(&whole[at]);
        }
        Mutation::random(&mut rng).apply(&mut corpus[at], &whole);
        corpus[at].clone()
    })
}

/// Returns messages with malformed JSON.
fn broken() -> impl Iterator<Item = Vec<u8>> {
    let mut rng = Rng::with_seed(1);
    (0..BROKEN).map(move |_| samples::broken_message(&mut rng, 400))
}

/// The length in bytes above which a damaged message is replaced by the original. It is the maximum length of ESET's
/// messages.
const LONGEST: usize = 8_000;

fn agree<H: Host>(mut run: Run, as_read: AsRead, messages: impl Iterator<Item = Vec<u8>>) -> Result<(), Failed> {
    let options = Options::for_shipper().single(H::SINGLE);
    let mut messages = messages.peekable();
    while messages.peek().is_some() {
        let batch: Vec<_> = messages.by_ref().take(BATCH).collect();
        let given = run(&batch);
        assert_eq!(given.len(), batch.len());
        for (message, given) in batch.iter().zip(given) {
            let expected = expected::lines(&as_read(message), &options);
            if !H::is_same(&given, &expected) {
                let show = |records: &[u8]| String::from_utf8_lossy(records).into_owned();
                let message = message.escape_ascii();
                return Err(format!("b\"{message}\"\nexpected:\n{}given:\n{}", show(&expected), show(&given)).into());
            }
        }
    }
    Ok(())
}

fn wasm() -> Run {
    let options = Options::for_shipper().single(true);
    let mut host = WasmHost::new(&module::read(), &function_name(&options)).unwrap();
    let mut run = move |message: &Vec<u8>| {
        let (record, mut given) = (module::record(message), Vec::new());
        host.call(&record, &mut given).unwrap();
        answer::check_answer_to(&record, &given);
        if !given.is_empty() {
            given.push(b'\n');
        }
        given
    };
    Box::new(move |messages| messages.iter().map(&mut run).collect())
}

fn native() -> Run {
    let lines = |chunk: &[u8]| {
        let mut lines = Vec::new();
        for event in native::values(chunk) {
            let (_, body) = native::parts(&event);
            writeln!(lines, "{}", messagepack::to_json(body)).unwrap();
        }
        lines
    };
    Box::new(move |messages| {
        let chunks: Vec<_> = messages.iter().map(|message| native::chunk(&[native::record(message)])).collect();
        let run = native::HOST.run(&[], &chunks);
        assert!(run.status.success(), "{}", run.log);
        run.answers.iter().zip(&chunks).map(|(answer, chunk)| lines(answer.as_ref().unwrap_or(chunk))).collect()
    })
}

fn lua() -> Run {
    let host = LuaHost::new(&[]).unwrap();
    let run = move |message: &Vec<u8>| lines(&host.process_message(message).unwrap());
    Box::new(move |messages| messages.iter().map(&run).collect())
}

fn vrl() -> Run {
    let twin = Twin::new(&Options::default().into());
    Box::new(move |messages| messages.iter().map(|message| lines(&twin.message_records(message))).collect())
}

fn lines(records: &[Json]) -> Vec<u8> {
    records.iter().map(|record| format!("{record}\n")).collect::<String>().into_bytes()
}
