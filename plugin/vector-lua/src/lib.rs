//! `eset_filter.so`: the filter as a module of Lua 5.4, for Vector's `lua` transform.
//!
//! ```lua
//! local filter = require("eset_filter").new { raw = "on_error" }
//!
//! function process(event, emit)
//!   filter:process(event, emit)
//! end
//! ```
//!
//! - `new(options)` makes a filter. The options are those of the contract (`message_key`, `raw`, `heartbeats`,
//!   `syslog_fields`), and `timestamps`: `rfc3339`, or `vector` for Vector's own timestamps.
//! - `filter:process(event, emit)` finds the message in `event.log` and calls `emit` with an event for each of ESET's
//!   in it. An event without a message is emitted unchanged.
//! - `filter:parse(text)` gives a list of tables, one for each event in a message.
//!
//! A call has two halves. In the first, the core reads the message, and `plan` records in memory of its own how to make
//! the tables: this is Rust only, and a panic ends there. In the second, `stack` follows the plan: this is Lua only,
//! which may leave it at any step without losing anything. `handle` is the filter as Lua sees it.
//!
//! # What it does not do
//!
//! It ignores the metatables of an event and of everything in it. It does not yield, so `emit` cannot either. It works
//! only with Lua 5.4, because the versions' functions differ.

mod abi;
mod filter;
mod handle;
mod plan;
mod settings;
mod stack;

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, null};

use abi::{
    Function, Lua, NUMBER_SIZES, TFUNCTION, TNIL, TSTRING, TTABLE, VERSION, lua_callk, lua_checkstack, lua_copy,
    lua_createtable, lua_error, lua_next, lua_pcallk, lua_pushboolean, lua_pushcclosure, lua_pushnil, lua_pushvalue,
    lua_rawget, lua_rawgeti, lua_rawset, lua_rawseti, lua_rawsetp, lua_setfield, lua_settop, lua_type,
    luaL_checkversion_, luaL_getmetafield, luaL_typeerror,
};
use filter::{EventFilter, Members};
use handle::Handle;
use plan::{LOG, Plan};
use settings::Settings;
use stack::{DEEPEST, bytes, plain, pop, push_bytes, push_event, push_name, raise};

// The tests' executable has to have Lua's functions.
#[cfg(test)]
use mlua as _;

/// Makes the module's table, as `require` asks for it.
///
/// # Safety
///
/// Lua calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_eset_filter(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values, of which fewer than eight are used. It may raise:
    // all that is held here are references to statics, as `plain` has the compiler check. What is indexed has been pushed
    // before, the names' table at 1, the metatable at 2.
    unsafe {
        luaL_checkversion_(lua, VERSION, NUMBER_SIZES);
        lua_settop(lua, 0);
        lua_createtable(lua, 0, size(plan::names().count()));
        for name in plain(plan::names()) {
            push_bytes(lua, name.as_bytes());
            lua_rawsetp(lua, 1, ptr::from_ref(name).cast());
        }
        // The filters' metatable, and in it their methods.
        lua_createtable(lua, 0, 4);
        push_bytes(lua, b"eset_filter");
        lua_setfield(lua, 2, c"__name".as_ptr());
        lua_pushboolean(lua, 0);
        lua_setfield(lua, 2, c"__metatable".as_ptr());
        set_function(lua, 2, c"__gc", collect);
        lua_createtable(lua, 0, 2);
        set_function(lua, 3, c"process", process);
        set_function(lua, 3, c"parse", parse);
        lua_setfield(lua, 2, c"__index".as_ptr());

        lua_createtable(lua, 0, 2);
        set_function(lua, 3, c"new", new);
        push_bytes(lua, concat!("eset_filter ", env!("CARGO_PKG_VERSION")).as_bytes());
        lua_setfield(lua, 3, c"_VERSION".as_ptr());
        1
    }
}

/// Puts a function into a table. Its upvalues are the two values lowest on the stack.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions; its two lowest values are the functions' upvalues,
/// `table` is the index of a table, and there is room for three values. This may raise: no frame from here up to Lua's
/// holds anything that has to be dropped.
unsafe fn set_function(lua: *mut Lua, table: c_int, name: &CStr, function: Function) {
    // SAFETY: by this function's promise the two upvalues are there to be copied, and the table to take the function. The name
    // ends with a zero, and Lua copies it.
    unsafe {
        lua_pushvalue(lua, 1);
        lua_pushvalue(lua, 2);
        lua_pushcclosure(lua, function, 2);
        lua_setfield(lua, table, name.as_ptr());
    }
}

