// Tests the npm package as users have it: installed from the tarball, in Node, and bundled by Vite in Chromium.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { captures, contractCases, forms } from "./data.mjs";
import { bundle, createProject, here, root, run, serve } from "./project.mjs";

const MAX_WASM = 150 * 1024;

const version = /^version = "(.*)"$/mu.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const tarball = join(root, "dist", `eset-filter-${version}.tgz`);
assert.ok(existsSync(tarball), `${tarball} is missing: run \`make npm\``);
const { cases, ofRecords } = contractCases();

/** The checks, each with a function that returns its data. */
const checks = [
  ["contract", () => cases],
  ...captures().map((capture) => ["agreement", () => capture, capture.name]),
  ["forms", forms],
  ["api", () => ({ packageVersion: version })],
  ["explanations", () => undefined],
];

function title([check, , detail]) {
  return check === "contract" ? `contract: ${cases.length} cases; ${ofRecords} are about a shipper's record` : [check, detail].filter(Boolean).join(": ");
}

let project;
before(() => {
  project = createProject(tarball);
});
after(() => project.remove());

describe("the tarball", () => {
  const installed = () => join(project.directory, "node_modules/eset-filter");

  it("contains the expected files and nothing else", () => {
    const expected = ["LICENSE", "README.md", "explain.js", "index.d.ts", "index.js", "module.js", "package.json", "record.d.ts", "records.js"];
    assert.deepEqual(readdirSync(installed()).sort(), [...expected, "schema.js", "wasm.js"].sort());
    const description = JSON.parse(readFileSync(join(installed(), "package.json"), "utf8"));
    assert.deepEqual([description.name, description.version, description.license], ["eset-filter", version, "Apache-2.0"]);
    assert.equal(description.dependencies, undefined);
  });

  it("has a module within the size limit", async () => {
    const { default: base64 } = await import(pathToFileURL(join(installed(), "wasm.js")));
    const module = Buffer.from(base64, "base64");
    assert.ok(WebAssembly.validate(module));
    assert.ok(module.length <= MAX_WASM, `${module.length} bytes, more than ${MAX_WASM}`);
  });

  it("has types that work in a TypeScript program", () => {
    const program = readFileSync(join(here, "types.ts"), "utf8");
    writeFileSync(join(project.directory, "types.ts"), program);
    const compile = () => run(join(here, "node_modules/.bin/tsc"), ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.asynciterable", "--types", "", "types.ts"], project.directory);
    const diagnostics = () => {
      try {
        return compile();
      } catch (error) {
        return error.stdout;
      }
    };
    assert.equal(diagnostics(), "");
    // Each expected error occurs.
    writeFileSync(join(project.directory, "types.ts"), program.replaceAll("// @ts-expect-error", "//"));
    assert.equal(diagnostics().match(/error TS/gu)?.length, program.match(/@ts-expect-error/gu).length);
  });

  it("runs the programs in the README", () => {
    const programs = [...readFileSync(join(installed(), "README.md"), "utf8").matchAll(/```js node\n(.*?)```/gsu)].map(([, program]) => program);
    assert.ok(programs.length > 0);
    const capture = '<14>Oct 30 05:31:10 srv ERAServer[75]: {"event_type":"Threat_Event","severity":"Critical","threat_name":"Eicar"}\n';
    for (const program of programs) {
      writeFileSync(join(project.directory, "program.js"), program);
      writeFileSync(join(project.directory, "capture.log"), capture);
      const output = execFileSync("node", ["program.js"], { cwd: project.directory, input: capture, encoding: "utf8" });
      assert.match(output, /Eicar/u, program);
    }
  });
});

describe("in Node", () => {
  it("reports that the filter stopped, and does not continue", () => {
    const program = `
      import { EsetFilter } from "eset-filter";
      import { Engine } from "./node_modules/eset-filter/module.js";
      const filter = new EsetFilter();
      Engine.prototype.parseText = () => { throw new WebAssembly.RuntimeError("unreachable"); };
      for (const message of ["a", "b"]) try { filter.parse(message) } catch (error) { console.log(error.name, error.message, error.cause?.message) }
    `;
    writeFileSync(join(project.directory, "stopped.js"), program);
    const [first, second] = run("node", ["stopped.js"], project.directory).split("\n");
    assert.match(first, /^Error the filter ran out of memory.*reload the page or restart the program unreachable$/u);
    assert.match(second, /^Error the filter stopped earlier and cannot continue.* undefined$/u);
  });

  for (const check of checks) {
    it(title(check), async () => {
      const module = await import(pathToFileURL(join(project.directory, "checks.js")));
      await module[check[0]](check[1]());
    });
  }
});

/** The path of Chromium, or `undefined`. */
const executablePath = (() => {
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", process.env.CHROMIUM ?? "chromium"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
})();
if (!executablePath) console.log("Chromium is neither in PATH nor named by CHROMIUM: the npm package is not tested in it.");

describe("in Chromium, bundled by Vite", { skip: !executablePath && "Chromium is missing" }, () => {
  const requests = [];
  const problems = [];
  let server;
  let browser;
  let page;
  before(async () => {
    server = await serve(await bundle(project));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    page = await browser.newPage();
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(server.address);
    await page.waitForFunction(() => globalThis.checks);
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  for (const check of checks) {
    it(title(check), () => page.evaluate(([name, given]) => globalThis.checks[name](given), [check[0], check[1]()]));
  }

  it("requests only the page and its script", () => {
    assert.equal(requests.filter((path) => path !== "/favicon.ico").length, 2, requests.join(" "));
    assert.deepEqual(problems.filter((problem) => !problem.includes("favicon")), []);
  });
});
