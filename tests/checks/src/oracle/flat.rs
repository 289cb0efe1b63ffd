//! Converts the members of an object to fields and additional fields.

use super::Json;
use super::fields::{self, FIELDS};
use super::reader::Object;
use super::typed::{Typed, typed};

/// The maximum length of the name of an object that is flattened, in bytes, with the names of the objects around it.
const MAX_NAME: usize = 256;

/// The maximum number of levels of an array that is kept as an array.
const MAX_ARRAY_LEVELS: usize = 8;

type Members = Vec<(String, Json)>;

/// The remaining allowance for names in the additional fields of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// The remaining bytes, as JSON.
    bytes: usize,
    /// Whether an object exceeded the allowance, so that no further object is flattened.
    is_used_up: bool,
}

impl Allowance {
    /// Returns the allowance of a message: four times its bytes.
    pub(super) fn of(message_length: usize) -> Self {
        Self { bytes: 4 * message_length, is_used_up: false }
    }
}

/// The result of flattening an object.
#[derive(Debug)]
pub(super) struct Flat {
    /// The fields, in the order of the schema.
    pub(super) fields: Members,
    pub(super) additional: Members,
    /// The allowance that is left for further objects.
    pub(super) allowance: Allowance,
}

/// Flattens an object. `around` are the members of a wrapper, which are always additional fields.
pub(super) fn flatten(around: &[(String, Json)], object: &Object, allowance: Allowance) -> Flat {
    let mut flattener = Flattener { additional: Vec::new(), allowance };
    for (key, value) in around {
        flattener.add(key, value, None);
    }
    let mut values = vec![None; FIELDS.len()];
    for (key, value) in &object.members {
        let Some(field) = fields::find(key) else {
            flattener.add(key, value, None);
            continue;
        };
        values[field] = None;
        flattener.additional.retain(|entry| entry.field != Some(field));
        match typed(FIELDS[field].1, value) {
            Typed::Fits(value) => values[field] = Some(value),
            Typed::Empty => {}
            Typed::Misfit => flattener.add(key, value, Some(field)),
        }
    }
    if let Some((key, inner)) = &object.cut {
        flattener.add_cut(key, inner);
    }
    let names = FIELDS.iter().map(|(name, ..)| (*name).to_owned());
    let fields = names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect();
    let Flattener { additional, allowance } = flattener;
    Flat { fields, additional: last_of_each_key(additional), allowance }
}

struct Flattener {
    additional: Vec<Additional>,
    allowance: Allowance,
}

struct Additional {
    key: String,
    value: Json,
    /// The field whose type the value does not fit.
    field: Option<usize>,
}

impl Flattener {
    fn add(&mut self, key: &str, value: &Json, field: Option<usize>) {
        let mut entries = Vec::new();
        add_flat(key, value, field, &mut entries);
        let is_flattened = entries.iter().any(|entry| entry.key != key);
        if is_flattened && !self.are_allowed(&entries) {
            entries = vec![Additional { key: key.to_owned(), value: Json::Text(value.to_string()), field }];
        }
        self.allowance.bytes = self.allowance.bytes.saturating_sub(bytes(&entries));
        self.additional.extend(entries);
    }

    /// Adds the complete members of an incomplete object, or none if it must not be flattened.
    fn add_cut(&mut self, key: &str, object: &Object) {
        let mut entries = Vec::new();
        add_flat_cut(key, object, &mut entries);
        if self.are_allowed(&entries) {
            self.allowance.bytes = self.allowance.bytes.saturating_sub(bytes(&entries));
            self.additional.extend(entries);
        }
    }

    fn are_allowed(&mut self, entries: &[Additional]) -> bool {
        self.allowance.is_used_up |= bytes(entries) > self.allowance.bytes;
        !self.allowance.is_used_up
    }
}

/// Returns the number of bytes of the names of entries, as JSON.
fn bytes(entries: &[Additional]) -> usize {
    entries.iter().map(|entry| Json::Text(entry.key.clone()).to_string().len() - 2).sum()
}

fn add_flat(key: &str, value: &Json, field: Option<usize>, entries: &mut Vec<Additional>) {
    let mut push = |value| entries.push(Additional { key: key.to_owned(), value, field });
    match value {
        Json::Object(members) if members.is_empty() => push(value.clone()),
        Json::Object(members) if key.len() <= MAX_NAME => {
            for (inner, value) in members {
                add_flat(&format!("{key}_{inner}"), value, field, entries);
            }
        }
        Json::Object(_) => push(Json::Text(value.to_string())),
        Json::Array(_) if value.levels() > MAX_ARRAY_LEVELS => push(Json::Text(value.to_string())),
        Json::Array(_) | Json::Number(_) if has_huge_number(value) => push(Json::Text(value.to_string())),
        _ => push(value.clone()),
    }
}

fn add_flat_cut(key: &str, object: &Object, entries: &mut Vec<Additional>) {
    if key.len() > MAX_NAME {
        return;
    }
    for (inner, value) in &object.members {
        add_flat(&format!("{key}_{inner}"), value, None, entries);
    }
    if let Some((inner, object)) = &object.cut {
        add_flat_cut(&format!("{key}_{inner}"), object, entries);
    }
}

/// Returns whether a value is or contains a number of 10^308 or more.
fn has_huge_number(value: &Json) -> bool {
    match value {
        Json::Number(number) => is_huge(number),
        Json::Array(items) => items.iter().any(has_huge_number),
        Json::Object(members) => members.iter().any(|(_, value)| has_huge_number(value)),
        _ => false,
    }
}

/// Returns whether the power of ten of a number's first non-zero digit is 308 or more.
fn is_huge(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let digits = fraction.trim_start_matches('0');
    let place = match (whole.len() as i128, digits.len()) {
        (0, 0) => return false,
        (0, _) => -1 - (fraction.len() - digits.len()) as i128,
        (length, _) => length - 1,
    };
    let (is_negative, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => (true, exponent),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let exponent = exponent.trim_start_matches('0');
    // No mantissa can compensate for an exponent of this many digits.
    let exponent: i128 = if exponent.len() > 30 { 10_i128.pow(30) } else { format!("0{exponent}").parse().unwrap() };
    place + if is_negative { -exponent } else { exponent } >= 308
}

fn last_of_each_key(additional: Vec<Additional>) -> Members {
    let mut members: Members = Vec::new();
    for Additional { key, value, .. } in additional {
        members.retain(|(known, _)| *known != key);
        members.push((key, value));
    }
    members
}
