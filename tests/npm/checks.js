// Checks of the package, run in Node and in browsers. A failed check throws an error.

import { EsetFilter, schema, version } from "eset-filter";

const encoder = new TextEncoder();

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export function assertEqual(actual, expected, message = "") {
  const [actualText, expectedText] = [tagged(actual), tagged(expected)];
  assert(actualText === expectedText, `${message}\n  is       ${actualText}\n  expected ${expectedText}`);
}

/** Returns a value as text that distinguishes a bigint from a number. */
function tagged(value) {
  return JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? { bigint: String(inner) } : inner));
}

/** Parses lines of JSON as records without the package. */
function expectedOf(ndjson) {
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/gu;
  const exact = (text) => (/^-?\d+$/u.test(text) && !Number.isSafeInteger(Number(text)) ? `{"bigint":"${text}"}` : text);
  return ndjson.split("\n").filter(Boolean).map((line) => JSON.parse(line.replace(token, exact)));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function collect(iterable) {
  const found = [];
  for await (const item of iterable) found.push(item);
  return found;
}

async function failure(run) {
  try {
    await run();
  } catch (error) {
    assert(error instanceof Error, "the thrown value is not an Error");
    return error.message;
  }
  return "nothing was thrown";
}

/** Checks contract cases: options, a message and the expected lines. */
export function contract(cases) {
  for (const { name, options, message, expected } of cases) {
    const bytes = fromBase64(message);
    const filter = new EsetFilter(options);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    assertEqual(filter.toNdjson(bytes), expected, name);
    assertEqual(filter.toNdjson(text), expected, `${name}, as text`);
    assertEqual(filter.parse(bytes), expectedOf(expected), name);
    assertEqual(filter.parse(text), expectedOf(expected), `${name}, as text`);
    const explained = filter.explain(bytes);
    assertEqual(explained.map(({ record }) => record), expectedOf(expected), `${name}, explained`);
    explained.forEach((explanation) => checkExplained(explanation, text, name));
  }
}

function checkExplained({ record, reason, origins, header, outerHeader, payload, event }, text, name) {
  assert(typeof reason === "string" && !/undefined|NaN/u.test(reason), `${name}: ${reason}`);
  const ranges = [header, outerHeader, payload, event, ...origins.flatMap((origin) => [origin.name, origin.value])];
  for (const range of ranges.filter(Boolean)) {
    assert(range.start >= 0 && range.start <= range.end && range.end <= text.length, `${name}: ${JSON.stringify(range)}`);
  }
  const additional = Object.keys(record.additional_fields ?? {}).map((key) => `additional_fields.${key}`);
  const keys = [...Object.keys(record).filter((key) => key !== "additional_fields"), ...additional];
  assertEqual(origins.map(({ key }) => key), keys, `${name}: origins`);
}

/** Checks a capture against the lines that the command prints for it. */
export async function agreement({ capture, expected, options }) {
  const bytes = fromBase64(capture);
  const filter = new EsetFilter(options);
  const lines = new TextDecoder().decode(bytes).split("\n");
  const found = lines.filter((line, at) => line !== "" || at < lines.length - 1).map((line) => filter.toNdjson(line)).join("");
  const expectedLines = expected.split("\n");
  found.split("\n").forEach((line, at) => assert(line === expectedLines[at], `record ${at}\n  is       ${line}\n  expected ${expectedLines[at]}`));
  assert(found === expected, "records are missing");
  const records = await collect(filter.parseCapture(bytes));
  const expectedRecords = expectedOf(expected);
  records.forEach((record, at) => assertEqual(record, expectedRecords[at], `record ${at} of the capture`));
  assertEqual(records.length, expectedRecords.length, "records of the capture");
}

/** Checks the same capture in other forms: octet-counted frames, one or several gzip members, parts and streams. */
export async function forms({ lines, frames, gzip, members }) {
  const filter = new EsetFilter({ raw: "never" });
  const expected = await collect(filter.parseCapture(fromBase64(lines)));
  assert(expected.length > 500, "the capture has more than 500 records");
  for (const [name, form] of Object.entries({ frames, gzip, members })) {
    const bytes = fromBase64(form);
    assertEqual(await collect(filter.parseCapture(bytes)), expected, name);
    for (const size of [1013, 65536]) {
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size));
      const iterable = (async function* () {
        yield* parts;
      })();
      assertEqual(await collect(filter.parseCapture(iterable)), expected, `${name} in parts of ${size}`);
      const stream = new ReadableStream({
        start(controller) {
          parts.forEach((part) => controller.enqueue(part));
          controller.close();
        },
      });
      assertEqual(await collect(filter.parseCapture(stream)), expected, `${name} as a stream`);
    }
    const onlyReader = { getReader: () => new Blob([bytes]).stream().getReader() };
    assertEqual(await collect(filter.parseCapture(onlyReader)), expected, `${name} through a reader`);
  }
  const cut = fromBase64(gzip).slice(0, -1000);
  const before = [];
  const message = await failure(async () => {
    for await (const record of filter.parseCapture(cut)) before.push(record);
  });
  assertEqual(message, "the gzip data ends early: copy the capture again");
  assert(before.length > 100, "the records before the error come first");
  assertEqual(before.slice(0, -1), expected.slice(0, before.length - 1), "records before the error");
  const damaged = fromBase64(gzip);
  damaged[damaged.length - 8] ^= 1;
  assert((await failure(() => collect(filter.parseCapture(damaged)))).includes("checksum"), "a wrong checksum is reported");
}

