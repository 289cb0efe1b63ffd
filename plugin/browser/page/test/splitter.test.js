// How captures are split into messages.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_MESSAGE, Splitter } from "../src/worker/splitter.js";

const CASES = [
  ["", []],
  ["\n", [""]],
  ["a\r\n\nb", ["a\r", "", "b"]],
  ["5 <14>a6 <14>bc", ["5 <14>a", "6 <14>bc"]],
  ["5 <14>a\n6 <14>bc\n", ["5 <14>a", "6 <14>bc"]],
  ["6 <14>a\n6 <14>b\n", ["6 <14>a", "6 <14>b"]],
  ["9 <14>{\n1}\n5 <14>b", ["9 <14>{\n1}", "5 <14>b"]],
  // Wrong octet counts, and numbers that are not octet counts.
  ["9 <14>a\nb", ["9 <14>a", "b"]],
  ["12 <14\nb", ["12 <14", "b"]],
  ["12345", ["12345"]],
  ["99999999 <14>a\nb", ["99999999 <14>a", "b"]],
  ["123456789 <14>a", ["123456789 <14>a"]],
  ["0 <14>a\n4 <14>b", ["0 <14>a", "4 <14>b"]],
];

function split(text, step) {
  const bytes = new TextEncoder().encode(text);
  const splitter = new Splitter();
  const messages = [];
  for (let at = 0; at < bytes.length; at += step) messages.push(...splitter.push(bytes.subarray(at, at + step)));
  messages.push(...splitter.end());
  for (const { start, bytes: message } of messages) assert.deepEqual(bytes.slice(start, start + message.length), message.slice());
  return messages.map(({ bytes: message }) => new TextDecoder().decode(message));
}

test("lines and frames in parts of any length", () => {
  for (const [text, expected] of CASES) {
    for (let step = 1; step <= text.length + 1; step += 1) assert.deepEqual(split(text, step), expected, `${JSON.stringify(text)} in steps of ${step}`);
  }
});

test("a line beyond the limit is cut, and its rest is not a message", () => {
  const splitter = new Splitter();
  const part = new Uint8Array(4 * 1024 * 1024).fill(97);
  const lengths = [];
  for (let count = 0; count < 6; count += 1) lengths.push(...splitter.push(part).map(({ bytes }) => bytes.length));
  const rest = [...splitter.push(new TextEncoder().encode("a\nnext\n")), ...splitter.end()];
  assert.deepEqual(lengths, [MAX_MESSAGE]);
  assert.deepEqual(rest.map(({ start, bytes }) => [start, new TextDecoder().decode(bytes)]), [[6 * part.length + 2, "next"]]);
});
