import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStandIn, type StandIn } from './stand-in.js';

// Real: page, browser, generated pictures. Not real: server and elements (stand-in.ts).
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let server: StandIn;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  server = await startStandIn();
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--font-render-hinting=none'],
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1400, height: 850 }, locale: 'en-GB' });
  complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
});
afterEach(async () => {
  await page.close();
});

const uidOf = (patientId: string) =>
  server.studies.find((study) => study.patientId === patientId)?.studyInstanceUid ?? '';

async function open(hash = ''): Promise<void> {
  await page.goto(server.url + hash);
  await page.waitForFunction(() => document.getElementById('window')?.textContent !== '');
}

/** Mean brightness of the canvas. */
const brightness = () =>
  page.evaluate(() => {
    const canvas = document.getElementById('canvas') as HTMLCanvasElement;
    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let i = 0; data && i < data.length; i += 4) sum += data[i] ?? 0;
    return (4 * sum) / (data?.length ?? 1);
  });

async function violations(): Promise<string[]> {
  // Through the debugger, which the page's own policy does not bind.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: engine } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await engine.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}

describe('the demo viewer', () => {
  it('opens the most urgent study and says whose it is', async () => {
    await open();
    const banner = await page.textContent('#banner');
    for (const part of ['Demo, Elena', 'DEMO-005', '1948', 'female']) expect(banner).toContain(part);
    expect(await page.getAttribute('#triage', 'patient-id')).toBe('DEMO-005');
    expect(await page.getAttribute('#triage', 'study-uid')).toBe(uidOf('DEMO-005'));
    expect(await page.textContent('#notes')).toContain('severe');
    expect(await brightness()).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
  });

  it('keeps nothing in the address but the Study Instance UID', async () => {
    await open(`#${uidOf('DEMO-002')}`);
    expect(new URL(page.url()).hash).toBe(`#${uidOf('DEMO-002')}`);
    expect(new URL(page.url()).search).toBe('');
    expect(server.requests.filter((path) => /demo/i.test(path))).toEqual([]);
  });

  it('switches patients when the worklist asks for a study', async () => {
    await open();
    await page.evaluate((studyInstanceUid) => {
      const detail = { studyInstanceUid };
      const event = new CustomEvent('covid-triage-open-study', { detail, bubbles: true, composed: true });
      document.getElementById('worklist')?.dispatchEvent(event);
    }, uidOf('DEMO-003'));
    await page.waitForSelector('#banner:has-text("Demo, Clara")');
    expect(await page.getAttribute('#triage', 'patient-id')).toBe('DEMO-003');
  });

  it('finds patients and shows the course of one', async () => {
    await open();
    await page.fill('#search-text', 'felix');
    await page.click('#patients button:has-text("Demo, Felix")');
    await page.waitForSelector('#banner:has-text("Demo, Felix")');
    expect(await page.locator('#studies button').count()).toBe(3);
    await page.locator('#studies button').nth(2).click();
    expect(await page.getAttribute('#triage', 'study-uid')).toBe(uidOf('DEMO-006'));
  });

  it('changes window, zoom and heatmap by keyboard and mouse', async () => {
    await open();
    const before = await brightness();
    const first = await page.textContent('#window');
    await page.focus('#canvas');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowUp');
    expect(await brightness()).toBeGreaterThan(before + 5);
    expect(await page.textContent('#window')).not.toBe(first);
    await page.waitForTimeout(600);
    expect(server.requests.some((path) => path.includes('rendered?window='))).toBe(true);
    await page.keyboard.press('0');
    expect(Math.abs((await brightness()) - before)).toBeLessThan(1);
    await page.keyboard.press('+');
    expect(await brightness()).not.toBeCloseTo(before, 1);
    await page.keyboard.press('0');
    const plain = await brightness();
    await page.keyboard.press('h');
    expect(await page.getAttribute('#heatmap', 'aria-pressed')).toBe('true');
    expect(await brightness()).not.toBeCloseTo(plain, 2);
    const box = await page.locator('#canvas').boundingBox();
    if (!box) throw new Error('no canvas');
    await page.mouse.move(box.x + 100, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 100, box.y + 120, { steps: 3 });
    await page.mouse.up();
    expect(await brightness()).toBeGreaterThan(plain + 5);
  });

  it('sends files and says in words what became of each', async () => {
    await open();
    const [dicom] = server.studies;
    await page.setInputFiles('#upload-files', [
      { name: 'film.dcm', mimeType: 'application/dicom', buffer: Buffer.from(dicom?.bytes ?? []) },
      { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
    ]);
    await page.waitForSelector('#upload-list .done');
    await page.waitForSelector('#upload-list .failed');
    expect(await page.textContent('#upload-list li:nth-child(1)')).toContain('film.dcmStored');
    expect(await page.textContent('#upload-list li:nth-child(2)')).toContain('not a DICOM file');
  });

  it('speaks Chinese throughout, the elements too', async () => {
    await open();
    await page.selectOption('#language', 'zh-CN');
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    expect(await page.getAttribute('#triage', 'locale')).toBe('zh-CN');
    expect(await page.getAttribute('#worklist', 'locale')).toBe('zh-CN');
    const words = await page.evaluate(() => document.querySelector('.layout')?.textContent ?? '');
    expect(words).toContain('合成数据');
    expect(words).toContain('窗宽');
    expect(words).not.toMatch(/Studies|Patients|Heatmap|Born|W \d/);
  });

  for (const [language, theme] of [
    ['en', 'dark'],
    ['zh-CN', 'light'],
  ] as const) {
    it(`has no accessibility violation in ${language}, ${theme}`, async () => {
      await open();
      await page.selectOption('#language', language);
      await page.selectOption('#theme', theme);
      await page.waitForTimeout(300);
      expect(await violations()).toEqual([]);
      expect(complaints).toEqual([]);
    });
  }

  it('fits a narrow screen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await open();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  it('tells of a server that fails, without showing a stale patient', async () => {
    await open();
    await page.route('**/graphql', (route) => route.fulfill({ status: 503, body: 'down' }));
    await page.click('#patients button:has-text("Demo, Anna")');
    await page.waitForSelector('#message:not([hidden])');
    expect(await page.textContent('#message')).toContain('HTTP 503');
    expect(await page.textContent('#banner')).not.toContain('Elena');
    expect(await page.getAttribute('#triage', 'patient-id')).toBeNull();
    expect(await brightness()).toBe(0);
  });
});
