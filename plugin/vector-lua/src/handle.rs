//! A filter as a Lua value: a userdata that owns the filter and that Lua garbage-collects.

use std::ffi::c_int;
use std::ptr;

use crate::abi::{
    Lua, lua_getmetatable, lua_newuserdatauv, lua_pushvalue, lua_rawequal, lua_setmetatable, lua_touserdata,
    luaL_typeerror,
};
use crate::filter::EventFilter;
use crate::settings::Settings;
use crate::stack::{METATABLE, pop, raise};

/// The content of the userdata.
#[derive(Debug)]
pub(crate) struct Handle {
    /// The filter, owned by the handle. Null if there is none.
    filter: *mut EventFilter,
    /// Whether a function of this module is using the filter. Lua may interrupt that function to run a finalizer, which
    /// may call any function of the module. Lua may also leave it for good if there is no memory. Then the filter stays
    /// in use.
    in_use: bool,
    /// The error in the options. It is stored here so that a function that raises it has nothing to drop.
    refused: String,
}

impl Handle {
    /// Pushes a userdata without a filter. The address is valid as long as Lua can reach the value.
    ///
    /// # Safety
    ///
    /// `lua` is the state that runs one of this module's functions, with its upvalues, and its stack has room for two
    /// values. This may raise an error: no frame from here up to Lua's holds anything that must be dropped.
    pub(crate) unsafe fn push(lua: *mut Lua) -> *mut Self {
        const { assert!(align_of::<Self>() <= align_of::<usize>(), "Lua aligns memory for any C type") };
        // SAFETY: the caller guarantees that there is room, that raising is allowed, and that the upvalue is the
        // metatable. The memory has the requested size, is aligned for a handle, and is new, so writing drops nothing.
        // The metatable, and with it the finalizer, is set last, so only an initialised userdata is ever treated as a
        // handle.
        unsafe {
            let handle: *mut Self = lua_newuserdatauv(lua, size_of::<Self>(), 0).cast();
            handle.write(Self { filter: ptr::null_mut(), in_use: false, refused: String::new() });
            lua_pushvalue(lua, METATABLE);
            lua_setmetatable(lua, -2);
            handle
        }
    }

    /// Returns the handle at an index, or null if the value is not a handle.
    ///
    /// # Safety
    ///
    /// `lua` is the state that runs one of this module's functions, with its upvalues. `index` is that of a value on
    /// its stack, which has room for two more.
    pub(crate) unsafe fn at(lua: *mut Lua, index: c_int) -> *mut Self {
        // SAFETY: the caller guarantees that there is room, and none of this raises an error. The metatable belongs to
        // the module and cannot be reached by a program (`__metatable`). So only values that `push` created have it,
        // and such a userdata is a handle.
        unsafe {
            if lua_getmetatable(lua, index) == 0 {
                return ptr::null_mut();
            }
            let is_one = lua_rawequal(lua, -1, METATABLE) != 0;
            pop(lua, 1);
            if is_one { lua_touserdata(lua, index).cast() } else { ptr::null_mut() }
        }
    }

    /// Raises an error if the value at an index is not a handle.
    ///
    /// # Safety
    ///
    /// As for [`Handle::at`], and `index` is that of an argument. This may raise an error: no frame from here up to
    /// Lua's holds anything that must be dropped.
    pub(crate) unsafe fn check(lua: *mut Lua, index: c_int) {
        // SAFETY: the caller guarantees that the index is that of an argument, which the error names, and that raising
        // is allowed.
        unsafe {
            if Self::at(lua, index).is_null() {
                luaL_typeerror(lua, index, c"eset_filter".as_ptr());
            }
        }
    }

    /// Pushes the handle at an index and marks it as in use until [`Handle::release`]. If its filter is already in use,
    /// pushes another handle with a filter of the same settings. Raises an error if the filter has been dropped, as at
    /// the end of a state.
    ///
    /// # Safety
    ///
    /// As for [`Handle::push`], and the value at `index` is a handle, as [`Handle::check`] ensures.
    pub(crate) unsafe fn take(lua: *mut Lua, index: c_int) -> *mut Self {
        // SAFETY: the caller guarantees that `at` returns a handle, and Lua does not free it while it is on the stack.
        // A filter that is not null is a box from `fill`. Of a filter in use, only the settings are read, and whoever
        // uses it does not change them. No reference is held while Lua may run a finalizer, which is in `push` and
        // `raise`.
        unsafe {
            let mut handle = Self::at(lua, index);
            if (*handle).filter.is_null() {
                raise(lua, "this filter has been closed");
            }
            if (*handle).in_use {
                let like: *const EventFilter = (*handle).filter;
                handle = Self::push(lua);
                (*handle).fill((*like).settings().clone());
            } else {
                lua_pushvalue(lua, index);
            }
            (*handle).in_use = true;
            handle
        }
    }

    /// Returns the filter of a handle that was taken.
    pub(crate) fn filter(&self) -> *mut EventFilter {
        self.filter
    }

    /// Marks the filter as no longer in use.
    pub(crate) fn release(&mut self) {
        self.in_use = false;
    }

    /// Creates the filter of a handle that has none.
    pub(crate) fn fill(&mut self, settings: Settings) {
        self.filter = Box::into_raw(Box::new(EventFilter::new(settings)));
    }

    /// Stores the error in the options.
    pub(crate) fn refuse(&mut self, why: String) {
        self.refused = why;
    }

    /// Returns the error in the options, if there is one.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.filter.is_null().then_some(&self.refused)
    }

    /// Drops everything that the handle owns, except a filter in use.
    pub(crate) fn clear(&mut self) {
        self.refused = String::new();
        if !self.in_use && !self.filter.is_null() {
            let filter = std::mem::replace(&mut self.filter, ptr::null_mut());
            // SAFETY: a filter that is not null is a box from `fill`. It is not in use, and the handle no longer points
            // to it, so nothing else has it.
            drop(unsafe { Box::from_raw(filter) });
        }
    }
}
