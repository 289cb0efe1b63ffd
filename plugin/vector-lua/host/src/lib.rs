//! Imitates Vector's `lua` transform: a Lua state created in the same way, and the same conversions of values.
//!
//! The executable must export Lua's functions to the module (`-rdynamic`), as Vector's does.
//!
//! Source: Vector, `src/transforms/lua/v2`, and `src/value/value/lua.rs` of its crate `vrl`.

use std::path::Path;

use mlua::{Lua, LuaOptions, Result, StdLib, Table, Value};

use eset_filter_checks::json::Json;

/// The libraries that Vector makes available to its programs.
pub const LIBRARIES: StdLib = StdLib::ALL_SAFE;

/// Returns a state with these libraries, in which `require "eset_filter"` finds the module at this path.
pub fn state(libraries: StdLib, module: &Path) -> Lua {
    // SAFETY: this allows C modules and the library `debug`. The only module that is loaded is this project's, and no
    // test uses `debug` to break the state.
    let lua = unsafe { Lua::unsafe_new_with(libraries, LuaOptions::default()) };
    lua.globals().get::<Table>("package").and_then(|package| package.set("cpath", module)).unwrap();
    lua
}

/// Converts a value to Lua, as Vector does before it calls a program.
pub fn to_lua(lua: &Lua, json: &Json) -> Result<Value> {
    Ok(match json {
        Json::Null => Value::String(lua.create_string("")?),
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => match number.parse() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Number(number.parse().map_err(mlua::Error::external)?),
        },
        Json::Text(text) => Value::String(lua.create_string(text)?),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| to_lua(lua, item)).collect::<Result<_>>()?;
            Value::Table(lua.create_sequence_from(items)?)
        }
        Json::Object(members) => {
            let table = lua.create_table()?;
            for (key, value) in members {
                table.raw_set(key.as_str(), to_lua(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}

/// Converts a value that Lua emits, as Vector does. A timestamp becomes the text that Vector writes as JSON.
///
/// # Errors
///
/// Vector discards an event with such a value.
pub fn from_lua(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::String(text) => Json::Text(text.to_string_lossy()),
        Value::Integer(value) => Json::Number(value.to_string()),
        Value::Number(value) if !value.is_nan() => Json::Number(format!("{value:?}")),
        Value::Boolean(value) => Json::Bool(*value),
        Value::Table(table) if table.len()? > 0 => {
            Json::Array(table.sequence_values().map(|item| from_lua(&item?)).collect::<Result<_>>()?)
        }
        Value::Table(table) if is_time(table)? => Json::Text(time(table)?),
        Value::Table(table) => {
            let member = |pair: Result<(String, Value)>| pair.and_then(|(key, value)| Ok((key, from_lua(&value)?)));
            Json::Object(table.pairs().map(member).collect::<Result<_>>()?)
        }
        other => {
            return Err(mlua::Error::runtime(format!("Vector does not accept a value of type {}", other.type_name())));
        }
    })
}

fn is_time(table: &Table) -> Result<bool> {
    let parts = ["year", "month", "day", "hour", "min", "sec"];
    parts.iter().try_fold(true, |all, part| Ok(all && table.contains_key(*part)?))
}

fn time(table: &Table) -> Result<String> {
    let (year, month, day): (i16, i8, i8) = (table.raw_get("year")?, table.raw_get("month")?, table.raw_get("day")?);
    let (hour, minute, second): (i8, i8, i8) = (table.raw_get("hour")?, table.raw_get("min")?, table.raw_get("sec")?);
    let nanosecond: Option<i32> = table.raw_get("nanosec")?;
    let time = jiff::civil::DateTime::new(year, month, day, hour, minute, second, nanosecond.unwrap_or_default());
    time.map(|time| format!("{time}Z")).map_err(mlua::Error::external)
}
