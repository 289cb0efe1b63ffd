-- The events that the filter emits, and their contents.

local eset_filter = require "eset_filter"

local filter = eset_filter.new()

-- Returns the events that a filter emits for an event.
local function process(event, other)
  local emitted = {}
  (other or filter):process(event, function(event) emitted[#emitted + 1] = event end)
  return emitted
end

local tests = {}

function tests.an_event_keeps_its_own_table_and_its_other_members()
  local stamp, tags = { year = 2026 }, { "a", "b" }
  local message = '<14>1 - srv - - - - {"severity":"Warning"}'
  local event = {
    log = { message = message, timestamp = stamp, tags = tags, severity = 4, [7] = true },
    other = 1,
  }
  local emitted = process(event)
  assert(#emitted == 1 and emitted[1] == event and event.other == 1)
  local log = event.log
  assert(log.severity == "Warning" and log.parse_status == "ok" and log.syslog_hostname == "srv")
  assert(log.timestamp == stamp and log.tags == tags and log[7] == true and log.message == nil)
  local count = 0
  for _ in pairs(log) do
    count = count + 1
  end
  assert(count == 6)
end

function tests.each_of_several_events_has_the_kept_keys()
  local message = '{"severity":"Warning"} {"severity":"Error"}{"severity":"Fatal"}'
  local event = { log = { message = message, host = "h", severity = 1 } }
  local emitted = process(event)
  assert(#emitted == 3 and emitted[1] == event)
  for at, severity in ipairs { "Warning", "Error", "Fatal" } do
    local log = emitted[at].log
    assert(log.severity == severity and log.host == "h" and log.message == nil, at)
  end
  assert(emitted[1] ~= emitted[2] and emitted[1].log ~= emitted[2].log)
end

function tests.an_event_without_a_message_passes_untouched()
  local record = { message = 5, log = {}, msg = true, MESSAGE = 0.5, other = "{}" }
  for _, event in ipairs {
    {},
    { log = {} },
    { log = "{}" },
    { log = 5 },
    { log = print },
    { metric = { name = "n" } },
    { message = "{}" },
    { log = record },
    { log = { [1] = "{}", [true] = "{}" } },
  } do
    local log = event.log
    local emitted = process(event)
    assert(#emitted == 1 and emitted[1] == event and event.log == log)
  end
  assert(record.message == 5 and record.other == "{}")
end

function tests.a_value_that_is_not_an_event_passes_untouched()
  for _, event in ipairs { "text", 5, 0.5, true, print, io.stdout, coroutine.create(print), filter } do
    local emitted = process(event)
    assert(#emitted == 1 and emitted[1] == event)
  end
  local seen
  filter:process(nil, function(...) seen = select("#", ...) end)
  assert(seen == 1)
end

-- Tables of any shape, some of them with a message. Without a message nothing is changed.
function tests.any_table_may_be_an_event()
  math.randomseed(1)
  local keys = { "log", "metric", "message", "msg", "additional_fields", "severity", "", "\0", 1, 2, 0.5, true, print }
  local leaves = { "", '{"user":""}', '{"severity":"Warning","sec":{}}', '{"user":"","a":[', "\xFF", 7, -0.0, 1 / 0, true, print, io.stdout }
  local function any(depth)
    if depth == 0 or math.random(3) == 1 then
      return leaves[math.random(#leaves)]
    end
    local value = {}
    for _ = 1, math.random(0, 6) do
      value[keys[math.random(#keys)]] = any(depth - 1)
    end
    return value
  end
  local filtered = 0
  for _ = 1, 20000 do
    local event = math.random(4) == 1 and any(4) or { log = any(3) }
    local before = type(event) == "table" and event.log
    for _, emitted in ipairs(process(event)) do
      local log = type(emitted) == "table" and emitted.log
      assert(emitted == event and (log == before or log.parse_status))
      filtered = filtered + (log ~= before and 1 or 0)
    end
  end
  assert(filtered > 500, filtered)
end

function tests.an_event_with_a_message_beside_a_metric_is_read()
  local event = process { log = { log = '{"user":""}' }, metric = { name = "n" } }[1]
  assert(event.log.parse_status == "ok" and event.metric.name == "n")
end

function tests.heartbeats_and_empty_messages_are_dropped()
  for _, message in ipairs { "<190>Aug 12 09:58:13 - ERAServer[16238]: HEARTBEAT", "", " \r\n", "\0" } do
    assert(#process { log = { message = message } } == 0 and #filter:parse(message) == 0)
  end
  local keeping = eset_filter.new { heartbeats = "keep" }
  assert(process({ log = { message = "HEARTBEAT" } }, keeping)[1].log.parse_status == "heartbeat")
  assert(keeping:parse("HEARTBEAT")[1].raw_message == "HEARTBEAT")
end

function tests.values_have_lua_types()
  local log = filter:parse([==[{"source_port":"443","inbound":"yes","occured":"21-Jun-2021 09:46:15","a":{
    "integer":-7,"least":-9223372036854775808,"beyond":9223372036854775808,"double":0.25,"exponent":1e3,"zero":-0.0,
    "digits":0.1234567890123456,"huge":1e400,"null":null,"true":true,"empty":"","object":{},"array":[],
    "list":[1,"two",[3.5,null],{"four":[5]},false],"deep":[[[[[[[[[1]]]]]]]]]}}]==])[1]
  assert(math.type(log.source_port) == "integer" and log.source_port == 443)
  assert(log.inbound == true and log.occurred == "2021-06-21T09:46:15Z")
  local more = log.additional_fields
  assert(math.type(more.a_integer) == "integer" and more.a_integer == -7)
  assert(more.a_least == math.mininteger and more.a_beyond == "9223372036854775808")
  assert(math.type(more.a_double) == "float" and more.a_double == 0.25 and more.a_exponent == 1000.0)
  assert(more.a_digits == "0.1234567890123456" and more.a_huge == "1e400" and more.a_zero == 0.0)
  assert(more.a_null == "" and more.a_true == true and more.a_empty == "")
  assert(next(more.a_object) == nil and next(more.a_array) == nil)
  local list = more.a_list
  assert(#list == 5 and list[1] == 1 and list[2] == "two" and list[3][1] == 3.5 and list[3][2] == "")
  assert(list[4].four[1] == 5 and list[5] == false and more.a_deep == "[[[[[[[[[1]]]]]]]]]")
end

function tests.timestamps_may_be_tables()
  local filter = eset_filter.new { timestamps = "vector" }
  local log = filter:parse('{"occured":"2021-06-21T23:46:15.12345678901-01:00","firstseen":"28-Feb-2021 00:00:00"}')[1]
  local expected = { year = 2021, month = 6, day = 22, hour = 0, min = 46, sec = 15, nanosec = 123456789 }
  for part, value in pairs(log.occurred) do
    assert(math.type(value) == "integer" and value == expected[part], part)
    expected[part] = nil
  end
  assert(next(expected) == nil)
  assert(os.time(log.firstseen) == os.time { year = 2021, month = 2, day = 28, hour = 0 })
  assert(log.firstseen.nanosec == 0)
  assert(filter:parse('{"occured":"yesterday"}')[1].additional_fields.occured == "yesterday")
end

-- Vector refuses an event with a table of these members unless it is a valid timestamp.
function tests.no_table_from_a_message_looks_like_a_timestamp()
  local parts = '"year":1,"month":2,"day":3,"hour":4,"min":5,"sec":6'
  local function read(message) return filter:parse((message:gsub("PARTS", parts)))[1].additional_fields end

  local more = read '{"user":"",PARTS,"list":[{PARTS}]}'
  assert(more.year == 1 and more.sec == nil and more.sec_ == 6)
  assert(more.list[1].min == 5 and more.list[1].sec == nil and more.list[1].sec_ == 6)

  more = read '{"user":"","sec_":7,"sec___":8,"sec__x":9,PARTS}'
  assert(more.sec_ == 7 and more.sec___ == 8 and more.sec__x == 9 and more.sec____ == 6 and more.sec == nil)

  parts = parts:gsub("sec", "s\\u0065c")
  more = read '{"user":"","list":[{PARTS}]}'
  assert(more.list[1].sec == nil and more.list[1].sec_ == 6)

  parts = parts:gsub("year", "years")
  assert(read('{"user":"",PARTS}').sec == 6)
end

function tests.bytes_that_are_not_utf8_are_replaced()
  local log = filter:parse('{"user":"caf\xE9","\xFF":"\0",} \xC3')[1]
  assert(log.user == "caf\u{FFFD}" and log.parse_status == "malformed")
  assert(filter:parse("\xE9")[1].raw_message == "\u{FFFD}")
  assert(filter:parse('{"detail":"a\\u0000b"}')[1].detail == "a\0b")
end

function tests.a_message_key_may_contain_nul()
  local other = eset_filter.new { message_key = "a\0b" }
  local log = process({ log = { ["a\0b"] = '{"user":""}', a = '{"user":""}', message = '{"user":""}' } }, other)[1].log
  assert(log.parse_status == "ok" and log["a\0b"] == nil and log.a == '{"user":""}' and log.message == '{"user":""}')
end

function tests.several_filters_do_not_affect_each_other()
  local always, never = eset_filter.new { raw = "always" }, eset_filter.new { raw = "never" }
  for _ = 1, 3 do
    assert(always:parse('{"user":""}')[1].raw_message == '{"user":""}' and never:parse("x")[1].raw_message == nil)
    assert(filter:parse('{"user":""}')[1].raw_message == nil and filter:parse("x")[1].raw_message == "x")
  end
  assert(require "eset_filter" == eset_filter and eset_filter._VERSION:match "^eset_filter %d")
end

return tests
