//! The part of the interface between Lua 5.4 and its modules that this module needs. Vector provides the functions.
//!
//! Some functions may raise an error, as their comments say. An error leaves them through C's `longjmp`, past every
//! frame up to Vector's. So no frame that calls them may hold anything that must be dropped.
//!
//! The crate `mlua-sys` has these declarations, but a build of it either links Lua or does not. Cargo builds it only
//! once for the whole workspace, in which the tests' host must link Lua and a module must not.
//!
//! Source: Lua 5.4, `lua.h`, `lauxlib.h` and the reference manual, chapters 4 and 5.

use std::ffi::{c_char, c_int, c_void};

/// A Lua state, owned by Vector.
#[repr(C)]
#[derive(Debug)]
pub struct Lua {
    opaque: [u8; 0],
}

/// A function that Lua calls. It takes its arguments from the stack and returns the number of results that it leaves
/// there.
pub(crate) type Function = unsafe extern "C-unwind" fn(*mut Lua) -> c_int;

/// The types of values.
pub(crate) const TNIL: c_int = 0;
pub(crate) const TSTRING: c_int = 4;
pub(crate) const TTABLE: c_int = 5;
pub(crate) const TFUNCTION: c_int = 6;

/// The version, and the sizes of an integer and a number, as Lua checks them: `LUA_VERSION_NUM`, `LUAL_NUMSIZES`.
pub(crate) const VERSION: f64 = 504.0;
pub(crate) const NUMBER_SIZES: usize = size_of::<i64>() * 16 + size_of::<f64>();

/// Returns the stack index of a function's upvalue, counted from 1 (`lua_upvalueindex`).
pub(crate) const fn upvalue(at: c_int) -> c_int {
    const REGISTRY: c_int = -1_000_000 - 1000;
    REGISTRY - at
}

// These functions do not raise errors, with the exceptions noted.
unsafe extern "C-unwind" {
    pub(crate) fn lua_checkstack(lua: *mut Lua, slots: c_int) -> c_int;
    pub(crate) fn lua_copy(lua: *mut Lua, from: c_int, to: c_int);
    pub(crate) fn lua_getmetatable(lua: *mut Lua, index: c_int) -> c_int;
    /// Raises an error for a key that is not in the table.
    pub(crate) fn lua_next(lua: *mut Lua, table: c_int) -> c_int;
    pub(crate) fn lua_pushboolean(lua: *mut Lua, value: c_int);
    pub(crate) fn lua_pushinteger(lua: *mut Lua, value: i64);
    pub(crate) fn lua_pushnil(lua: *mut Lua);
    pub(crate) fn lua_pushnumber(lua: *mut Lua, value: f64);
    pub(crate) fn lua_pushvalue(lua: *mut Lua, index: c_int);
    pub(crate) fn lua_rawequal(lua: *mut Lua, one: c_int, other: c_int) -> c_int;
    pub(crate) fn lua_rawget(lua: *mut Lua, table: c_int) -> c_int;
    pub(crate) fn lua_rawgeti(lua: *mut Lua, table: c_int, key: i64) -> c_int;
    pub(crate) fn lua_rawgetp(lua: *mut Lua, table: c_int, key: *const c_void) -> c_int;
    pub(crate) fn lua_settop(lua: *mut Lua, top: c_int);
    /// May raise an error for a number, which it converts to a string.
    pub(crate) fn lua_tolstring(lua: *mut Lua, index: c_int, length: *mut usize) -> *const c_char;
    pub(crate) fn lua_touserdata(lua: *mut Lua, index: c_int) -> *mut c_void;
    pub(crate) fn lua_type(lua: *mut Lua, index: c_int) -> c_int;
}

// These functions may raise errors, most of them if there is no memory.
unsafe extern "C-unwind" {
    pub(crate) fn luaL_checkversion_(lua: *mut Lua, version: f64, sizes: usize);
    pub(crate) fn luaL_getmetafield(lua: *mut Lua, index: c_int, name: *const c_char) -> c_int;
    pub(crate) fn luaL_typeerror(lua: *mut Lua, argument: c_int, expected: *const c_char) -> c_int;
    pub(crate) fn luaL_where(lua: *mut Lua, level: c_int);
    pub(crate) fn lua_callk(lua: *mut Lua, arguments: c_int, results: c_int, context: isize, then: *const c_void);
    pub(crate) fn lua_concat(lua: *mut Lua, count: c_int);
    pub(crate) fn lua_createtable(lua: *mut Lua, items: c_int, members: c_int);
    pub(crate) fn lua_error(lua: *mut Lua) -> !;
    pub(crate) fn lua_newuserdatauv(lua: *mut Lua, size: usize, values: c_int) -> *mut c_void;
    /// Catches errors. Returns 0 if there is none.
    pub(crate) fn lua_pcallk(
        lua: *mut Lua,
        arguments: c_int,
        results: c_int,
        handler: c_int,
        context: isize,
        then: *const c_void,
    ) -> c_int;
    pub(crate) fn lua_pushcclosure(lua: *mut Lua, function: Function, upvalues: c_int);
    pub(crate) fn lua_pushlstring(lua: *mut Lua, text: *const c_char, length: usize) -> *const c_char;
    pub(crate) fn lua_rawset(lua: *mut Lua, table: c_int);
    pub(crate) fn lua_rawseti(lua: *mut Lua, table: c_int, key: i64);
    pub(crate) fn lua_rawsetp(lua: *mut Lua, table: c_int, key: *const c_void);
    pub(crate) fn lua_setfield(lua: *mut Lua, table: c_int, name: *const c_char);
    pub(crate) fn lua_setmetatable(lua: *mut Lua, index: c_int) -> c_int;
}
