-- Invalid options and arguments, and programs that misuse the filter.

local eset_filter = require "eset_filter"

local filter = eset_filter.new()

-- Returns the error that a function raises, without the position.
local function failure(call, ...)
  local done, error = pcall(call, ...)
  assert(not done, "nothing is raised")
  return (tostring(error):gsub("^[^:]*:%d+: ", ""))
end

local function ignore() end

local tests = {}

function tests.invalid_options_are_refused_with_the_valid_ones()
  local names = "expected one of message_key, raw, heartbeats, syslog_fields, record_limit, timestamps"
  for expected, options in pairs {
    ['raw = "sometimes": expected one of on_error, always, never'] = { raw = "sometimes" },
    ['heartbeats = "": expected one of drop, keep'] = { heartbeats = "" },
    ['syslog_fields = "ALL": expected one of hostname, all'] = { syslog_fields = "ALL" },
    ['timestamps = "unix": expected one of rfc3339, vector'] = { timestamps = "unix" },
    ["message_key is empty: expected the key that contains the message"] = { message_key = "" },
    ["raw is not a string: put the value in quotes"] = { raw = true },
    ["message_key is not a string: put the value in quotes"] = { message_key = 7 },
    ['unknown option "heartbeat": ' .. names] = { heartbeat = "keep" },
    ["an option has no name: " .. names] = { "always" },
    ['raw = "\u{FFFD}\\0": expected one of on_error, always, never'] = { raw = "\xFF\0" },
  } do
    local error = failure(function() eset_filter.new(options) end)
    assert(error == "eset_filter: " .. expected, error)
  end
end

function tests.every_option_is_accepted()
  local filter = eset_filter.new {
    raw = "always",
    heartbeats = "keep",
    syslog_fields = "all",
    message_key = "payload",
    timestamps = "vector",
  }
  local event = { log = { payload = "<14>1 - h a 7 - - {}", message = "{}" } }
  filter:process(event, ignore)
  assert(event.log.syslog_facility == "user" and event.log.syslog_severity == "info" and event.log.syslog_procid == "7")
  assert(event.log.raw_message == "<14>1 - h a 7 - - {}" and event.log.message == "{}")
end

function tests.invalid_arguments_are_refused()
  local pretender = setmetatable({}, { __name = "eset_filter" })
  for expected, call in pairs {
    ["bad argument #1 to 'new' (table expected, got number)"] = function() eset_filter.new(5) end,
    ["bad argument #1 to 'parse' (string expected, got nil)"] = function() filter:parse() end,
    ["bad argument #1 to 'parse' (string expected, got number)"] = function() filter:parse(5) end,
    ["bad argument #1 to 'parse' (eset_filter expected, got string)"] = function() filter.parse "{}" end,
    ["bad argument #1 to 'parse' (eset_filter expected, got FILE*)"] = function() filter.parse(io.stdout, "{}") end,
    ["bad argument #2 to 'process' (function expected, got nil)"] = function() filter:process {} end,
    ["bad argument #2 to 'process' (function expected, got table)"] = function() filter:process({}, {}) end,
    ["bad argument #1 to 'process' (eset_filter expected, got table)"] = function() filter.process({}, ignore) end,
    ["bad argument #1 to 'process' (eset_filter expected, got eset_filter)"] = function()
      filter.process(pretender, {}, ignore)
    end,
  } do
    local error = failure(call)
    assert(error == expected, error)
  end
  assert(getmetatable(filter) == false and not pcall(setmetatable, filter, nil))
end

