//! The Lua module in a host that imitates Vector, `plugin/vector-lua/host`.

use std::path::PathBuf;
use std::{env, fs};

use eset_filter_lua_host as host;
use mlua::{AnyUserData, Lua, ObjectLike, Result, StdLib, Table, Value};

use crate::json::Json;
use crate::messagepack;

/// A filter in a state of Lua of its own.
pub struct LuaHost {
    /// The state.
    pub lua: Lua,
    filter: AnyUserData,
}

impl LuaHost {
    /// A filter with these options.
    ///
    /// # Errors
    ///
    /// What the module raises.
    pub fn new(settings: &[(String, String)]) -> Result<Self> {
        let lua = state();
        let options = lua.create_table_from(settings.iter().cloned())?;
        let filter = lua.load("return require('eset_filter').new(...)").call(options)?;
        Ok(Self { lua, filter })
    }

    /// The records that the filter makes of one.
    ///
    /// # Errors
    ///
    /// What the module raises, or the host where it cannot take what is emitted.
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

    /// The same for a record that is JSON.
    pub fn process_json(&self, record: &Json) -> Result<Vec<Json>> {
        self.process(host::to_lua(&self.lua, record)?)
    }

    /// The same for a record with nothing but a message, of any bytes.
    pub fn process_message(&self, message: &[u8]) -> Result<Vec<Json>> {
        let message = self.lua.create_string(message)?;
        self.process(Value::Table(self.lua.create_table_from([("message", message)])?))
    }

    /// What the filter's `parse` gives for a message.
    pub fn parse(&self, message: &[u8]) -> Result<Vec<Json>> {
        let records: Vec<Value> = self.filter.call_method("parse", self.lua.create_string(message)?)?;
        records.iter().map(host::from_lua).collect()
    }
}

/// A state of Lua that finds the module.
pub fn state() -> Lua {
    host::state(host::LIBRARIES, &module())
}

/// The same with the library `debug`, which Vector does not give to programs.
pub fn state_with_debug() -> Lua {
    host::state(StdLib::ALL, &module())
}

/// The module: `dist/eset_filter.so`, or what `ESET_FILTER_LUA` names.
pub fn module() -> PathBuf {
    let built = || crate::root().join("dist/eset_filter.so");
    let path = env::var_os("ESET_FILTER_LUA").map_or_else(built, PathBuf::from);
    fs::canonicalize(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make lua` first", path.display()))
}

/// The contract's cases that come out otherwise, and why.
pub const DIFFERENCES: [(&str, &str); 1] =
    [("record/kept-number-keeps-its-digits", "a number of a record is what the host has made of it before")];

/// Whether a record of the host's is what the contract says, as far as Lua can hold it.
pub fn is_same(given: &Json, expected: &Json) -> bool {
    messagepack::normal(given).sorted() == held(expected).sorted()
}

/// What Lua makes of a record that is JSON: numbers are as in MessagePack, but integers have 63 bits; `null` is the empty
/// string, an empty array an empty object; and of a key that occurs twice the last counts.
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
