//! A filter as a value of Lua: a userdata that holds it, and that Lua drops.

use std::ffi::c_int;
use std::ptr;

use crate::abi::{
    Lua, lua_getmetatable, lua_newuserdatauv, lua_pushvalue, lua_rawequal, lua_setmetatable, lua_touserdata,
    luaL_typeerror,
};
use crate::filter::EventFilter;
use crate::settings::Settings;
use crate::stack::{METATABLE, pop, raise};

/// What the userdata is.
#[derive(Debug)]
pub(crate) struct Handle {
    /// The filter, which is the handle's own; null where there is none.
    filter: *mut EventFilter,
    /// Whether a function of this module is at work with it. Such a function may be left by Lua for a finalizer, which may
    /// call any other one, and for good, for want of memory. Then the filter stays in use.
    in_use: bool,
    /// What was wrong with the options. It stands here for not having to be dropped by a function that raises it.
    refused: String,
}

impl Handle {
    /// Pushes a userdata without a filter. The address is good as long as Lua knows of the value.
    ///
    /// This may raise.
    ///
    /// # Safety
    ///
    /// `lua` is the state that runs one of this module's functions, with its upvalues, and its stack has room for two
    /// values. This may raise: no frame from here up to Lua's holds anything that has to be dropped.
    pub(crate) unsafe fn push(lua: *mut Lua) -> *mut Self {
        const { assert!(align_of::<Self>() <= align_of::<usize>(), "Lua aligns memory for any type of C's") };
        // SAFETY: by this function's promise there is room, raising is allowed, and the upvalue is the metatable. The memory
        // is as much as was asked for, aligned for a handle, and new, so that writing drops nothing. The metatable, and with
        // it the finalizer, comes last: only what is written is ever taken for a handle.
        unsafe {
            let handle: *mut Self = lua_newuserdatauv(lua, size_of::<Self>(), 0).cast();
            handle.write(Self { filter: ptr::null_mut(), in_use: false, refused: String::new() });
            lua_pushvalue(lua, METATABLE);
            lua_setmetatable(lua, -2);
            handle
        }
    }

    /// The handle that is at an index; null of what is none.
    ///
    /// # Safety
    ///
    /// `lua` is the state that runs one of this module's functions, with its upvalues; `index` is that of a value on
    /// its stack, which has room for two more.
    pub(crate) unsafe fn at(lua: *mut Lua, index: c_int) -> *mut Self {
        // SAFETY: by this function's promise there is room, and none of this raises. The metatable is the module's own and
        // out of a program's reach (`__metatable`), so that only what `push` has made has it: such a userdata is a handle.
        unsafe {
            if lua_getmetatable(lua, index) == 0 {
                return ptr::null_mut();
            }
            let is_one = lua_rawequal(lua, -1, METATABLE) != 0;
            pop(lua, 1);
            if is_one { lua_touserdata(lua, index).cast() } else { ptr::null_mut() }
        }
    }

    /// The handle that is at an index. Raises an error where there is none.
    ///
    /// # Safety
    ///
    /// As for [`Handle::at`], and `index` is that of an argument. This may raise: no frame from here up to Lua's holds
    /// anything that has to be dropped.
    pub(crate) unsafe fn check(lua: *mut Lua, index: c_int) {
        // SAFETY: by this function's promise the index is one of an argument, which the error names, and raising is allowed.
        unsafe {
            if Self::at(lua, index).is_null() {
                luaL_typeerror(lua, index, c"eset_filter".as_ptr());
            }
        }
    }

    /// Pushes the handle that is at an index, to be used until [`Handle::release`]; or, where its filter is in use, another
    /// with one like it. Raises an error where the filter is dropped, as at the end of a state.
    ///
    /// # Safety
    ///
    /// As for [`Handle::push`], and at `index` there is a handle, as [`Handle::check`] tells.
    pub(crate) unsafe fn take(lua: *mut Lua, index: c_int) -> *mut Self {
        // SAFETY: by this function's promise `at` gives a handle, and while it is on the stack Lua does not free it. A filter
        // that is not null is a box of `fill`'s, as is the one in use, of which only the settings are read: whoever uses it
        // does not change them. No reference is held while Lua may run a finalizer, which is in `push` and `raise`.
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

    /// The filter of a handle that was taken.
    pub(crate) fn filter(&self) -> *mut EventFilter {
        self.filter
    }

    /// Lets others use the filter.
    pub(crate) fn release(&mut self) {
        self.in_use = false;
    }

    /// Gives a handle without a filter one.
    pub(crate) fn fill(&mut self, settings: Settings) {
        self.filter = Box::into_raw(Box::new(EventFilter::new(settings)));
    }

    /// Notes what was wrong with the options.
    pub(crate) fn refuse(&mut self, why: String) {
        self.refused = why;
    }

    /// What was wrong with the options, if anything.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.filter.is_null().then_some(&self.refused)
    }

    /// Drops what the handle owns, unless it is in use.
    pub(crate) fn clear(&mut self) {
        self.refused = String::new();
        if !self.in_use && !self.filter.is_null() {
            let filter = std::mem::replace(&mut self.filter, ptr::null_mut());
            // SAFETY: a filter that is not null is a box of `fill`'s. As it is not in use, and its place is null by now, nobody
            // else has it.
            drop(unsafe { Box::from_raw(filter) });
        }
    }
}
