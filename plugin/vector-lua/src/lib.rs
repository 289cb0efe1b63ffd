//! `eset_filter.so`: the filter as a Lua 5.4 module, for Vector's `lua` transform.
//!
//! ```lua
//! local filter = require("eset_filter").new { raw = "on_error" }
//!
//! function process(event, emit)
//!   filter:process(event, emit)
//! end
//! ```
//!
//! - `new(options)` creates a filter. The options are those of the contract (`message_key`, `raw`, `heartbeats`,
//!   `syslog_fields`, `record_limit`), and `timestamps`: `rfc3339`, or `vector` for Vector's own timestamps.
//! - `filter:process(event, emit)` finds the message in `event.log` and calls `emit` once for each ESET event in it. An
//!   event without a message is emitted unchanged.
//! - `filter:parse(text)` returns a list of tables, one for each event in a message.
//!
//! A call has two halves. In the first, the core reads the message, and `plan` records the steps that create the
//! tables, in its own memory. This half is Rust only, and a panic ends there. In the second, `stack` follows the plan.
//! This half calls Lua, which may leave it at any step, so it holds nothing that must be dropped. `handle` is the
//! filter as Lua sees it.
//!
//! # What it does not do
//!
//! It ignores the metatables of an event and of everything in it. It does not yield, so `emit` cannot yield either. It
//! works only with Lua 5.4, because the functions of other versions differ.

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

// Links Lua's functions into the test executable.
#[cfg(test)]
use mlua as _;

