// The page in headless Chromium, for the tests. It is served from a subdirectory, as a file server might do.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { server } from "../serve.mjs";

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
export const BUILT = join(ROOT, "dist/playground");
export const CONTRACT = join(ROOT, "tests/contract");
const CHROMIUM = process.env.CHROMIUM ?? "chromium";

/** Why the Chromium tests are skipped, or `false`. */
export const missing = spawnSync(CHROMIUM, ["--version"]).status === 0
  ? false : "Chromium is neither in PATH nor named by CHROMIUM: the playground tests are skipped";

export class Playground {
  /** Starts Chromium and a server for the parent directory of the page. */
  static async start() {
    assert.ok(existsSync(join(BUILT, "page.js")), `${BUILT} does not exist: build it with make playground`);
    const made = new Playground();
    made.server = await server(dirname(BUILT));
    await new Promise((ready) => made.server.listen(0, "127.0.0.1", ready));
    made.address = `http://127.0.0.1:${made.server.address().port}/playground/`;
    made.browser = await chromium.launch({ executablePath: executable(), args: ["--no-sandbox"] });
    return made;
  }

  async stop() {
    await this.browser.close();
    this.server.close();
  }

  /**
   * Opens the page in a new window. Its requests and errors are collected in `requests` and `problems`.
   * @param {string} [hash] @param {object} [context]
   */
  async open(hash = "", context = {}) {
    const opened = await this.browser.newContext({ viewport: { width: 1400, height: 1000 }, permissions: ["clipboard-read", "clipboard-write"], ...context });
    opened.setDefaultTimeout(15_000);
    const page = Object.assign(await opened.newPage(), { requests: [], problems: [] });
    opened.on("request", (request) => page.requests.push(request.url()));
    page.on("pageerror", (error) => page.problems.push(error.message));
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.problems.push(message.text()));
    await page.goto(this.address + hash);
    await page.locator("html[data-ready]").waitFor();
    await settle(page);
    return page;
  }

  /** Returns a test function that runs in a new window and fails on errors or requests after loading. */
  test(run, hash, context) {
    return async () => {
      const page = await this.open(hash, context);
      await run(page);
      assert.deepEqual(page.problems, []);
      assert.deepEqual(beyondLoading(this.address, page.requests), []);
      await page.context().close();
    };
  }
}

function executable() {
  return CHROMIUM.includes("/") ? resolve(CHROMIUM) : execFileSync("sh", ["-c", `command -v ${CHROMIUM}`], { encoding: "utf8" }).trim();
}

/** Returns the requests that are not needed to load the page. */
export function beyondLoading(address, requests) {
  const needed = [address, `${address}page.css`, `${address}page.js`].map(String);
  return requests.filter((url) => !url.startsWith("blob:") && !needed.includes(url.replace(/#.*/, "")));
}

/** Waits until all pending answers are shown. */
export async function settle(page) {
  await page.waitForFunction(() => document.documentElement.dataset.busy === "0");
}

/** Puts a text into the field at once, as pasting does. */
export async function paste(page, text) {
  await page.locator("#text").fill(text);
  await page.waitForTimeout(200);
  await settle(page);
}

export async function chooseExample(page, id) {
  await page.locator("#example").selectOption(id);
  await settle(page);
}

/** Returns the displayed record as JSON text. */
export async function record(page) {
  await page.locator("#view-json").click();
  return page.locator("#record pre").innerText();
}

/** Returns the table rows of the record: field, type, value, column, source and meaning. */
export async function rows(page) {
  await page.locator("#view-table").click();
  return page.locator("#record tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
}

/** Returns the texts marked as field values on the left, by field. */
export async function marked(page) {
  const parts = await page.locator("#source [data-key]:is(mark, :has(mark))").evaluateAll((all) => all.map((part) => [part.dataset.key, part.textContent]));
  const found = {};
  for (const [key, text] of parts) found[key] = (found[key] ?? "") + text;
  return found;
}

export const verdict = (page) => page.locator("#verdicts").innerText();