/** Checks the rest of the API. */
export async function api({ packageVersion }) {
  const filter = new EsetFilter();
  assertEqual(version, packageVersion);
  assertEqual(filter.parse(""), []);
  assertEqual(filter.parse("<14>HEARTBEAT"), []);
  assertEqual(new EsetFilter({ heartbeats: "keep", raw: undefined }).parse("HEARTBEAT")[0].parse_status, "heartbeat");

  const [large] = filter.parse('{"count":9007199254740992,"aggregate_count":-9007199254740991,"x":[12345678901234567890,"n1"],"y":"s","z":1e3}');
  assert(large.count === 9007199254740992n && large.aggregate_count === -9007199254740991, "integers in fields are exact");
  assert(large.additional_fields.x[0] === 12345678901234567890n && large.additional_fields.x[1] === "n1", "integers in arrays are exact");
  assert(large.additional_fields.y === "s" && large.additional_fields.z === 1000, "other values do not change");
  assertEqual(filter.parse('{"user":"n1","__proto__":{"x":1},"count":9007199254740993}')[0].additional_fields, { ["__proto___x"]: 1 });

  assertEqual(await failure(() => new EsetFilter({ Raw: "always" })), "unknown option Raw: expected one of raw, heartbeats, syslogFields, recordLimit");
  assertEqual(await failure(() => new EsetFilter({ raw: "sometimes" })), "raw is sometimes: expected one of on_error, always, never");
  assertEqual(await failure(() => new EsetFilter({ recordLimit: 1000 })), "recordLimit is 1000: expected a number of bytes, 65536 or more");
  assertEqual(await failure(() => new EsetFilter("raw")), 'the options are string: expected an object such as { raw: "always" }');
  assertEqual(await failure(() => filter.parse(7)), "the message is number: expected a string or Uint8Array");
  assertEqual(await failure(() => filter.explain(null)), "the message is null: expected a string or Uint8Array");
  for (const method of ["parse", "toNdjson", "explain"]) {
    const message = await failure(() => filter[method](new Uint8Array((16 << 20) + 1)));
    assertEqual(message, "the message is longer than 16 MiB: use parseCapture for several messages", method);
  }
  assert((await failure(() => filter.parseCapture("text"))).startsWith("the capture is string: expected"), "a string is not a capture");
  const texts = (async function* () {
    yield "text";
  })();
  assert((await failure(() => collect(filter.parseCapture(texts)))).includes("without an encoding"), "a string is not a part of a capture");
  const zstandard = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]);
  assert((await failure(() => collect(filter.parseCapture(zstandard)))).includes("zstd -d"), "the error for Zstandard names its command");
  assertEqual(filter.parse('{"user":"a"}'), [{ user: "a", parse_status: "ok" }], "the filter works after errors");

  // Captures that are not read to the end, and several captures at once.
  for await (const record of filter.parseCapture(encoder.encode('{"user":"a"}\n'.repeat(1000)))) {
    assertEqual(record.user, "a");
    break;
  }
  const both = await Promise.all(["b", "c"].map((user) => collect(filter.parseCapture(encoder.encode(`{"user":"${user}"}`)))));
  assertEqual(both.map(([record]) => record.user), ["b", "c"]);
  assertEqual((await collect(filter.parseCapture(encoder.encode("x".repeat((16 << 20) + 5) + '\n{"user":"a"}')))).length, 2, "a long line is cut into one message");

  const fields = schema();
  assertEqual(fields[0], {
    key: "event_type",
    aliases: [],
    type: "string",
    column: "event_type_s",
    description: "Type of the event",
    eventTypes: fields[0].eventTypes,
  });
  assert(fields.find(({ key }) => key === "occurred").aliases.includes("occured"), "the schema has the aliases");
  fields[0].key = "changed";
  assertEqual(schema()[0].key, "event_type", "changing the result does not change the schema");
}

