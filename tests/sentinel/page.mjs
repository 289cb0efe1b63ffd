// Operates the page of `make workbook` in Chromium like a user and reports what the page shows.
//
// Arguments: path of Chromium, address of the page. stdin: {"tabs": […], "settings": {"Host": "a label", …}}
// stdout: {"requests": ["address", …], "problems": ["…"], and an observation for each step}

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [executablePath, address] = process.argv.slice(2);
const { tabs, settings } = JSON.parse(readFileSync(0, "utf8"));
const seen = { requests: [], problems: [] };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, colorScheme: "light" });
const page = await context.newPage();
page.setDefaultTimeout(120_000);
const rows = new Map();
context.on("request", (request) => seen.requests.push(request.url()));
page.on("pageerror", (error) => seen.problems.push(error.message));
page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
page.on("response", async (response) => {
  if (response.url().endsWith("/rows")) rows.set(response.request().postDataJSON().name, await response.json());
});

// Returns the parts on the page once none is loading, with the rows last requested.
async function parts() {
  await page.locator("[data-part]").first().waitFor();
  for (let waited = 0; await page.locator('[data-part][data-state="loading"]').count(); waited += 1) {
    if (waited > 2400) throw new Error("a part does not finish loading");
    await page.waitForTimeout(50);
  }
  const found = await page.$$eval("[data-part]", (places) => places.map((place) => {
    const canvas = place.querySelector("canvas");
    const colours = new Set(canvas ? new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer) : []);
    return { name: place.dataset.part, state: place.dataset.state, colours: colours.size, text: place.innerText };
  }));
  return Object.fromEntries(found.map(({ name, ...rest }) => [name, { ...rest, rows: rows.get(name)?.rows ?? null }]));
}

async function openTab(name) {
  await page.locator(`[data-tab="${name}"]`).click();
  return parts();
}

async function choose(parameter, label) {
  const place = page.locator(`[data-parameter="${parameter}"]`);
  await place.locator("button").click();
  await place.locator("input[type=search]").fill(label);
  await place.getByText(label, { exact: true }).last().click();
  await page.keyboard.press("Escape");
}

await page.goto(address);
seen.all = {};
for (const tab of tabs) seen.all[tab] = await openTab(tab);

// Set each parameter separately, then reset it.
seen.set = {};
for (const [parameter, label] of Object.entries(settings)) {
  await openTab(tabs[0]);
  const time = page.locator(`[data-parameter="${parameter}"] select`);
  if (parameter === "TimeRange") await time.selectOption({ label });
  else await choose(parameter, label);
  seen.set[parameter] = {};
  for (const tab of tabs) seen.set[parameter][tab] = await openTab(tab);
  if (parameter === "TimeRange") await time.selectOption({ label: "Last 7 days" });
  else await choose(parameter, "All");
}
await openTab(tabs[0]);
seen.again = await parts();

// Select a custom range: the third and fourth day before now.
const time = page.locator('[data-parameter="TimeRange"]');
await time.locator("select").selectOption({ label: "Custom …" });
const now = await page.evaluate(async () => (await (await fetch("start")).json()).now);
for (const [at, days] of [[0, 4], [1, 2]]) {
  const moment = new Date(Date.parse(now) - days * 86_400_000).toISOString().slice(0, 16);
  await time.locator("input").nth(at).fill(moment);
}
seen.range = await parts();
await time.locator("select").selectOption({ label: "Last 7 days" });

await openTab("threats");
const host = page.locator('[data-part="threats-by-host"] tbody tr').first();
seen.chosen = { host: await host.locator("td").first().innerText() };
await host.click();
seen.chosen.parts = await parts();
await page.locator('[data-part="threats-by-host"] tr[aria-selected="true"]').click();
seen.unchosen = await parts();
await page.locator('[data-part="threats-latest"] th button', { hasText: "Host" }).click();
seen.sorted = await page.locator('[data-part="threats-latest"] tbody tr td:nth-child(3)').allInnerTexts();
await page.locator('[data-part="threats-latest"] input').fill("cut.a");
seen.filtered = await page.locator('[data-part="threats-latest"] tbody tr').count();

await openTab("cost");
const price = page.locator('[data-parameter="Price"] input');
await price.fill("8.60");
await price.press("Enter");
seen.dearer = await parts();
const asked = seen.requests.length;
await price.fill("free");
await price.press("Enter");
seen.refused = { invalid: await price.evaluate((input) => input.className), requests: seen.requests.length - asked };

await openTab("alerts");
seen.alerts = {
  answer: await page.evaluate(async () => (await fetch("alerts")).json()),
  titles: await page.locator('[data-part="alerts"] tr.opens td:nth-child(3)').allInnerTexts(),
};
const { rule } = seen.alerts.answer.alerts[0];
await page.locator(`[data-rule="${rule}"]`).click();
await page.locator('[data-part="alerts"] tr.opens').first().click();
seen.alerts.ofRule = {
  rule,
  titles: await page.locator('[data-part="alerts"] tr.opens td:nth-child(3)').allInnerTexts(),
  details: await page.locator('[data-part="alerts"] dl').first().innerText(),
};
seen.images = await page.locator("img").count();

await openTab(tabs[0]);
const look = () => page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
seen.themes = [await look()];
await page.locator("#theme").click();
seen.themes.push(await look());
seen.dark = await parts();
await browser.close();
process.stdout.write(JSON.stringify(seen));