function tests.no_metatable_of_an_event_is_used()
  local function fail() error "used" end
  local raising = { __metatable = fail, __name = 5 }
  for _, name in ipairs { "index", "newindex", "len", "pairs", "call", "eq", "tostring", "concat", "lt" } do
    raising["__" .. name] = fail
  end
  local function guarded(table) return setmetatable(table, raising) end

  local logs = {}
  local function emit(event) logs[#logs + 1] = rawget(event, "log") or 0 end
  filter:process(guarded { log = guarded { message = '{"user":""}{"user":""}', kept = guarded {} } }, emit)
  assert(#logs == 2 and logs[1].parse_status == "ok" and logs[2].parse_status == "ok")
  filter:process(guarded {}, emit)
  filter:process(guarded { log = guarded {} }, emit)
  -- Members that only exist through a metatable are ignored.
  filter:process(setmetatable({}, { __index = { log = { message = '{"user":""}' } } }), emit)
  assert(#logs == 5 and logs[5] == 0)
end

function tests.emit_may_be_any_callable_value()
  local emitted = 0
  local emit = setmetatable({}, { __call = function() emitted = emitted + 1 end })
  filter:process({ log = { message = '{"user":""}{"user":""}' } }, emit)
  assert(emitted == 2)
end

function tests.an_error_of_emit_is_raised_after_all_events_are_emitted()
  local object = {}
  for message, count in pairs { ['{"user":""}'] = 1, ['{"user":""}{"user":""}{"user":""}'] = 3, ["no JSON"] = 1 } do
    local called = 0
    local function emit()
      called = called + 1
      error(called == 1 and object or "another")
    end
    local done, error = pcall(filter.process, filter, { log = { message = message } }, emit)
    assert(not done and error == object and called == count)
  end
  local done, raised = pcall(filter.process, filter, { metric = {} }, function() error(object) end)
  assert(not done and raised == object)
  done, raised = pcall(filter.process, filter, { log = { message = '{"user":""}{"user":""}' } }, function() error(nil) end)
  assert(not done and raised == nil)
  assert(#filter:parse '{"user":""}' == 1)
end

function tests.emit_may_use_the_filter()
  local emitted = 0
  local function emit(event)
    emitted = emitted + 1
    filter:process({ log = { message = event.log.detail or "" } }, emit)
  end
  local message = '{"user":""}'
  for _ = 1, 5 do
    message = ('{"detail":%s}{"user":""}'):format(("%q"):format(message))
  end
  filter:process({ log = { message = message } }, emit)
  assert(emitted == 11)
end

-- Lua cannot yield across a function that is not written in Lua.
function tests.emit_cannot_yield()
  local done, error = coroutine.resume(coroutine.create(function()
    filter:process({ log = { message = "{}" } }, coroutine.yield)
  end))
  assert(not done and error:find "attempt to yield across a C%-call boundary")

  local emitted = 0
  local runs = coroutine.wrap(function()
    for _, message in ipairs { '{"user":""}', '{"user":""}{"user":""}' } do
      filter:process({ log = { message = message } }, function() emitted = emitted + 1 end)
      coroutine.yield(emitted)
    end
  end)
  assert(runs() == 1 and runs() == 3)
end

function tests.a_full_stack_raises_an_error()
  local function deeper() filter:process({ log = { message = '{"user":"","a":[[[[[[[[{}]]]]]]]]}' } }, deeper) end
  local error = failure(deeper)
  assert(error:find "overflow", error)
  assert(#filter:parse "{}" == 1)

  -- The caller uses nearly the whole stack.
  local filled = table.pack(pcall(function() return #filter:parse '{"user":"","a":[[[[[[[[{}]]]]]]]]}', table.unpack({}, 1, 199990) end))
  assert(filled[1] == true and filled[2] == 1)
end

-- With the library `debug` a program can break anything. The filter detects at least this.
function tests.a_dropped_filter_raises_an_error()
  local filter = eset_filter.new()
  local drop = debug.getmetatable(filter).__gc
  local error
  filter:process({ log = { message = "{}" } }, function()
    drop(filter)
    drop(filter)
    error = failure(filter.parse, filter, "{}")
  end)
  assert(error == "eset_filter: this filter has been closed", error)
  drop(5)
  drop(io.stdout)
end

return tests
