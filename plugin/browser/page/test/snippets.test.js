// Runs the page's snippets in the programs they are for.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { quoted } from "../src/detections.js";
import { fluentBit, kql, vector, wasmFunction } from "../src/snippets.js";
import { ROOT } from "./page.js";

const directory = mkdtempSync(join(tmpdir(), "snippets-"));
after(() => rmSync(directory, { recursive: true }));

const ALL_OPTIONS = ["on_error", "always", "never"].flatMap((raw) => ["drop", "keep"].flatMap((heartbeats) => ["hostname", "all"].flatMap((syslogFields) =>
  [524_288, 65_536, undefined].map((recordLimit) => ({ raw, heartbeats, syslogFields, recordLimit })))));
const MESSAGE = '<14>Oct 30 05:31:10 co7 ERAServer[75]: {"event_type":"Audit_Event","user":"ann"}';

/** Returns why the test with a program is skipped, or `false`. */
function without(program, name, file) {
  if (spawnSync(program, ["--version"]).status !== 0) return `${name} is not in PATH: its snippet is not tested`;
  return existsSync(join(ROOT, "dist", file)) ? false : `dist/${file} is not built: the snippet for ${name} is not tested`;
}

const FLUENT_BIT = process.env.FLUENT_BIT ?? "fluent-bit";
const VECTOR = (process.env.VECTOR ?? "vector").split(/[: ]/)[0];

test("Fluent Bit accepts the snippet with all options, and runs it", { skip: without(FLUENT_BIT, "Fluent Bit", "flb-filter_eset.so") }, () => {
  for (const options of ALL_OPTIONS) {
    const path = join(directory, "fluent-bit.yaml");
    const input = `\n  inputs:\n    - name: dummy\n      tag: eset.x\n      samples: 1\n      dummy: '${JSON.stringify({ message: MESSAGE })}'\n`;
    const output = "\n  outputs:\n    - name: stdout\n      match: eset.*\n      format: json_lines\n";
    writeFileSync(path, fluentBit(options).replace("/usr/local/lib/fluent-bit/", `${ROOT}dist/`).replace("pipeline:\n", `pipeline:${input}`) + output);
    const { status, stderr } = spawnSync(FLUENT_BIT, ["--dry-run", "-c", path], { encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 0, `${fluentBit(options)}${stderr}`);
    if (options.raw !== "always" || options.heartbeats !== "keep" || options.syslogFields !== "all" || options.recordLimit !== 65_536) continue;
    const ran = spawnSync("timeout", ["-s", "INT", "3", FLUENT_BIT, "-q", "-f", "0.2", "-c", path], { encoding: "utf8" });
    const record = JSON.parse(ran.stdout.split("\n").find((line) => line.startsWith("{")) ?? "null");
    assert.deepEqual([record?.user, record?.raw_message, record?.syslog_appname], ["ann", MESSAGE, "ERAServer"], ran.stdout + ran.stderr);
  }
});

test("Vector runs the snippet", { skip: without(VECTOR, "Vector", "eset_filter.so") }, () => {
  for (const options of [ALL_OPTIONS[0], { raw: "always", heartbeats: "keep", syslogFields: "all", recordLimit: 65_536 }]) {
    const path = join(directory, "vector.yaml");
    const around = "sources:\n  receive_x:\n    type: stdin\nsinks:\n  out:\n    type: console\n    inputs: [eset]\n    encoding: { codec: json }\n";
    writeFileSync(path, around + vector(options).replace("/usr/local/lib/vector/", `${ROOT}dist/`));
    const { stdout, stderr } = spawnSync(VECTOR, ["--quiet", "--config", path], { input: `${MESSAGE}\n`, encoding: "utf8", timeout: 30_000, env: { ...process.env, VECTOR_DATA_DIR: directory } });
    const record = JSON.parse(stdout.split("\n")[0] || "null");
    const isAll = options.raw === "always";
    assert.deepEqual([record?.user, record?.raw_message, record?.syslog_appname], ["ann", isAll ? MESSAGE : undefined, isAll ? "ERAServer" : undefined], stdout + stderr);
  }
});

test("the WASM filter exports the named functions", { skip: existsSync(join(ROOT, "dist/eset_filter.wasm")) ? false : "dist/eset_filter.wasm is not built" }, () => {
  const module = new WebAssembly.Module(readFileSync(join(ROOT, "dist/eset_filter.wasm")));
  const functions = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  for (const options of ALL_OPTIONS) assert.ok(functions.has(wasmFunction(options)), wasmFunction(options));
});

test("queries quote text from a message", () => {
  const fields = new Map([["hostname", { column: "hostname_s", type: "string" }], ["source_address", { column: "source_address_s", type: "string" }]]);
  assert.equal(kql({ hostname: 'a"b\\c\n', parse_status: "ok" }, fields),
    'eset_CL\n| where TimeGenerated > ago(30d)\n| where hostname_s == "a\\"b\\\\c\\n"\n| take 10\n');
  assert.match(kql({ parse_status: "text", raw_message: "\ufefftail of \"it\"}\r" }, fields), /\| where RawData contains "tail of \\"it\\"\}"\n/);
  assert.match(kql({ parse_status: "heartbeat" }, fields), /\| where parse_status_s == "heartbeat"\n/);
});

test("file names are quoted for the shell and for make", () => {
  assert.equal(quoted("messages.log"), "messages.log");
  for (const name of ["a b.log", "it's.log", "$(touch x).log", "`x`;y.log", "ü.log"]) {
    const makefile = join(directory, "Makefile");
    writeFileSync(makefile, "show:\n\t@printf '%s' \"$$CAPTURE\"\nexport CAPTURE\n");
    assert.equal(execFileSync("sh", ["-c", `make -s -f ${makefile} show CAPTURE=${quoted(name)}`], { encoding: "utf8" }), name);
  }
});
