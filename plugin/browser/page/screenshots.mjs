// Retakes the screenshots in docs/images from the page in dist/playground.

import { join } from "node:path";

import { Playground, ROOT, settle } from "./test/page.js";

const playground = await Playground.start();
const size = { viewport: { width: 1360, height: 1120 } };

const message = await playground.open("#example=threat", { ...size, colorScheme: "light" });
await message.locator("#source mark[data-key=hostname]").hover();
await message.screenshot({ path: join(ROOT, "docs/images/playground.png") });

const capture = await playground.open("#example=capture", { ...size, colorScheme: "dark" });
await capture.locator("#filters [data-value=truncated]").focus();
await capture.locator("#capture").evaluate((section) => section.scrollIntoView());
await settle(capture);
await capture.screenshot({ path: join(ROOT, "docs/images/playground-dark.png") });
await playground.stop();