fn size(size: usize) -> c_int {
    size.try_into().unwrap_or_default()
}

/// `new(options)`
///
/// # Safety
///
/// Lua calls it, with the upvalues that [`set_function`] gave it.
unsafe extern "C-unwind" fn new(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values. It may raise: a pointer and a reference into the
    // userdata are all that is held here, and what they refer to is Lua's to drop. The handle lies on the stack, so it is
    // there until the end, and as no program knows of it yet, nobody else has it.
    unsafe {
        lua_settop(lua, 1);
        if ![TNIL, TTABLE].contains(&lua_type(lua, 1)) {
            luaL_typeerror(lua, 1, c"table".as_ptr());
        }
        let handle = Handle::push(lua);
        make_filter(lua, &mut *handle);
        if let Some(why) = (*handle).refusal() {
            raise(lua, why);
        }
        1
    }
}

/// Gives a handle a filter by the options that are the first value on the stack.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions; its lowest value is a table or nil, and there is room
/// for two values.
unsafe fn make_filter(lua: *mut Lua, handle: &mut Handle) {
    // SAFETY: by this function's promise the value at 1 is a table or nil, and there is room.
    let settings = catch_unwind(|| unsafe { read_settings(lua, 1) });
    match settings.unwrap_or_else(|_| Err(PANICKED.to_owned())) {
        Ok(settings) => handle.fill(settings),
        Err(why) => handle.refuse(why),
    }
}

/// Reads the options that stand in a table.
///
/// # Errors
///
/// Says which names and values are allowed, where one is not.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions; at `table` stands a table or nil, and there is room for
/// two values.
unsafe fn read_settings(lua: *mut Lua, table: c_int) -> Result<Settings, String> {
    let mut settings = Settings::default();
    // SAFETY: `lua_next` is called for a table, with nil or the key that it gave last, for which it raises nothing; `bytes`
    // raises nothing either and leaves the keys as they are. Key and value are on the stack as long as their bytes are used.
    unsafe {
        if lua_type(lua, table) == TNIL {
            return Ok(settings);
        }
        lua_pushnil(lua);
        while lua_next(lua, table) != 0 {
            let name = bytes(lua, -2).map(String::from_utf8_lossy);
            let name = name.ok_or_else(|| format!("options have names: expected one of {}", Settings::names()))?;
            let value = bytes(lua, -1).map(String::from_utf8_lossy);
            settings.set(&name, value.as_deref())?;
            pop(lua, 1);
        }
    }
    Ok(settings)
}

const PANICKED: &str = "this is a bug in the filter; stderr has the details. Please report it, with the message";

/// What `process` has on the stack: its arguments, and what it puts there.
const FILTER: c_int = 1;
const EVENT: c_int = 2;
const EMIT: c_int = 3;
const RECORD: c_int = 5;
const LIST: c_int = 6;
const ERROR: c_int = 7;

/// `filter:process(event, emit)`
///
/// # Safety
///
/// Lua calls it, with the upvalues that [`set_function`] gave it.
unsafe extern "C-unwind" fn process(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state, and `check_stack` makes room for all that is pushed. It may raise: what is
    // held here are pointers. The handle that is taken lies on the stack and so is there until the end, and with it its
    // filter, which is in use until `release`: neither a finalizer nor `emit` gets at it before, and after that it is not
    // touched here. `RECORD` is a table where anything is planned, and `EVENT` too, as else there is no record.
    unsafe {
        lua_settop(lua, EMIT);
        Handle::check(lua, FILTER);
        check_function(lua, EMIT);
        check_stack(lua);
        let handle = Handle::take(lua, FILTER);
        let filter = (*handle).filter();
        push_record(lua);
        let is_planned = lua_type(lua, RECORD) == TTABLE && plan_record(lua, &mut *filter);
        lua_settop(lua, RECORD);
        match is_planned.then(|| (*filter).plan.len()) {
            None => {
                (*handle).release();
                emit(lua);
            }
            Some(0) => (*handle).release(),
            Some(1) => {
                push_name(lua, &LOG);
                push_event(lua, &(*filter).plan, 0, RECORD);
                (*handle).release();
                lua_rawset(lua, EVENT);
                emit(lua);
            }
            Some(count) => {
                push_list(lua, &(*filter).plan, RECORD);
                (*handle).release();
                emit_list(lua, count);
            }
        }
        0
    }
}

