import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orderStack } from '../../viewer/stack.js';
import { ctStudyUid, evidence, positionOf, sliceOf } from './ct-stand-in.js';
import { startStandIn, type StandIn } from './stand-in.js';

// Real: page, browser, generated slices. Not real: server and elements (stand-in.ts, ct-stand-in.ts).
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

async function open(hash = `#${ctStudyUid}`): Promise<void> {
  await page.goto(server.url + hash);
  await page.waitForFunction(() => document.getElementById('slice-reading')?.textContent !== '');
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

const reading = () => page.textContent('#slice-reading');
const choose = (index: number) =>
  page.evaluate((detail) => {
    const event = new CustomEvent('covid-triage-slice', { detail, bubbles: true, composed: true });
    document.getElementById('triage')?.dispatchEvent(event);
  }, sliceOf(index));
/** Slice numbers are counted from the head, the lowest is the last. */
const numberOf = (index: number) => 40 - index;

describe('a CT series in the demo viewer', () => {
  it('is a stack in the order of the patient that begins at the evidence', async () => {
    await open();
    expect(await reading()).toContain(`Slice ${numberOf(30)} of 40`);
    expect(await reading()).toContain('carries evidence');
    expect(await page.locator('#marks rect').count()).toBe(evidence.length);
    expect(await brightness()).toBeGreaterThan(20);
    expect(await page.textContent('#window')).toBe('W 1500 · L -600');
    expect(complaints).toEqual([]);
  });

  it('scrolls by wheel, keys and slider, and tells number and place', async () => {
    await open();
    await page.focus('#canvas');
    await page.keyboard.press('Home');
    await expect.poll(reading).toContain('Slice 1 of 40');
    await page.keyboard.press('ArrowDown');
    const place = new Intl.NumberFormat('en', { maximumFractionDigits: 1 }).format(positionOf(38));
    await expect.poll(reading).toBe(`Slice 2 of 40, at ${place} mm`);
    await page.keyboard.press('PageDown');
    await expect.poll(reading).toContain('Slice 12 of 40');
    await page.hover('#canvas');
    await page.mouse.wheel(0, 100);
    await expect.poll(reading).toContain('Slice 13 of 40');
    await page.mouse.wheel(0, -100);
    await expect.poll(reading).toContain('Slice 12 of 40');
    await page.focus('#slice');
    await page.keyboard.press('End');
    await expect.poll(reading).toContain('Slice 40 of 40');
    expect(await page.getAttribute('#slice', 'aria-valuetext')).toContain('Slice 40 of 40');
  });

  it('goes to the slice that the element tells of, with its regions or heatmap', async () => {
    await open();
    await choose(12);
    await expect.poll(reading).toContain(`Slice ${numberOf(12)} of 40`);
    const plain = await brightness();
    await page.click('#regions');
    await expect.poll(brightness).not.toBeCloseTo(plain, 1);
    expect(server.requests).toContain('/triages/ct/slices/12/overlay.png');
    await page.click('#heatmap');
    expect(await page.getAttribute('#regions', 'aria-pressed')).toBe('false');
    await expect.poll(() => server.requests).toContain('/triages/ct/slices/12/heatmap.png');
    await page.focus('#canvas');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.getAttribute('#heatmap', 'aria-disabled')).toBe('true');
    expect(await reading()).not.toContain('evidence');
  });

  it('loads neighbours and no more, the window kept from slice to slice', async () => {
    server.requests.length = 0;
    await open();
    await page.waitForTimeout(500);
    const rendered = server.requests.filter((path) => path.includes('/rendered'));
    expect(new Set(rendered).size).toBe(14);
    await page.click('[data-preset=mediastinum]');
    await page.focus('#canvas');
    await page.keyboard.press('ArrowDown');
    await expect.poll(reading).toContain(`Slice ${numberOf(29)} of 40`);
    expect(await page.textContent('#window')).toBe('W 400 · L 40');
    expect(server.requests.join()).toContain('rendered?window=40.00,400.00,linear');
  });

  it('says so when a slice cannot be had, and goes on', async () => {
    await open();
    await page.route(/\.5\/rendered/, (route) => route.fulfill({ status: 500, body: '' }));
    await choose(5);
    await page.waitForSelector('#stage-message:has-text("HTTP 500")');
    await choose(12);
    await expect.poll(() => page.textContent('#stage-message')).toBe('');
  });

  it('gives way to an X-ray, and leaves nothing of the stack', async () => {
    await open();
    await page.click('#patients button:has-text("Demo, Elena")');
    await page.waitForSelector('#banner:has-text("Demo, Elena")');
    expect(await page.isHidden('#stack')).toBe(true);
    await page.waitForFunction(() => document.getElementById('window')?.textContent === 'W 4096 · L 2048');
  });

  for (const [language, theme] of [
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ] as const) {
    it(`has no accessibility violation in ${language}, ${theme}`, async () => {
      await open();
      await page.selectOption('#language', language);
      await page.selectOption('#theme', theme);
      await page.waitForTimeout(300);
      expect(await violations()).toEqual([]);
      expect(await reading()).toMatch(language === 'en' ? /Slice/ : /层面/);
    });
  }
});

describe('the order of a stack', () => {
  const flat = (uid: string, z: number, number: number, orientation = [1, 0, 0, 0, 1, 0]) => ({
    '00080018': { Value: [uid] },
    '00200013': { Value: [number] },
    '00200032': { Value: [0, 0, z] },
    '00200037': { Value: orientation },
    '00280010': { Value: [64] },
  });
  const uids = (slices: { sopInstanceUid: string }[]) => slices.map(({ sopInstanceUid }) => sopInstanceUid);

  it('is by place and not by number, whichever way the rows run', () => {
    const metadata = [flat('a', -5, 1), flat('b', 10, 2), flat('c', 0, 3)];
    expect(uids(orderStack(metadata, '/s'))).toEqual(['b', 'c', 'a']);
    const turned = metadata.map((item) => ({ ...item, '00200037': { Value: [1, 0, 0, 0, -1, 0] } }));
    expect(uids(orderStack(turned, '/s'))).toEqual(['b', 'c', 'a']);
  });

  it('is by number when a picture does not tell its place', () => {
    const unplaced = { ...flat('b', 0, 2), '00200032': {} };
    expect(uids(orderStack([flat('c', 9, 3), unplaced, flat('a', -5, 1)], '/s'))).toEqual(['a', 'b', 'c']);
  });

  it('takes the frames of an Enhanced object apart', () => {
    const frame = (z: number) => ({ '00209113': { Value: [{ '00200032': { Value: [0, 0, z] } }] } });
    const enhanced = {
      '00080018': { Value: ['e'] },
      '00280008': { Value: [2] },
      '00280010': { Value: [64] },
      '52009229': { Value: [{ '00209116': { Value: [{ '00200037': { Value: [1, 0, 0, 0, 1, 0] } }] } }] },
      '52009230': { Value: [frame(1), frame(4)] },
    };
    expect(orderStack([enhanced], '/s')).toMatchObject([
      { frameNumber: 2, positionMm: 4, renderedUrl: '/s/instances/e/frames/2/rendered' },
      { frameNumber: 1, positionMm: 1 },
    ]);
  });
});
