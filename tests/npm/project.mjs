// An empty project that has the package's tarball installed, as a user's: what is run in it by Node, and in Chromium behind Vite.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");

const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/** What the page may do: nothing but run what was built, without a request to anybody. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

const PAGE = '<!doctype html><meta charset="utf-8"><title>eset-filter</title><script type="module" src="/main.js"></script>\n';
const MAIN = 'import * as checks from "./checks.js";\nglobalThis.checks = checks;\n';

export function createProject(tarball) {
  const folder = mkdtempSync(join(tmpdir(), "eset-filter-npm-"));
  writeFileSync(join(folder, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel", "error", tarball], folder);
  cpSync(join(here, "checks.js"), join(folder, "checks.js"));
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(join(folder, "main.js"), MAIN);
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

export function run(command, args, cwd, input) {
  return execFileSync(command, args, { cwd, input, encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "pipe"] });
}

/** Bundles the project's page with Vite's defaults, and gives the folder. */
export async function bundle({ folder }) {
  const { build } = await import("vite");
  await build({ root: folder, logLevel: "error" });
  return join(folder, "dist");
}

/** Serves a folder on a free port of this machine. */
export function serve(folder) {
  const server = createServer((request, response) => {
    const path = join(folder, request.url === "/" ? "index.html" : new URL(request.url, "http://localhost").pathname);
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
