-- The filter while the garbage collector of Lua is active.

local eset_filter = require "eset_filter"

local filter = eset_filter.new()

local function ignore() end

local tests = {}

-- Every allocation may run the collector.
function tests.a_busy_collector_frees_nothing_that_is_in_use()
  for _, mode in ipairs { "incremental", "generational" } do
    collectgarbage(mode, 1, 1000, 1)
    for round = 1, 500 do
      local message = ('{"user":"%d","more":{"list":[1,{"b":["%d"]}]},"hash":"%s"}{"user":""}'):format(round, round, ("x"):rep(100))
      local emitted = {}
      filter:process({ log = { message = message, kept = round } }, function(event)
        collectgarbage()
        emitted[#emitted + 1] = event.log
      end)
      assert(emitted[1].user == tostring(round) and emitted[1].kept == round and #emitted[1].hash == 100)
      assert(emitted[1].additional_fields.more_list[2].b[1] == tostring(round))
      assert(emitted[2].parse_status == "ok" and emitted[2].kept == round)
    end
  end
end

-- Lua may run finalizers at any allocation, even while the tables of an event are created.
function tests.finalizers_may_use_a_filter_that_is_in_use()
  local within, failed = 0, nil
  local function use()
    assert(filter:parse('{"user":"inner"}{"severity":"Fatal"}')[1].user == "inner")
    filter:process({ log = { message = '{"user":"inner"}' } }, function(event) assert(event.log.user == "inner") end)
  end
  local function finalize()
    local caller = debug.getinfo(2, "f")
    if caller and caller.func == filter.process then
      within = within + 1
    end
    local done, error = pcall(use)
    failed = failed or not done and error
  end
  collectgarbage("incremental", 1, 1000, 1)
  for round = 1, 2000 do
    local message = ('{"user":"%d","more":{"list":[1,{"b":["%d"]}]},"hash":"%s"}'):format(round, round, ("x"):rep(100))
    local event = { log = { message = message, kept = round } }
    collectgarbage "stop"
    for _ = 1, 5 do
      setmetatable({}, { __gc = finalize })
    end
    collectgarbage "restart"
    filter:process(event, ignore)
    local log = event.log
    assert(log.user == tostring(round) and log.kept == round and #log.hash == 100)
    assert(log.additional_fields.more_list[2].b[1] == tostring(round))
  end
  assert(not failed, failed)
  assert(within > 1000, within)
end

function tests.filters_come_and_go()
  for round = 1, 5000 do
    local filter = eset_filter.new { message_key = ("key"):rep(round % 50 + 1) }
    assert(#filter:parse "{}" == 1)
    pcall(eset_filter.new, { raw = ("x"):rep(round) })
  end
  collectgarbage()
  assert(collectgarbage "count" < 1000)
end

return tests
