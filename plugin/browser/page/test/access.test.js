// Accessibility: keyboard use, screen readers, both colour schemes and all widths.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { Playground, chooseExample, missing, paste, record, settle } from "./page.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Examples that cover each status and every part of the page. */
const VARIED = ["threat", "cut", "missing-comma", "notification", "heartbeat", "several", "capture"];

/** Returns the problems that axe finds in the page, abridged. */
async function faults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
}

describe("accessibility of the page", { skip: missing }, () => {
  /** @type {Playground} */
  let playground;
  before(async () => (playground = await Playground.start()));
  after(() => playground.stop());
  const inWindow = (name, run, hash, context) => test(name, (...given) => playground.test(run, hash, context)(...given));

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1400]) {
      inWindow(`axe finds no problems: ${colorScheme}, ${width} pixels`, async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
        for (const id of colorScheme === "light" && width === 1400 ? VARIED : ["cut", "capture"]) {
          await chooseExample(page, id);
          assert.deepEqual(await faults(page), [], id);
        }
        await page.locator("#view-json").click();
        await page.getByRole("button", { name: "Report this message…" }).click();
        await page.locator("dialog p.good").waitFor();
        assert.deepEqual(await faults(page), [], "report");
      }, "", { colorScheme, viewport: { width, height: 900 } });
    }
  }

  test("axe finds a problem that is added", async () => {
    const page = await playground.open();
    await page.evaluate(() => document.querySelector("main").append(document.createElement("button")));
    assert.match((await faults(page)).join(), /button-name/);
    await page.context().close();
  });

  for (const width of [360, 600, 768, 1024, 1400, 2560]) {
    inWindow(`nothing overflows at ${width} pixels`, async (page) => {
      for (const id of ["threat", "cut", "cef-firewall", "capture"]) {
        await chooseExample(page, id);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), id);
      }
      await page.locator("#view-json").click();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    }, "", { viewport: { width, height: 800 } });
  }

  inWindow("everything works by keyboard", async (page) => {
    const focused = () => page.evaluate(() => {
      const at = document.activeElement;
      return at.id || at.dataset.key || at.name || at.textContent.trim();
    });
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
      await page.waitForTimeout(30);
    };
    const until = async (wanted) => {
      for (let steps = 0; steps < 80; steps += 1) {
        if (await focused() === wanted) return;
        await press("Tab");
      }
      assert.fail(`Tab does not reach ${wanted}`);
    };

    await press("Tab");
    assert.equal(await focused(), "Skip to the result");
    await until("text");
    await page.keyboard.insertText('<14>Oct 30 05:31:10 co7 ERAServer[75]: {"event_type":"Audit_Event","user":"ann","result":"Success"}');
    await press("Control+A");
    await page.keyboard.insertText('<14>Oct 30 05:31:10 co7 ERAServer[75]: {"event_type":"Audit_Event","user":"ann","result":"Success"}');
    await page.locator("#source mark[data-key=user]").waitFor();
    await settle(page);

    await until("option-raw");
    await press("ArrowRight");
    await settle(page);
    assert.match(page.url(), /raw=always/);

    await until("syslog_hostname");
    await press("ArrowRight", "ArrowRight");
    assert.equal(await focused(), "user");
    assert.equal(await page.locator("#record .current").getAttribute("data-key"), "user");
    await press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "TR");
    await press("ArrowDown", "Enter");
    assert.deepEqual([await focused(), await page.evaluate(() => document.activeElement.tagName)], ["result", "MARK"]);

    await until("view-table");
    await press("ArrowRight");
    assert.equal(await focused(), "view-json");
    assert.match(await page.locator("#record").innerText(), /"user": "ann"/);

    await until("Report this message…");
    await press("Enter");
    await page.locator("dialog p.good").waitFor();
    await until("Copy the report");
    await press("Enter");
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /"user":"[a-z]{3}"/);
    await press("Escape");
    assert.equal(await focused(), "Report this message…");
  });

  inWindow("the list works by keyboard", async (page) => {
    await chooseExample(page, "capture");
    await page.locator("#list").focus();
    const active = () => page.locator("#list").evaluate((list) => document.getElementById(list.getAttribute("aria-activedescendant"))?.getAttribute("aria-posinset"));
    for (const [key, expected] of [["ArrowDown", "2"], ["PageDown", "11"], ["ArrowUp", "10"], ["Home", "1"]]) {
      await page.keyboard.press(key);
      await settle(page);
      assert.equal(await active(), expected, key);
      assert.equal(await page.locator("#message-place").innerText(), `Message ${expected}`);
    }
    await page.keyboard.press("End");
    await settle(page);
    assert.equal(await active(), await page.locator("#list [role=option]").last().getAttribute("aria-setsize"));
  });

  inWindow("the page follows the system colour scheme until one is chosen", async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("html[data-theme=dark]").waitFor();
    const dark = await background();
    assert.notEqual(light, dark);
    await page.locator("#theme").click();
    assert.equal(await background(), light);
    await paste(page, '{"event_type":"Audit_Event"}');
    assert.match(await record(page), /Audit_Event/);
  });
});
