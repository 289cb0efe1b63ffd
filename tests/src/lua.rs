//! The Lua module in a host that imitates Vector: `plugin/vector-lua/host`.

use std::path::PathBuf;
use std::{env, fs};

use eset_filter_lua_host as host;
use mlua::{AnyUserData, Lua, ObjectLike, Result, StdLib, Table, Value};

use crate::json::Json;
use crate::messagepack;

/// A filter in its own Lua state.
pub struct LuaHost {
    /// The Lua state.
    pub lua: Lua,
    filter: AnyUserData,
}

impl LuaHost {
    /// Creates a filter with these options.
    ///
    /// # Errors
    ///
    /// Returns the error that the module raises.
    pub fn new(settings: &[(String, String)]) -> Result<Self> {
        let lua = state();
        let options = lua.create_table_from(settings.iter().cloned())?;
        let filter = lua.load("return require('eset_filter').new(...)").call(options)?;
        Ok(Self { lua, filter })
    }

    /// Runs the filter on a record and returns the emitted records.
    ///
    /// # Errors
    ///
    /// Returns the error that the module raises, or that the host raises if it cannot convert an emitted record.
    pub fn process(&self, record: Value) -> Result<Vec<Json>> {
        let event = self.lua.create_table_from([("log", record)])?;
        let mut records = Vec::new();
        self.lua.scope(|scope| {
            let emit = scope.create_function_mut(|_, event: Table| {
                records.push(host::from_lua(&event.raw_get("log")?)?);
                Ok(())
            })?;
            self.filter.call_method::<()>("process", (event, emit))
        })?;
        Ok(records)
    }

    /// Runs the filter on a record in JSON and returns the emitted records.
    pub fn process_json(&self, record: &Json) -> Result<Vec<Json>> {
        self.process(host::to_lua(&self.lua, record)?)
    }

    /// Runs the filter on a record with only a message of any bytes and returns the emitted records.
    pub fn process_message(&self, message: &[u8]) -> Result<Vec<Json>> {
        let message = self.lua.create_string(message)?;
        self.process(Value::Table(self.lua.create_table_from([("message", message)])?))
    }

    /// Returns the records that the filter's `parse` returns for a message.
    pub fn parse(&self, message: &[u8]) -> Result<Vec<Json>> {
        let records: Vec<Value> = self.filter.call_method("parse", self.lua.create_string(message)?)?;
        records.iter().map(host::from_lua).collect()
    }
}

/// Creates a Lua state that finds the module.
pub fn state() -> Lua {
    host::state(host::LIBRARIES, &module())
}

/// Creates a Lua state that finds the module and has the library `debug`, which Vector does not offer to programs.
pub fn state_with_debug() -> Lua {
    host::state(StdLib::ALL, &module())
}

/// Returns the path of the module: `dist/eset_filter.so`, or the file that `ESET_FILTER_LUA` names.
pub fn module() -> PathBuf {
    let built = || crate::root().join("dist/eset_filter.so");
    let path = env::var_os("ESET_FILTER_LUA").map_or_else(built, PathBuf::from);
    fs::canonicalize(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make lua` first", path.display()))
}

/// The cases of the contract whose records differ on this host, each with the reason.
pub const DIFFERENCES: [(&str, &str); 1] =
    [("record/kept-number-keeps-its-digits", "the host has already converted the number in the record")];

/// Returns whether a record of the host is the one that the contract expects, within the limits of Lua.
pub fn is_same(given: &Json, expected: &Json) -> bool {
    messagepack::normal(given).sorted() == held(expected).sorted()
}

/// Returns a record in JSON as Lua represents it. Numbers are as in MessagePack, except that integers have 63 bits.
/// `null` is the empty string, and an empty array is an empty object. If a key occurs twice, the last value counts.
fn held(json: &Json) -> Json {
    match json {
        Json::Null => Json::Text(String::new()),
        Json::Number(number) => match messagepack::held(json) {
            Json::Number(integer) if integer.parse::<u64>().is_ok_and(|value| i64::try_from(value).is_err()) => {
                Json::Text(number.clone())
            }
            held => held,
        },
        Json::Array(items) if items.is_empty() => Json::Object(Vec::new()),
        Json::Array(items) => Json::Array(items.iter().map(held).collect()),
        Json::Object(_) => {
            let last = json.last_members();
            Json::Object(last.map(|(key, value)| (key.clone(), held(value))).collect())
        }
        other => other.clone(),
    }
}
