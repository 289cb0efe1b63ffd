//! Lua's stack: reading values from it and pushing values onto it.
//!
//! Lua may leave its own functions through C's `longjmp` (see [`crate::abi`]). So the functions below that push, and
//! all their callers, hold nothing that must be dropped, and do not panic.

use std::ffi::c_int;
use std::mem::needs_drop;
use std::{ptr, slice};

use crate::abi::{
    Lua, TSTRING, lua_concat, lua_createtable, lua_error, lua_next, lua_pushboolean, lua_pushinteger, lua_pushlstring,
    lua_pushnil, lua_pushnumber, lua_pushvalue, lua_rawgetp, lua_rawset, lua_rawseti, lua_settop, lua_tolstring,
    lua_type, luaL_where, upvalue,
};
use crate::plan::{Name, Plan, Step};

/// The upvalues of the module's functions: the table of names, keyed by the addresses of their texts, and the metatable
/// of a filter.
pub(crate) const NAMES: c_int = upvalue(1);
pub(crate) const METATABLE: c_int = upvalue(2);

/// Returns a value that needs no dropping. For any other type, this does not compile.
pub(crate) fn plain<T>(value: T) -> T {
    const { assert!(!needs_drop::<T>()) };
    value
}

/// Pops this many values.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and this call has pushed at least `count` values onto
/// its stack.
pub(crate) unsafe fn pop(lua: *mut Lua, count: c_int) {
    // SAFETY: the caller guarantees that there are this many values, so the new top is within the stack.
    unsafe { lua_settop(lua, -count - 1) };
}

/// Returns the bytes of a string, or `None` if the value is not a string. The bytes are valid as long as the string is
/// on the stack, or in an unchanged table on the stack.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and `index` is that of a value on its stack. The value
/// stays reachable while the bytes are used.
pub(crate) unsafe fn bytes<'l>(lua: *mut Lua, index: c_int) -> Option<&'l [u8]> {
    // SAFETY: the value is known to be a string when its bytes are read, so it is not converted, and no error is
    // raised. Its address is never null and has `length` bytes. Lua neither moves nor frees it while it is reachable,
    // which the caller guarantees.
    unsafe {
        if lua_type(lua, index) != TSTRING {
            return None;
        }
        let mut length = 0;
        let text = lua_tolstring(lua, index, &raw mut length);
        Some(slice::from_raw_parts(text.cast(), length))
    }
}

/// Pushes a string.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and its stack has room for a value. This may raise an
/// error: no frame from here up to Lua's holds anything that must be dropped.
pub(crate) unsafe fn push_bytes(lua: *mut Lua, bytes: &[u8]) {
    // SAFETY: the caller guarantees that there is room and that raising is allowed. Lua copies the bytes before this
    // returns.
    unsafe { lua_pushlstring(lua, bytes.as_ptr().cast(), bytes.len()) };
}

/// Pushes a name from the table of names.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with the upvalues that it was created with, and its
/// stack has room for a value.
pub(crate) unsafe fn push_name(lua: *mut Lua, name: Name) {
    // SAFETY: the caller guarantees that `NAMES` is an upvalue and a table. The name's address is only a key, which Lua
    // does not dereference.
    unsafe { lua_rawgetp(lua, NAMES, ptr::from_ref(name).cast()) };
}

/// Raises an error with the current position in the program and a message.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and its stack has room for three values. This never
/// returns: no frame from here up to Lua's holds anything that must be dropped.
pub(crate) unsafe fn raise(lua: *mut Lua, what: &str) -> ! {
    // SAFETY: the caller guarantees that there is room for the three strings that are pushed and then joined into the
    // error, and that raising is allowed.
    unsafe {
        luaL_where(lua, 1);
        push_bytes(lua, b"eset_filter: ");
        push_bytes(lua, what.as_bytes());
        lua_concat(lua, 3);
        lua_error(lua)
    }
}

/// The maximum number of values that [`push_event`] has on the stack at once: a table and a key for each level, of
/// which an array has [`eset_filter::limits::MAX_ARRAY_LEVELS`], and fewer than eight others.
pub(crate) const DEEPEST: c_int = 2 * eset_filter::limits::MAX_ARRAY_LEVELS as c_int + 8;

/// Pushes the table of one of a plan's events. `record` is the index of Vector's record, if the plan keeps members of
/// it.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its upvalues, and its stack has room for
/// [`DEEPEST`] values. The value at `record` is a table if the plan keeps members of it. This may raise an error: no
/// frame from here up to Lua's holds anything that must be dropped.
pub(crate) unsafe fn push_event(lua: *mut Lua, plan: &Plan, event: usize, record: c_int) {
    for step in plain(plan.steps(event).iter()) {
        // SAFETY: the caller guarantees that there is room and that raising is allowed. A plan pushes a table before
        // each item and member, and a key before each member's value. So the values taken from the stack are there, and
        // are tables where they must be. Keys are strings, so neither nil nor NaN, for which `lua_rawset` would raise
        // an error.
        unsafe {
            match *step {
                Step::Table { items, members } => lua_createtable(lua, size(items), size(members)),
                Step::Name(name) => push_name(lua, name),
                Step::Text { start, end } => push_bytes(lua, plan.bytes(start, end)),
                Step::Int(value) => lua_pushinteger(lua, value),
                Step::Double(value) => lua_pushnumber(lua, value),
                Step::Bool(value) => lua_pushboolean(lua, value.into()),
                Step::Member => lua_rawset(lua, -3),
                Step::Item(at) => lua_rawseti(lua, -2, at as i64),
                Step::Kept { start, end } => copy_members(lua, record, plan.kept(start, end)),
            }
        }
    }
}

/// Converts a table size, which is only a hint.
fn size(size: usize) -> c_int {
    size.try_into().unwrap_or(c_int::MAX)
}

/// Copies the members at these positions into the table on top. The positions are in ascending order.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions. A table is on top of its stack, another one is at
/// `from`, and there is room for five values. This may raise an error: no frame from here up to Lua's holds anything
/// that must be dropped.
unsafe fn copy_members(lua: *mut Lua, from: c_int, positions: &[usize]) {
    let mut positions = plain(positions.iter().peekable());
    // SAFETY: `lua_next` gets nil or the key that it returned last. The table that it walks is not written to here. If
    // a finalizer writes to it, `lua_next` may raise an error, which the caller allows. Key and value are pushed twice,
    // within the room that the caller guarantees. `lua_rawset` takes the copies, and the originals are popped.
    unsafe {
        lua_pushnil(lua);
        for at in 0_usize.. {
            if positions.peek().is_none() {
                return pop(lua, 1);
            }
            if lua_next(lua, from) == 0 {
                return;
            }
            if positions.next_if_eq(&&at).is_some() {
                lua_pushvalue(lua, -2);
                lua_pushvalue(lua, -2);
                // The table is below key, value, key and value.
                lua_rawset(lua, -5);
            }
            pop(lua, 1);
        }
    }
}
