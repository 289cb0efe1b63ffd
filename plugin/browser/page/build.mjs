// Builds the page: three files that any file server can serve, the filter inside.
//
// usage: node build.mjs --package DIRECTORY [--capture FILE] [--out DIRECTORY]

import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = resolve(HERE, "../../..");
const { values: given } = parseArgs({
  options: { package: { type: "string" }, capture: { type: "string" }, out: { type: "string", default: join(ROOT, "dist/playground") } },
});
if (!given.package) throw new Error("build.mjs needs --package: the directory of the npm package eset-filter");

const common = { bundle: true, format: "iife", target: "es2022", minify: true, legalComments: "none", write: false, logLevel: "warning" };

/** The examples, with their messages from the contract's cases, and a capture if there is one. */
async function examples() {
  const groups = JSON.parse(await readFile(join(HERE, "examples.json"), "utf8"));
  for (const group of groups) {
    for (const example of group.examples) {
      example.base64 = await readFile(join(ROOT, "tests/contract", example.case, "message"), "base64");
      delete example.case;
    }
  }
  if (given.capture) {
    const base64 = gzipSync(await readFile(given.capture), { level: 9 }).toString("base64");
    const note = "Made up by eset-filter generate, compressed with gzip.";
    groups.unshift({ group: "Captures", examples: [{ id: "capture", title: "A capture of many messages", isCapture: true, name: given.capture, note, base64 }] });
  }
  return groups;
}

/** Modules that are made here. */
function made(modules) {
  return {
    name: "made",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(worker-source|examples)$/ }, ({ path }) => ({ path, namespace: "made" }));
      onLoad({ filter: /.*/, namespace: "made" }, ({ path }) => modules[path]);
    },
  };
}

const worker = await build({ ...common, entryPoints: [join(HERE, "src/worker/main.js")], alias: { "eset-filter": resolve(given.package) } });
const modules = {
  "worker-source": { contents: worker.outputFiles[0].text, loader: "text" },
  examples: { contents: JSON.stringify(await examples()), loader: "json" },
};

await rm(given.out, { recursive: true, force: true });
await mkdir(given.out, { recursive: true });
await build({ ...common, entryPoints: [join(HERE, "src/main.js")], outfile: join(given.out, "page.js"), plugins: [made(modules)], write: true });
await build({ ...common, entryPoints: [join(HERE, "src/page.css")], outfile: join(given.out, "page.css"), write: true });
await copyFile(join(HERE, "src/index.html"), join(given.out, "index.html"));
