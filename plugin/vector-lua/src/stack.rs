//! Lua's stack: taking values from it, and putting values on it.
//!
//! Lua may leave its own functions by C's `longjmp`, see [`crate::abi`]. The functions below that push, and all that
//! call them, hold nothing that must be dropped, and do not panic.

use std::ffi::c_int;
use std::mem::needs_drop;
use std::{ptr, slice};

use crate::abi::{
    Lua, TSTRING, lua_concat, lua_createtable, lua_error, lua_next, lua_pushboolean, lua_pushinteger, lua_pushlstring,
    lua_pushnil, lua_pushnumber, lua_pushvalue, lua_rawgetp, lua_rawset, lua_rawseti, lua_settop, lua_tolstring,
    lua_type, luaL_where, upvalue,
};
use crate::plan::{Name, Plan, Step};

/// The upvalues of the module's functions: the table of names, by the addresses of their texts, and the metatable of a
/// filter.
pub(crate) const NAMES: c_int = upvalue(1);
pub(crate) const METATABLE: c_int = upvalue(2);

/// Hands on what needs no dropping. The compiler refuses what does.
pub(crate) fn plain<T>(value: T) -> T {
    const { assert!(!needs_drop::<T>()) };
    value
}

/// Takes so many values from the top.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and its stack has at least `count` values of this call.
pub(crate) unsafe fn pop(lua: *mut Lua, count: c_int) {
    // SAFETY: by this function's promise there are so many values, so that the new top lies within the stack.
    unsafe { lua_settop(lua, -count - 1) };
}

/// The bytes of a string; `None` of what is none. They are good as long as the string is on the stack, or in a table that
/// is and that nobody changes.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and `index` is that of a value on its stack. That value
/// stays where it is for as long as the bytes are used.
pub(crate) unsafe fn bytes<'l>(lua: *mut Lua, index: c_int) -> Option<&'l [u8]> {
    // SAFETY: the value is a string when it is asked for its bytes, and so neither changed nor raised for. Its address is
    // never null, it has `length` bytes, and Lua neither moves nor frees it while it can be reached, as by this function's
    // promise it can.
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
/// `lua` is the state that runs one of this module's functions, and its stack has room for a value. This may raise: no
/// frame from here up to Lua's holds anything that has to be dropped.
pub(crate) unsafe fn push_bytes(lua: *mut Lua, bytes: &[u8]) {
    // SAFETY: by this function's promise there is room and raising is allowed. Lua copies the bytes before this returns.
    unsafe { lua_pushlstring(lua, bytes.as_ptr().cast(), bytes.len()) };
}

/// Pushes a name, which is in the table of names.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with the upvalues that it was made with, and its stack
/// has room for a value.
pub(crate) unsafe fn push_name(lua: *mut Lua, name: Name) {
    // SAFETY: by this function's promise `NAMES` is an upvalue, and a table. The name's address is a key only: Lua does not
    // follow it.
    unsafe { lua_rawgetp(lua, NAMES, ptr::from_ref(name).cast()) };
}

/// Raises an error that says where the program is and what is wrong.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, and its stack has room for three values. It never
/// returns: no frame from here up to Lua's holds anything that has to be dropped.
pub(crate) unsafe fn raise(lua: *mut Lua, what: &str) -> ! {
    // SAFETY: by this function's promise there is room for the three strings that are pushed and then made one, which is
    // what is raised; and raising is allowed.
    unsafe {
        luaL_where(lua, 1);
        push_bytes(lua, b"eset_filter: ");
        push_bytes(lua, what.as_bytes());
        lua_concat(lua, 3);
        lua_error(lua)
    }
}

/// The most values that [`push_event`] has on the stack at once: a table and a key for each level, of which an array has
/// [`eset_filter::limits::MAX_ARRAY_LEVELS`], and less than eight for the rest.
pub(crate) const DEEPEST: c_int = 2 * eset_filter::limits::MAX_ARRAY_LEVELS as c_int + 8;

/// Pushes the table of one of a plan's events. The stack has room for [`DEEPEST`] more values. `record` is the index of the
/// host's record, where the plan keeps members of one.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions, with its upvalues; its stack has room for [`DEEPEST`]
/// values; at `record` stands a table if the plan keeps members of one. This may raise: no frame from here up to Lua's
/// holds anything that has to be dropped.
pub(crate) unsafe fn push_event(lua: *mut Lua, plan: &Plan, event: usize, record: c_int) {
    for step in plain(plan.steps(event).iter()) {
        // SAFETY: by this function's promise there is room and raising is allowed. A plan puts a table under each item and
        // member, and a key under each member's value, so that what is taken from the stack is there, and is a table where it
        // has to be. Keys are strings, thus neither nil nor NaN, for which `lua_rawset` would raise.
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

/// A table's size is a hint only.
fn size(size: usize) -> c_int {
    size.try_into().unwrap_or(c_int::MAX)
}

/// Copies members at these positions, the lowest first, into the table on top.
///
/// # Safety
///
/// `lua` is the state that runs one of this module's functions; a table is on top of its stack, and another one at
/// `from`; there is room for five values. This may raise: no frame from here up to Lua's holds anything that has to be
/// dropped.
unsafe fn copy_members(lua: *mut Lua, from: c_int, positions: &[usize]) {
    let mut positions = plain(positions.iter().peekable());
    // SAFETY: `lua_next` gets nil or the key that it gave last. Nothing is written here to the table that it walks through; if
    // a finalizer does, it may raise, which by this function's promise is allowed. Key and value are pushed twice, which is
    // within the room promised; the copies are what `lua_rawset` takes, and the others what is popped.
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
                // The table is under key, value, key and value.
                lua_rawset(lua, -5);
            }
            pop(lua, 1);
        }
    }
}