/** Checks the ranges and reasons of explanations. */
export function explanations() {
  const filter = new EsetFilter({ syslogFields: "all" });
  const of = (message, given = filter) =>
    given.explain(message).map(({ record, reason, header, outerHeader, payload, event, origins }) => {
      const text = (range) => range && message.slice(range.start, range.end);
      const parts = origins.map(({ key, part, name, value }) => [key, part, text(name) ?? "", text(value) ?? ""].join("|"));
      return { record, reason, header: text(header), outerHeader: text(outerHeader), payload: text(payload), event: text(event), parts };
    });
  const json = '{"event_type":"Audit_Event","occured":"30-Oct-2026 05:31:10","user":"😀\\u00e9","5":{"x":7}}';
  const [audit] = of(`<14>Oct 30 05:31:10 srvé a[1]: ${json}`);
  assertEqual([audit.header, audit.payload, audit.event], ["<14>Oct 30 05:31:10 srvé a[1]:", json, json]);
  assertEqual(audit.parts, [
    "event_type|event|event_type|Audit_Event",
    "occurred|event|occured|30-Oct-2026 05:31:10",
    "user|event|user|😀\\u00e9",
    "parse_status|filter||",
    "syslog_hostname|header||srvé",
    "syslog_facility|header||<14>",
    "syslog_severity|header||<14>",
    "syslog_timestamp|header||Oct 30 05:31:10",
    "syslog_appname|header||a",
    "syslog_procid|header||1",
    "additional_fields.5_x|event|x|7",
  ]);
  const [wrapped] = of('<13>Oct 30 05:31:11 r {"a":1,"log":"<14>Oct 30 05:31:10 srv b: {\\"user\\":\\"x\\"}"}');
  assertEqual([wrapped.outerHeader, wrapped.header], ["<13>Oct 30 05:31:11 r", "<14>Oct 30 05:31:10 srv b:"]);
  assert(wrapped.parts.includes("additional_fields.a|wrapper|a|1") && wrapped.parts.includes("syslog_relay|header||r"), "members of the wrapper");

  const long = `<14>Oct 30 05:31:10 srv a[1]: {"event_type":"Audit_Event","user":"a","detail":"${"x".repeat(7960)}`;
  const reasons = [
    [json, "read in full: 3 of 16 fields recovered, and 1 additional field"],
    [long.slice(0, 8000), "cut by ESET at 8000 characters: 2 of 16 fields recovered"],
    ['{"user":"a","count":1', "the event is cut at character 21: 1 field recovered"],
    ['{"', "the message ends inside an object, before the first ESET field is complete"],
    ['{"user":"a" x', "the JSON is invalid after character 12: 1 field recovered"],
    ['{"user":"C:\\Data"}', "complete, but with an invalid backslash escape"],
    ['{\\"user\\":\\"C:\\\\Data\\"}', "complete, but with an invalid backslash escape"],
    ['{"user":"a"} "b"', "raw_message is kept for text outside the event"],
    ["Detection type: Virus", "a notification, whose text can be customised: 2 of 28 fields recovered"],
    ["hello", "no event: it is not JSON, CEF, LEEF or a detection notification in English"],
    ['{"a":1}', "no event: none of its objects has an ESET field"],
    ["<14>CEF:0|Other|P|1|2|3|4|a=b", "no event: CEF from a vendor other than ESET"],
    [`<14>Oct 30 05:31:10 ${"h".repeat(250)} a: ${'{"user":""}'.repeat(2000)}`, "the message contains more events than fit"],
  ];
  for (const [message, reason] of reasons) {
    const found = of(message).at(-1);
    assert(found.reason.includes(reason), `${message.slice(0, 100)}\n  is       ${found.reason}\n  expected ${reason}`);
  }
  const limited = new EsetFilter({ recordLimit: 65536 });
  assert(of(`{"user":"a","x":"${"y".repeat(100_000)}"}`, limited)[0].reason.startsWith("cut to the limit of 65536 bytes"), "limit");
}
