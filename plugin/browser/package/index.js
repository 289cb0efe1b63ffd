import { Text, explained } from "./explain.js";
import { Engine, initSync } from "./module.js";
import { choices, fields, leastRecordLimit } from "./schema.js";
import base64 from "./wasm.js";

export const version = "VERSION";

/** The size of the parts in which a capture in memory is read, in bytes. */
const PART = 1 << 20;

let state = "unused";

/** Compiles the module on first use, which takes a few milliseconds. */
function start() {
  if (state === "unused") {
    initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) });
    state = "running";
  }
}

/** Calls the module. After a trap, its memory can no longer be trusted. */
function call(run) {
  if (state === "stopped") throw new Error("the filter stopped earlier and cannot continue: reload the page or restart the program");
  try {
    return run();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    state = "stopped";
    throw new Error("the filter ran out of memory or hit a bug: reload the page or restart the program", { cause: error });
  }
}

function kind(value) {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
}

export class EsetFilter {
  #engine;
  #options;

  constructor(options = {}) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(`the options are ${kind(options)}: expected an object such as { raw: "always" }`);
    }
    const { raw, heartbeats, syslogFields, recordLimit } = checked(options);
    start();
    this.#options = { ...options };
    this.#engine = call(() => new Engine(raw, heartbeats, syslogFields, recordLimit));
  }

  parse(message) {
    if (typeof message === "string") return call(() => this.#engine.parseText(message));
    return call(() => this.#engine.parse(bytes(message)));
  }

  toNdjson(message) {
    if (typeof message === "string") return call(() => this.#engine.textToNdjson(message));
    return call(() => this.#engine.toNdjson(bytes(message)));
  }

  explain(message) {
    const encoded = typeof message === "string" ? new TextEncoder().encode(message) : bytes(message);
    const text = new Text(typeof message === "string" ? message : new TextDecoder("utf-8", { ignoreBOM: true }).decode(message));
    return call(() => this.#engine.explain(encoded)).map((found) => {
      const explanation = explained(found, text, this.#options);
      found.free();
      return explanation;
    });
  }

  parseCapture(capture) {
    const isStream = typeof capture === "object" && capture !== null && (Symbol.asyncIterator in capture || "getReader" in capture);
    if (!(capture instanceof Uint8Array || isStream)) {
      throw new TypeError(`the capture is ${kind(capture)}: expected a Uint8Array, or a stream or async iterable of Uint8Array parts`);
    }
    return recordsOf(capture, call(() => this.#engine.capture()));
  }
}

/** Checks the options and returns them as the module expects them: choices as positions, with 0 as the default. */
function checked(options) {
  const found = { raw: 0, heartbeats: 0, syslogFields: 0, recordLimit: undefined };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(found, name)) throw new TypeError(`unknown option ${name}: expected one of ${Object.keys(found).join(", ")}`);
    if (value === undefined) continue;
    if (name === "recordLimit") {
      if (!(Number.isSafeInteger(value) && value >= leastRecordLimit)) {
        throw new RangeError(`recordLimit is ${String(value)}: expected a number of bytes, ${leastRecordLimit} or more`);
      }
      // No record is larger than the module's memory.
      found.recordLimit = Math.min(value, 0xffffffff);
    } else {
      found[name] = choices[name].indexOf(value);
      if (found[name] < 0) throw new RangeError(`${name} is ${String(value)}: expected one of ${choices[name].join(", ")}`);
    }
  }
  return found;
}

function bytes(message) {
  if (message instanceof Uint8Array) return message;
  throw new TypeError(`the message is ${kind(message)}: expected a string or Uint8Array`);
}

async function* recordsOf(source, capture) {
  try {
    for await (const part of partsOf(source)) {
      if (!(part instanceof Uint8Array)) {
        throw new TypeError(`a part of the capture is ${kind(part)}: expected a Uint8Array, so read the stream without an encoding`);
      }
      call(() => capture.push(part));
      yield* batches(capture);
    }
    call(() => capture.end());
    yield* batches(capture);
  } finally {
    if (state !== "stopped") capture.free();
  }
}

function* batches(capture) {
  for (let records; (records = call(() => capture.read())); ) yield* records;
}

async function* partsOf(source) {
  if (source instanceof Uint8Array) {
    for (let start = 0; start < source.length; start += PART) yield source.subarray(start, start + PART);
  } else if (Symbol.asyncIterator in source) {
    yield* source;
  } else {
    // Streams are not async iterable in every browser.
    const reader = source.getReader();
    try {
      for (let read; !(read = await reader.read()).done; ) yield read.value;
    } finally {
      await reader.cancel();
    }
  }
}

export function schema() {
  return fields.map(({ added, ...field }) => structuredClone(field));
}
