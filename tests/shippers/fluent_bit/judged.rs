//! The host treats an answer as [`answer::check`] expects.

use std::fs;

use eset_filter_tests::answer;
use eset_filter_tests::answer::samples::{MISREAD, NO_OBJECTS, REFUSED, breaking, taken};
use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::json::Json;
use libtest_mimic::Failed;

use super::filter::Filter;
use super::{made, written};

/// Runs the host with a module that returns these answers, one per record. Returns the records, and the number of
/// refused answers in the log.
fn take(host: &FluentBit, answers: &[&[u8]]) -> Result<(Vec<Vec<u8>>, usize), String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let filter = Filter::Made(made::answers(directory.path(), answers));
    let messages = answers.iter().map(|_| &b"x"[..]);
    let records = filter.run_in(host, directory.path(), messages)?;
    let log = fs::read_to_string(directory.path().join("log")).unwrap_or_default();
    let records =
        records.split(|byte| *byte == b'\n').filter(|record| !record.is_empty()).map(<[u8]>::to_vec).collect();
    Ok((records, log.matches("invalid JSON format").count()))
}

/// Checks every sample answer. The refused ones come first: after an accepted answer, a refused one would make the host
/// free the memory of the earlier record a second time.
pub(crate) fn answers_are(host: &FluentBit) -> Result<(), Failed> {
    let taken = taken();
    let mut answers: Vec<&[u8]> = REFUSED.iter().chain(&NO_OBJECTS).map(|answer| answer.as_bytes()).collect();
    let refused = answers.len();
    answers.extend(MISREAD);
    let bad = answers.len();
    answers.extend(taken.iter().map(Vec::as_slice));
    for (at, answer) in answers.iter().enumerate() {
        let checked = answer::check(answer);
        if checked.is_ok() != (at >= bad) {
            return Err(format!("{checked:?}: {}", String::from_utf8_lossy(answer)).into());
        }
    }
    let (records, refusals) = take(host, &answers)?;
    if refusals != refused || records.len() != answers.len() - refused {
        return Err(format!(
            "{} answers: {refusals} were refused, and {} became records",
            answers.len(),
            records.len()
        )
        .into());
    }
    for (record, answer) in records[MISREAD.len()..].iter().zip(&taken) {
        let [answer, record] = [answer, record].map(|text| String::from_utf8_lossy(text));
        if Json::parse(&record)?.sorted() != written::of_json(&Json::parse(&answer)?) {
            return Err(format!("{answer} was read as {record}").into());
        }
    }
    Ok(())
}

/// Checks that some answers are accepted by the parser and lost later, together with the records after them.
pub(crate) fn some_break_the_chunk(host: &FluentBit) -> Result<(), Failed> {
    for bad in &breaking() {
        if answer::check(bad.as_bytes()).is_ok() {
            return Err(format!("the check accepts {bad}").into());
        }
        let (records, _) = take(host, &[br#"{"first":1}"#, bad.as_bytes(), br#"{"last":1}"#])?;
        if records.first().map(Vec::as_slice) != Some(br#"{"first":1}"#)
            || records.last().is_some_and(|last| last == br#"{"last":1}"#)
        {
            return Err(format!("{bad} does not break the chunk: {} records", records.len()).into());
        }
    }
    Ok(())
}
