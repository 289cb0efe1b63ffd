// A new project with the package's tarball installed, to run the package in Node and, bundled by Vite, in Chromium.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");

const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/** The page's policy: it may run the built code, but send no requests. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

const PAGE = '<!doctype html><meta charset="utf-8"><title>eset-filter</title><script type="module" src="/main.js"></script>\n';
const MAIN = 'import * as checks from "./checks.js";\nglobalThis.checks = checks;\n';

export function createProject(tarball) {
  const directory = mkdtempSync(join(tmpdir(), "eset-filter-npm-"));
  writeFileSync(join(directory, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel", "error", tarball], directory);
  cpSync(join(here, "checks.js"), join(directory, "checks.js"));
  writeFileSync(join(directory, "index.html"), PAGE);
  writeFileSync(join(directory, "main.js"), MAIN);
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

export function run(command, args, cwd, input) {
  return execFileSync(command, args, { cwd, input, encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "pipe"] });
}

/** Bundles the project's page with Vite's defaults and returns the output directory. */
export async function bundle({ directory }) {
  const { build } = await import("vite");
  await build({ root: directory, logLevel: "error" });
  return join(directory, "dist");
}

/** Serves a directory on a free port of this machine. */
export function serve(directory) {
  const server = createServer((request, response) => {
    const path = join(directory, request.url === "/" ? "index.html" : new URL(request.url, "http://localhost").pathname);
    try {
      const body = readFileSync(path);
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain", "content-security-policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((listening) => {
    server.listen(0, "127.0.0.1", () => listening({ address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }));
  });
}
