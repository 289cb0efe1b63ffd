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
        // SAFETY: there is as much memory as was asked for. The metatable comes last, so that no other handle is ever dropped.
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
        // SAFETY: the metatable is the module's own, and out of a program's reach, so that only handles have it.
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
        // SAFETY: the index is that of an argument.
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
        // SAFETY: there is a handle, as was checked, and both are on the stack. Of the one in use nothing is changed.
        unsafe {
            let mut handle = Self::at(lua, index);
            if (*handle).filter.is_null() {
                raise(lua, "this filter has come to its end");
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
            // SAFETY: it is a box of `fill`'s, and nobody else has it.
            drop(unsafe { Box::from_raw(filter) });
        }
    }
}