/// Creates the module's table for `require`.
///
/// # Safety
///
/// Lua calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_eset_filter(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values, of which fewer than eight are used. It
    // may raise an error: everything held here is a reference to a static, as `plain` checks at compile time. Every
    // index used has been pushed before: the table of names is at 1, the metatable at 2.
    unsafe {
        luaL_checkversion_(lua, VERSION, NUMBER_SIZES);
        lua_settop(lua, 0);
        lua_createtable(lua, 0, size(plan::names().count()));
        for name in plain(plan::names()) {
            push_bytes(lua, name.as_bytes());
            lua_rawsetp(lua, 1, ptr::from_ref(name).cast());
        }
        // The metatable of filters, which contains their methods.
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

/// Adds a function to a table. Its upvalues are the two lowest values on the stack.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. Its two lowest values are the function's upvalues,
/// `table` is the index of a table, and there is room for three values. This may raise an error: no frame from here up
/// to Lua's holds anything that must be dropped.
unsafe fn set_function(lua: *mut Lua, table: c_int, name: &CStr, function: Function) {
    // SAFETY: the caller guarantees that the two upvalues and the table are there. The name is NUL-terminated, and Lua
    // copies it.
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
/// Lua calls it, with the upvalues from [`set_function`].
unsafe extern "C-unwind" fn new(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values. It may raise an error: only a pointer and
    // a reference into the userdata are held here, and Lua drops what they refer to. The handle is on the stack, so it
    // lives until the end. No program can reach it yet, so nothing else uses it.
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

/// Creates the filter of a handle from the options, which are the first value on the stack.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. Its lowest value is a table or nil, and there is room
/// for two values.
unsafe fn make_filter(lua: *mut Lua, handle: &mut Handle) {
    // SAFETY: the caller guarantees that the value at 1 is a table or nil, and that there is room.
    let settings = catch_unwind(|| unsafe { read_settings(lua, 1) });
    match settings.unwrap_or_else(|_| Err(PANICKED.to_owned())) {
        Ok(settings) => handle.fill(settings),
        Err(why) => handle.refuse(why),
    }
}

/// Reads the options in a table.
///
/// # Errors
///
/// For a name or value that is not allowed, lists the allowed ones.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. The value at `table` is a table or nil, and there is
/// room for two values.
unsafe fn read_settings(lua: *mut Lua, table: c_int) -> Result<Settings, String> {
    let mut settings = Settings::default();
    // SAFETY: `lua_next` is called for a table, with nil or the key that it returned last, for which it raises no
    // error. `bytes` raises no error either, and does not change the keys. Key and value are on the stack while their
    // bytes are used.
    unsafe {
        if lua_type(lua, table) == TNIL {
            return Ok(settings);
        }
        lua_pushnil(lua);
        while lua_next(lua, table) != 0 {
            let name = bytes(lua, -2).map(String::from_utf8_lossy);
            let name = name.ok_or_else(|| format!("an option has no name: expected one of {}", Settings::names()))?;
            let value = bytes(lua, -1).map(String::from_utf8_lossy);
            settings.set(&name, value.as_deref())?;
            pop(lua, 1);
        }
    }
    Ok(settings)
}

const PANICKED: &str = "internal error: report it with the message that causes it and the details on stderr";

/// The stack of `process`: its arguments, then the values that it pushes.
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
/// Lua calls it, with the upvalues from [`set_function`].
unsafe extern "C-unwind" fn process(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state, and `check_stack` makes room for everything that is pushed. It may
    // raise an error: only pointers are held here. The handle that is taken is on the stack, so it lives until the end,
    // and so does its filter. The filter is in use until `release`: before that, neither a finalizer nor `emit` can
    // reach it, and after that it is not used here. If anything is planned, `RECORD` is a table, and so is `EVENT`,
    // because otherwise there is no record.
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
/// Lua calls it, with the upvalues from [`set_function`].
unsafe extern "C-unwind" fn parse(lua: *mut Lua) -> c_int {
    const TEXT: c_int = 2;
    // SAFETY: Lua calls this with a running state, and `check_stack` makes room for everything that is pushed. It may
    // raise an error: only pointers and bytes owned by Lua are held here. The text and the handle that is taken are on
    // the stack, so they live until the end. The filter is in use until `release`, so nothing else uses it before. The
    // plan keeps no members of a record.
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

/// The finalizer of a filter.
///
/// # Safety
///
/// Lua calls it, with the upvalues from [`set_function`].
unsafe extern "C-unwind" fn collect(lua: *mut Lua) -> c_int {
    // SAFETY: Lua calls this with a running state and room for twenty values. A handle that is not null is on the
    // stack, so it is alive. There is no reference into it: a function that uses its filter does so through a pointer,
    // and `clear` does not drop a filter in use.
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
/// may raise an error: no frame from here up to Lua's holds anything that must be dropped.
unsafe fn check_function(lua: *mut Lua, argument: c_int) {
    // SAFETY: the caller guarantees that the argument is there, and that raising is allowed. The name of the metamethod
    // is NUL-terminated.
    unsafe {
        if lua_type(lua, argument) != TFUNCTION && luaL_getmetafield(lua, argument, c"__call".as_ptr()) == TNIL {
            luaL_typeerror(lua, argument, c"function".as_ptr());
        }
        lua_settop(lua, argument);
    }
}

/// Raises an error if the stack has no room for the values that these functions push.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. This may raise an error: no frame from here up to Lua's
/// holds anything that must be dropped.
unsafe fn check_stack(lua: *mut Lua) {
    // SAFETY: `lua_checkstack` accepts any number and raises no error. The caller guarantees that `raise` has room and
    // is allowed.
    unsafe {
        if lua_checkstack(lua, ERROR + DEEPEST) == 0 {
            raise(lua, "stack overflow");
        }
    }
}

/// Pushes Vector's record of the event, or nil if there is none.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its upvalues. There is a value of any type at
/// [`EVENT`], and room for two values.
unsafe fn push_record(lua: *mut Lua) {
    // SAFETY: the caller guarantees that there is a value. A member is only read if it is a table, with the key on top
    // of the stack. No metatable is consulted, so no error is raised.
    unsafe {
        if lua_type(lua, EVENT) == TTABLE {
            push_name(lua, &LOG);
            lua_rawget(lua, EVENT);
        } else {
            lua_pushnil(lua);
        }
    }
}

/// Plans the tables for the message in the record. Returns `false` if there is no message, or if it makes the core
/// panic, which the standard library reports on stderr.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. The value at [`RECORD`] is a table and the top of the
/// stack, and there is room for two values.
unsafe fn plan_record(lua: *mut Lua, filter: &mut EventFilter) -> bool {
    // State left by a panic is cleared before it is used again.
    let is_planned = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller guarantees that the record is a table and that there is room. The record contains the
        // text, and no Lua code runs before the plan is complete, so the text stays valid.
        let message = unsafe {
            read_members(lua, &mut filter.members);
            filter.find_message().and_then(|at| Some((at, text_at(lua, at)?)))
        };
        message.map(|(at, text)| filter.plan(text, Some(at))).is_some()
    }));
    is_planned.unwrap_or(false)
}

/// Reads the members of the record.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. The value at [`RECORD`] is a table and the top of the
/// stack, and there is room for two values.
unsafe fn read_members(lua: *mut Lua, members: &mut Members) {
    members.clear();
    // SAFETY: the caller guarantees that the record is a table. `lua_next` gets nil or the key that it returned last,
    // for which it raises no error. `bytes` does not change keys, and the bytes are copied while the key is on the
    // stack.
    unsafe {
        lua_pushnil(lua);
        while lua_next(lua, RECORD) != 0 {
            members.push(bytes(lua, -2).unwrap_or_default(), lua_type(lua, -1) == TSTRING);
            pop(lua, 1);
        }
    }
}

/// Returns the text at a position of the record.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. The value at [`RECORD`] is a table, and there is room
/// for two values. The table does not change while the text is used.
unsafe fn text_at<'l>(lua: *mut Lua, position: usize) -> Option<&'l [u8]> {
    // SAFETY: the caller guarantees that the record is a table. `lua_next` gets nil or the key that it returned last,
    // for which it raises no error. The record keeps the text alive.
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

/// Pushes a list with the tables of all events.
///
/// # Safety
///
/// As for [`push_event`], with room for one more value.
unsafe fn push_list(lua: *mut Lua, plan: &Plan, record: c_int) {
    // SAFETY: the caller guarantees that there is room for the list and an event above it, and that raising is allowed.
    // The list is directly below the event's table, as `lua_rawseti` requires.
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
/// `lua` is the state that runs one of this module's functions. Its three arguments are the lowest values, and there is
/// room for two values. This may raise an error: no frame from here up to Lua's holds anything that must be dropped.
unsafe fn emit(lua: *mut Lua) {
    // SAFETY: the caller guarantees that the function and its argument are there to be copied. The call takes both
    // copies from the stack. An error passes on to Vector. Without a continuation function, the call cannot yield.
    unsafe {
        lua_pushvalue(lua, EMIT);
        lua_pushvalue(lua, EVENT);
        lua_callk(lua, 1, 0, 0, null());
    }
}

/// Emits an event for each record of the list: the original event, then new ones. If `emit` raises errors, the first
/// error is raised again after `emit` has been called for all records.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. Its three arguments are the lowest values, the list is
/// at [`LIST`] and the top of the stack, and there is room for six values. This may raise an error: no frame from here
/// up to Lua's holds anything that must be dropped.
unsafe fn emit_list(lua: *mut Lua, count: usize) {
    // SAFETY: the caller guarantees that there is room, and that raising is allowed. The first value pushed is at
    // `ERROR`, to which the first error is copied. The event is a table below key and value, as `lua_rawset` requires,
    // and then the only argument of the call. The call leaves nothing, or an error that is popped, so the first error
    // is on top at the end.
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
