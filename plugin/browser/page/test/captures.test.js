// Large captures: responsive, in bounded memory, plain or compressed, and the errors for files that cannot be read.

import assert from "node:assert/strict";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, describe, test } from "node:test";
import { constants, createGzip, gunzipSync, gzipSync } from "node:zlib";

import { Playground, missing, paste, settle } from "./page.js";

const COUNT = 110_000;
const HOSTS = 50;
const MIB = 1024 * 1024;
const NEEDLE = "needle-in-the-haystack";

/** Returns message `at` of the large capture: one in eleven is an audit, one in 1000 is cut, and one has the needle. */
function message(at) {
  const time = new Date(Date.UTC(2026, 1, 1) + at * 20_000).toISOString();
  const event = {
    event_type: at % 11 ? "Threat_Event" : "Audit_Event", ipv4: `10.0.${at % 200}.7`, hostname: `pc-${at % HOSTS}`, occured: time, severity: "Warning",
    threat_name: at === 77_777 ? NEEDLE : "Eicar", object_uri: `file:///C:/Users/ann/${"downloads/".repeat(22)}${at}.com`, username: "CORP\\ann",
  };
  const text = `<12>1 ${time} protect01 ERAServer 3432 - - ${JSON.stringify(event)}`;
  return at % 1000 === 999 ? text.slice(0, -40) : text;
}

function* messages(count = COUNT) {
  for (let at = 0; at < count; at += 1000) {
    let part = "";
    for (let line = at; line < at + 1000; line += 1) part += `${message(line)}\n`;
    yield part;
  }
}

/** Returns the peak memory of the page's process, in MiB. */
async function peakMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"));
    return Number(kilobytes) / 1024;
  });
  return Math.max(...peaks);
}

