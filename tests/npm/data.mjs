// The data for the checks: contract cases, and captures with the command's output.

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root, run } from "./project.mjs";

/** The option names in JavaScript. */
const OPTIONS = { raw: "raw", heartbeats: "heartbeats", syslog_fields: "syslogFields" };

const MESSAGES = 3000;

function directories(path) {
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** Returns the contract cases with a message, and the number of the others, which are about a shipper's record. */
export function contractCases() {
  const directory = join(root, "tests/contract");
  const names = directories(directory).flatMap((rule) => directories(join(directory, rule)).map((name) => join(rule, name)));
  const ofMessages = names.filter((name) => existsSync(join(directory, name, "message")));
  const cases = ofMessages.map((name) => {
    const read = (file) => readFileSync(join(directory, name, file));
    const lines = existsSync(join(directory, name, "options")) ? String(read("options")).split("\n").filter(Boolean) : [];
    const options = Object.fromEntries(lines.map((line) => line.split(" = ")).map(([key, value]) => [OPTIONS[key], value]));
    return { name, options, message: read("message").toString("base64"), expected: String(read("records.ndjson")) };
  });
  return { cases, ofRecords: names.length - cases.length };
}

/** Runs the `eset-filter` command with arguments and stdin, and returns its output. */
export function command(args, input) {
  const path = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/eset-filter");
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make test\` or \`cargo build --package eset-filter-cli\``);
  return run(path, args, root, input);
}

/** Returns a deterministic random number generator (with the constants of Numerical Recipes). */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Returns generated messages with a payload format and a header format. */
function traffic(payload, header, count = MESSAGES) {
  return command(["generate", "--count", String(count), "--payload", payload, "--header", header]).split("\n").slice(0, -1);
}

/** Damages messages: each loses a part, gains a character, or gets another message in it. */
function damaged(messages) {
  const below = random(1);
  return messages.map((message) => {
    const [from, to] = [below(message.length), below(message.length)].sort((a, b) => a - b);
    switch (below(4)) {
      case 0:
        return message.slice(0, to);
      case 1:
        return message.slice(0, from) + message.slice(to);
      case 2:
        return message.slice(0, to) + '"{}\\,:[]|= '[below(11)] + message.slice(to);
      default:
        return message.slice(0, to) + messages[below(messages.length)];
    }
  });
}

/** Returns captures, each with options and the command's output. */
export function captures() {
  const mixed = traffic("mixed", "rfc3164");
  const large = ['{"count":9223372036854775807,"x":[12345678901234567890]}', '{"aggregate_count":"-9007199254740993","user":"n1"}'];
  const all = {
    json: [...traffic("json", "rfc5424"), ...large],
    cef: traffic("cef", "rfc3164"),
    leef: traffic("leef", "none"),
    mixed,
    damaged: damaged(mixed),
  };
  return Object.entries(all).map(([name, messages], at) => {
    const capture = Buffer.from(messages.map((message) => `${message}\n`).join(""));
    const hasOptions = at % 2 === 1;
    const args = hasOptions ? ["--raw", "always", "--heartbeats", "keep", "--syslog-fields", "all"] : [];
    const options = hasOptions ? { raw: "always", heartbeats: "keep", syslogFields: "all" } : {};
    return { name, options, capture: capture.toString("base64"), expected: command([...args, "-"], capture) };
  });
}

/** Returns a capture as lines, as octet-counted frames (some with newlines), and compressed. */
export function forms() {
  const messages = traffic("mixed", "rfc5424", 1000);
  const lines = Buffer.from(messages.join("\n"));
  const frames = Buffer.concat(messages.map((message) => Buffer.from(`${Buffer.byteLength(message)} ${message}`)));
  const half = lines.length >> 1;
  const members = Buffer.concat([lines.subarray(0, half), lines.subarray(half)].map((part) => gzipSync(part)));
  return Object.fromEntries(
    Object.entries({ lines, frames, gzip: gzipSync(lines), members }).map(([name, form]) => [name, form.toString("base64")]),
  );
}
