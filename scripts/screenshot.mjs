// Makes docs/screenshot.png from a running server's demo viewer: node scripts/screenshot.mjs [url] [file]
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';

const [url = 'http://127.0.0.1:4000', file = 'docs/screenshot.png', locale = 'en-GB', scheme = 'light'] =
  process.argv.slice(2);
const query = '{ patient(id: "DEMO-006") { studies { studyInstanceUid } } }';
const answer = await fetch(`${url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});
const { data } = await answer.json();
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 960 }, locale, colorScheme: scheme });
await page.goto(`${url}/viewer/#${data.patient.studies[0].studyInstanceUid}`);
await page.locator('covid-triage .findings').waitFor();
await page.locator('covid-triage-worklist .entry').first().waitFor();
await page.waitForTimeout(1000);
await page.screenshot({ path: file });
await browser.close();