describe("captures in Chromium", { skip: missing }, () => {
  const directory = mkdtempSync(join(tmpdir(), "captures-"));
  const plain = join(directory, "large capture.log"), zipped = join(directory, "large.log.gz"), endless = join(directory, "endless.log");
  /** @type {Playground} */
  let playground;

  before(async () => {
    await pipeline(Readable.from(messages()), createWriteStream(plain));
    await pipeline(Readable.from(messages()), createGzip({ level: 1 }), createWriteStream(zipped));
    playground = await Playground.start();
  });
  after(async () => {
    await playground.stop();
    rmSync(directory, { recursive: true });
  });
  const inWindow = (name, run) => test(name, (...given) => playground.test(run)(...given));

  /** Opens a file and returns the longest time for which the page was blocked, in milliseconds. */
  async function open(page, path) {
    await page.evaluate(() => {
      window.longest = 0;
      let last = performance.now();
      const beat = () => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - last);
        last = now;
        window.beating = setTimeout(beat, 10);
      };
      beat();
    });
    await page.locator("#file").setInputFiles(path);
    await page.waitForFunction(() => !document.getElementById("capture").hidden || !document.getElementById("problem").hidden, undefined, { timeout: 60_000 });
    await settle(page);
    return page.evaluate(() => {
      clearTimeout(window.beating);
      return window.longest;
    });
  }

  const notes = (page) => page.locator("#capture-notes").innerText();
  const problem = (page) => page.locator("#problem").innerText();
  const chip = (page, value) => page.locator(`#filters [data-value=${value}] .chip-count`).innerText();

  for (const [kind, path] of [["50 MB", plain], ["50 MB with gzip", zipped]]) {
    inWindow(`${kind}: loads responsively in bounded memory, with no message missing`, async (page) => {
      const before = await peakMemory(playground.browser);
      const blocked = await open(page, path);
      const grown = await peakMemory(playground.browser) - before;
      assert.ok(blocked < 500, `the page was blocked for ${blocked} ms`);
      assert.ok(grown < 250, `memory grew by ${grown} MiB`);
      assert.match(await page.locator("#capture-name").innerText(), /: 110,000 messages, 110,000 records$/);
      assert.deepEqual([await chip(page, "ok"), await chip(page, "truncated"), await chip(page, "json")], ["109,890", "110", "110,000"]);
      assert.deepEqual(await page.locator(".bars button").allInnerTexts().then((all) => all.map((text) => text.split(/\s+/))), [["Threat", "100,000"], ["Audit", "10,000"]]);
      assert.match(await page.locator("svg.chart").getAttribute("aria-label"), /^Messages over time: 110,000 from 2026-02-01/);

      const list = page.locator("#list");
      assert.equal(await list.locator("[role=option]").first().getAttribute("aria-setsize"), "110000");
      assert.ok(await list.locator("[role=option]").count() < 60);
      await list.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await list.getByText("110,000", { exact: true }).waitFor();
      await list.locator("#line-109999").click();
      await settle(page);
      assert.equal(await page.locator("#message-place").innerText(), "Message 110,000");
      assert.match(await page.locator("#source").innerText(), /"hostname":"pc-49"/);

      await page.locator("#search").fill(NEEDLE.toUpperCase());
      await page.getByText("1 message found").waitFor();
      await settle(page);
      assert.equal(await page.locator("#message-place").innerText(), "Message 77,778");
      await page.locator("#search").fill("");
      await page.locator("#filters [data-value=truncated]").click();
      await page.getByText("110 messages found").waitFor();
      await page.getByRole("button", { name: /^Audit/ }).click();
      await page.getByText("10 messages found").waitFor();
      await settle(page);
      assert.deepEqual(await list.locator(".chip").allInnerTexts(), Array(10).fill("truncated"));
      await page.locator("#filters [data-value=truncated]").click();
      await page.getByText("10,000 messages found").waitFor();
      await page.locator("#search").fill("nothing like it");
      await page.getByText("No messages match.").waitFor();
    });
  }

  inWindow("a file is not kept in memory, and reading it can be cancelled", async (page) => {
    const long = `${message(1).slice(0, -2)},"circumstances":"${"x".repeat(7000)}"}\n`.repeat(1000);
    await pipeline(Readable.from(Array(60).fill(long)), createWriteStream(endless));
    const before = await peakMemory(playground.browser);
    await page.locator("#file").setInputFiles(endless);
    await page.locator("#progress").waitFor();
    await page.waitForFunction(() => /[1-9][\d,]* messages, .* MiB of 4\d\d/.test(document.getElementById("progress-text").textContent));
    await page.locator("#cancel").click();
    await page.getByText("Cancelled.").waitFor();
    assert.equal(await page.locator("#capture").isVisible(), false);
    assert.equal(await page.locator("#progress").isVisible(), false);

    await open(page, endless);
    assert.match(await page.locator("#capture-name").innerText(), /60,000 messages/);
    const grown = await peakMemory(playground.browser) - before;
    assert.ok(grown < 330, `memory grew by ${grown} MiB`);
    await paste(page, message(5));
    assert.equal(await page.locator("#capture").isVisible(), false);
  });

  inWindow("the commands for alerts and charts name the file", async (page) => {
    await open(page, plain);
    assert.deepEqual(await page.locator("#detections code").allInnerTexts(), ["make alerts CAPTURE='large capture.log'", "make workbook CAPTURE='large capture.log'"]);
    await page.locator("#detections button").first().click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "make alerts CAPTURE='large capture.log'");
  });

  inWindow("frames with octet counts and invalid UTF-8 are read", async (page) => {
    const path = join(directory, "frames.log");
    const framed = [0, 11, 999].map((at) => `${Buffer.byteLength(message(at))} ${message(at)}`).join("");
    writeFileSync(path, Buffer.concat([Buffer.from(framed), Buffer.from(`\n{"event_type":"Audit_Event","user":"`), Buffer.from([0xff, 0xe9]), Buffer.from('"}')]));
    await open(page, path);
    assert.match(await page.locator("#capture-name").innerText(), /4 messages, 4 records/);
    await page.locator("#line-3").click();
    await settle(page);
    assert.ok((await page.locator("#record").innerText()).includes("\ufffd\ufffd"));
    assert.match(await page.locator("#source").innerText(), /^\{.*"\}$/);
  });

  inWindow("a message of several megabytes loads responsively", async (page) => {
    const path = join(directory, "long.log");
    writeFileSync(path, `{"event_type":"Audit_Event","detail":"${"x".repeat(6_000_000)}"}\n${message(1)}\n`);
    await page.locator('input[name=option-limit][value="none"]').check();
    await settle(page);
    const blocked = await open(page, path);
    assert.ok(blocked < 500, `the page was blocked for ${blocked} ms`);
    assert.match(await page.locator("#source button").innerText(), /Show all 6,000,\d{3} characters/);
    await page.locator("#view-json").click();
    assert.match(await page.locator("#record pre").innerText(), /x… \(6,000,\d{3} characters; Copy as JSON copies all\)/);
    await page.getByRole("button", { name: "Copy as JSON" }).click();
    await page.locator("#record-copy").getByText("Copied").waitFor();
    assert.equal(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).detail.length, 6_000_000);
  });

  inWindow("truncated gzip is read up to its end", async (page) => {
    const path = join(directory, "early.gz");
    const truncated = readFileSync(zipped).subarray(0, MIB);
    writeFileSync(path, truncated);
    const lines = gunzipSync(truncated, { finishFlush: constants.Z_SYNC_FLUSH }).toString().replace(/\n$/, "").split("\n");
    await open(page, path);
    assert.match(await notes(page), /^The gzip file is damaged, ends early, or has several members\./);
    assert.ok((await page.locator("#capture-name").innerText()).includes(`: ${lines.length.toLocaleString("en")} messages`));
    await page.locator("#list").evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.locator(`#line-${lines.length - 1}`).click();
    await settle(page);
    assert.equal((await page.locator("#source").innerText()).replace(/ ✂ cut here$/, ""), lines.at(-1));
  });

  inWindow("a file that cannot be read shows an error and what to do", async (page) => {
    const cases = [
      ["capture.zst", [0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3], /This is a Zstandard file, which the page cannot read\. Decompress it with zstd -d first\./],
      ["capture.zip", [0x50, 0x4b, 3, 4, 1], /This is a ZIP file/],
      ["broken.gz", [0x1f, 0x8b, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], /The gzip file is damaged at the beginning\. Check it with gzip -t\./],
    ];
    for (const [name, bytes, expected] of cases) {
      writeFileSync(join(directory, name), Buffer.from(bytes));
      await page.locator("#file").setInputFiles(join(directory, name));
      await page.waitForFunction(() => !document.getElementById("problem").hidden);
      assert.match(await problem(page), expected);
      assert.equal(await page.locator("#capture").isVisible(), false);
      await paste(page, message(5));
      assert.equal(await page.locator("#problem").isVisible(), false);
    }
  });

  inWindow("a file that changes after it was opened shows an error", async (page) => {
    const path = join(directory, "changing.log");
    writeFileSync(path, [...Array(2000).keys()].map((at) => message(at)).join("\n"));
    await open(page, path);
    writeFileSync(path, "other");
    await page.locator("#line-4").click();
    await page.waitForFunction(() => !document.getElementById("problem").hidden);
    assert.match(await problem(page), /The file can no longer be read\. It may have changed since it was opened: open it again\./);
  });

  inWindow("a capture can be dropped, and a long text pasted", async (page) => {
    const drop = (text, name) => page.evaluate(([content, file]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], file));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, [text, name]);
    await drop(`${message(1)}\n${message(2)}\n`, "dropped.log");
    await page.getByText("dropped.log: 2 messages, 2 records").waitFor();
    assert.equal(await page.locator("#drop").isVisible(), false);

    const lines = [...Array(600).keys()].map((at) => message(at)).join("\n");
    await page.evaluate((text) => navigator.clipboard.writeText(text), lines);
    await page.locator("#text").focus();
    await page.keyboard.press("Control+V");
    await page.getByText("pasted text: 600 messages, 600 records").waitFor();
    assert.equal(await page.locator("#text").inputValue(), "");
    await settle(page);
  });

  inWindow("of several gzip members, the first is shown with a note", async (page) => {
    const path = join(directory, "members.gz");
    writeFileSync(path, Buffer.concat([gzipSync(`${message(1)}\n${message(2)}\n`), gzipSync(`${message(3)}\n`)]));
    await open(page, path);
    assert.match(await notes(page), /^The gzip file is damaged, ends early, or has several members\./);
    assert.match(await page.locator("#capture-name").innerText(), /2 messages/);
  });
});
