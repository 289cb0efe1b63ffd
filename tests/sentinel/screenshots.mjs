// Takes screenshots of the page of `make workbook`. Arguments: path of Chromium, address of the page, output directory.

import { chromium } from "playwright-core";

const [executablePath, address, directory] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const [tab, colorScheme, name] of [["overview", "light", "workbook"], ["threats", "dark", "workbook-dark"]]) {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 1180 }, colorScheme })).newPage();
  await page.goto(`${address}#${tab}`);
  await page.locator("[data-part]").first().waitFor();
  while (await page.locator('[data-part][data-state="loading"]').count()) await page.waitForTimeout(50);
  await page.screenshot({ path: `${directory}/${name}.png` });
}
await browser.close();