/// `filter:parse(text)`
///
/// # Safety
///
/// Lua calls it, with the upvalues that [`set_function`] gave it.
unsafe extern "C-unwind" fn parse(lua: *mut Lua) -> c_int {
    const TEXT: c_int = 2;
    // SAFETY: Lua calls this with a running state, and `check_stack` makes room for all that is pushed. It may raise: what is
    // held here are pointers and bytes of Lua's. The text and the handle that is taken lie on the stack and so are there
    // until the end, and the filter is in use, and thus nobody else's, until `release`. The plan keeps no members of a record.
    unsafe {
        lua_settop(lua, TEXT);
        Handle::check(lua, FILTER);
        let Some(text) = bytes(lua, TEXT) else { return luaL_typeerror(lua, TEXT, c"string".as_ptr()) };
        check_stack(lua);
        let handle = Handle::take(lua, FILTER);
        let filter = (*handle).filter();
        let is_planned = catch_unwind(AssertUnwindSafe(|| (*filter).plan(text, None))).is_ok();
        if is_planned {
            push_list(lua, &(*filter).plan, 0);
        }
        (*handle).release();
        if !is_planned {
            raise(lua, PANICKED);
        }
        1
    }
}

/// Lua drops a filter.
///
/// # Safety
///
/// Lua calls it, with the upvalues that [`set_function`] gave it.
unsafe extern "C-unwind" fn collect(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values. A handle that is not null lies on the stack, so
    // it is there, and nobody refers into it: where a filter is at work, it is by pointer, and `clear` leaves that filter.
    unsafe {
        let handle = Handle::at(lua, FILTER);
        if !handle.is_null() {
            (*handle).clear();
        }
    }
    0
}

/// Raises an error for an argument that cannot be called.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and `argument` is the highest index of its stack. This
/// may raise: no frame from here up to Lua's holds anything that has to be dropped.
unsafe fn check_function(lua: *mut Lua, argument: c_int) {
    // SAFETY: by this function's promise there is an argument to ask and to name, and raising is allowed. The name of the
    // metamethod ends with a zero.
    unsafe {
        if lua_type(lua, argument) != TFUNCTION && luaL_getmetafield(lua, argument, c"__call".as_ptr()) == TNIL {
            luaL_typeerror(lua, argument, c"function".as_ptr());
        }
        lua_settop(lua, argument);
    }
}

/// Raises an error where there is no room for what the functions here push.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. This may raise: no frame from here up to Lua's holds
/// anything that has to be dropped.
unsafe fn check_stack(lua: *mut Lua) {
    // SAFETY: `lua_checkstack` takes any number and raises nothing. By this function's promise `raise` has its room, and may.
    unsafe {
        if lua_checkstack(lua, ERROR + DEEPEST) == 0 {
            raise(lua, "stack overflow");
        }
    }
}

/// Pushes the host's record of the event: nil where there is none.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its upvalues, and an event or something else
/// stands at [`EVENT`]; there is room for two values.
unsafe fn push_record(lua: *mut Lua) {
    // SAFETY: by this function's promise there is an event. Only where it is a table is it asked for a member, whose key is on
    // top; no metatable is asked, so nothing is raised.
    unsafe {
        if lua_type(lua, EVENT) == TTABLE {
            push_name(lua, &LOG);
            lua_rawget(lua, EVENT);
        } else {
            lua_pushnil(lua);
        }
    }
}

/// Plans the tables for the message in the record. `false` where there is none, or it makes the core panic: of that the
/// standard library tells on stderr.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, a table stands at [`RECORD`], on top, and there is room
/// for two values.
unsafe fn plan_record(lua: *mut Lua, filter: &mut EventFilter) -> bool {
    // What a panic leaves behind is cleared before it is used again.
    let is_planned = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: by this function's promise the record is a table, and there is room. It holds the text, and as nothing of
        // Lua's runs until the plan is made, the text stays.
        let message = unsafe {
            read_members(lua, &mut filter.members);
            filter.find_message().and_then(|at| Some((at, text_at(lua, at)?)))
        };
        message.map(|(at, text)| filter.plan(text, Some(at))).is_some()
    }));
    is_planned.unwrap_or(false)
}

