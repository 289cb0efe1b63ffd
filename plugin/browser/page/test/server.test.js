// The server of `make playground`.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { server } from "../serve.mjs";

const SERVE = fileURLToPath(new URL("../serve.mjs", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "playground-"));
let serving, port;

before(async () => {
  mkdirSync(join(directory, "public/inner"), { recursive: true });
  writeFileSync(join(directory, "secret.txt"), "secret");
  writeFileSync(join(directory, "public/index.html"), "<p>page</p>");
  writeFileSync(join(directory, "public/page.js"), "1");
  mkdirSync(join(directory, "public-too"));
  writeFileSync(join(directory, "public-too/secret.txt"), "secret");
  symlinkSync(join(directory, "secret.txt"), join(directory, "public/inner/link.txt"));
  serving = await server(join(directory, "public"));
  await new Promise((ready) => serving.listen(0, "127.0.0.1", ready));
  port = serving.address().port;
});

after(() => {
  serving.close();
  rmSync(directory, { recursive: true });
});

/** Sends a request as a client that does not normalise the path. */
function ask(path, method = "GET") {
  return new Promise((answered, failed) => {
    request({ host: "127.0.0.1", port, path, method }, (response) => {
      let body = "";
      response.on("data", (part) => (body += part)).on("end", () => answered({ status: response.statusCode, type: response.headers["content-type"], body }));
    }).on("error", failed).end();
  });
}

test("files are served with their types", async () => {
  assert.deepEqual(await ask("/"), { status: 200, type: "text/html; charset=utf-8", body: "<p>page</p>" });
  assert.deepEqual(await ask("/page.js?x"), { status: 200, type: "text/javascript; charset=utf-8", body: "1" });
  assert.equal((await ask("/page.js", "HEAD")).body, "");
});

test("nothing outside the directory is served", async () => {
  const paths = [
    "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/..%5csecret.txt", "/inner/../../secret.txt", "/inner/..%2f..%2fsecret.txt",
    "/../public-too/secret.txt", "/..%2fpublic-too%2fsecret.txt", "/inner/link.txt", "//etc/passwd", "/%00", "/%", "/inner", "/inner/", "/none.js",
    `/${encodeURIComponent(join(directory, "secret.txt"))}`,
  ];
  for (const path of paths) {
    const { status, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body, /secret|root:/, path);
  }
});

test("only GET and HEAD are allowed", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) assert.equal((await ask("/page.js", method)).status, 405);
});

test("the command prints the address of the page, which is on loopback", async () => {
  const started = spawn(process.execPath, [SERVE, "--port", "0", join(directory, "public")]);
  try {
    const line = await new Promise((said) => started.stdout.once("data", (text) => said(String(text))));
    const [, address] = /at (http:\/\/127\.0\.0\.1:\d+\/) until/.exec(line);
    assert.equal(await (await fetch(address)).text(), "<p>page</p>");
  } finally {
    started.kill();
  }
});

test("the command prints its help and its errors", async () => {
  const run = (...given) => spawnSync(process.execPath, [SERVE, ...given], { encoding: "utf8", timeout: 20_000 });
  const help = run("--help");
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--port PORT/);
  const wrong = run("--port", "many");
  assert.deepEqual([wrong.status, wrong.stderr], [1, "--port is many: expected a number from 0 to 65535\n"]);
  const absent = run(join(directory, "none"));
  assert.deepEqual([absent.status, absent.stderr], [1, `Directory ${join(directory, "none")} does not exist: build the page with make playground\n`]);

  const taken = createServer();
  await new Promise((ready) => taken.listen(0, "127.0.0.1", ready));
  const used = taken.address().port;
  const started = spawn(process.execPath, [SERVE, "--port", String(used), join(directory, "public")]);
  const [message, status] = await Promise.all([
    new Promise((said) => started.stderr.once("data", (text) => said(String(text)))),
    new Promise((ended) => started.on("exit", ended)),
  ]);
  taken.close();
  assert.deepEqual([status, message], [1, `Port ${used} is in use: choose another with --port, or with PORT for make playground; 0 picks a free one\n`]);
});