/// Reads the record's members.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, a table stands at [`RECORD`], on top, and there is room
/// for two values.
unsafe fn read_members(lua: *mut Lua, members: &mut Members) {
    members.clear();
    // SAFETY: by this function's promise the record is a table. `lua_next` gets nil or the key that it gave last, for which it
    // raises nothing; `bytes` leaves keys as they are, and the bytes are copied while the key is on the stack.
    unsafe {
        lua_pushnil(lua);
        while lua_next(lua, RECORD) != 0 {
            members.push(bytes(lua, -2).unwrap_or_default(), lua_type(lua, -1) == TSTRING);
            pop(lua, 1);
        }
    }
}

/// The text at a position of the record.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, a table stands at [`RECORD`], and there is room for two
/// values. The table is not changed for as long as the text is used.
unsafe fn text_at<'l>(lua: *mut Lua, position: usize) -> Option<&'l [u8]> {
    // SAFETY: by this function's promise the record is a table. `lua_next` gets nil or the key that it gave last, for which it
    // raises nothing. The text is in the record, which keeps it.
    unsafe {
        lua_pushnil(lua);
        for _ in 0..position {
            if lua_next(lua, RECORD) == 0 {
                return None;
            }
            pop(lua, 1);
        }
        if lua_next(lua, RECORD) == 0 { None } else { bytes(lua, -1) }
    }
}

/// Pushes a list of the tables of all events.
///
/// # Safety
///
/// As for [`push_event`], with room for a value more.
unsafe fn push_list(lua: *mut Lua, plan: &Plan, record: c_int) {
    // SAFETY: by this function's promise there is room for the list and an event over it, and raising is allowed. The list is
    // right under the event's table, which is what `lua_rawseti` takes.
    unsafe {
        lua_createtable(lua, size(plan.len()), 0);
        for event in 0..plan.len() {
            push_event(lua, plan, event, record);
            lua_rawseti(lua, -2, event as i64 + 1);
        }
    }
}

/// Emits the event.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its three arguments lowest, and there is room for
/// two values. This may raise: no frame from here up to Lua's holds anything that has to be dropped.
unsafe fn emit(lua: *mut Lua) {
    // SAFETY: by this function's promise both are there to be copied: the function and its one argument, which the call takes
    // from the stack. What it raises goes on to the host. Without a function to go on with, it cannot yield.
    unsafe {
        lua_pushvalue(lua, EMIT);
        lua_pushvalue(lua, EVENT);
        lua_callk(lua, 1, 0, 0, null());
    }
}

/// Emits an event for each record of the list: the one that came in, then new ones. If `emit` raises errors, the first of
/// them is raised when it was called for all.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its three arguments lowest and the list at
/// [`LIST`], on top; there is room for six values. This may raise: no frame from here up to Lua's holds anything that
/// has to be dropped.
unsafe fn emit_list(lua: *mut Lua, count: usize) {
    // SAFETY: by this function's promise there is room, and raising is allowed. The value pushed first is at `ERROR`, where
    // the first error is copied to. The event is a table under key and value, as `lua_rawset` needs it, and then the call's one
    // argument. What the call leaves is nothing, or an error, which is popped; so the first error is on top at the end.
    unsafe {
        lua_pushnil(lua);
        let mut failed = false;
        for at in 0..count as i64 {
            lua_pushvalue(lua, EMIT);
            if at == 0 {
                lua_pushvalue(lua, EVENT);
            } else {
                lua_createtable(lua, 0, 1);
            }
            push_name(lua, &LOG);
            lua_rawgeti(lua, LIST, at + 1);
            lua_rawset(lua, -3);
            if lua_pcallk(lua, 1, 0, 0, 0, null()) != 0 {
                if !failed {
                    lua_copy(lua, -1, ERROR);
                }
                failed = true;
                pop(lua, 1);
            }
        }
        if failed {
            lua_error(lua);
        }
    }
}
