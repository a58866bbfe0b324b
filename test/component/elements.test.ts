import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../server/runtime.js';

// Real: the built module and the browser. Not real: the server, whose answers are given here.
const host = 'https://viewer.example';
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; base-uri 'none'";
const module = readFileSync(join(projectRoot(), 'dist/component/covid-triage.js'), 'utf8');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const base = {
  id: '00000000-0000-4000-8000-000000000001',
  status: 'QUEUED',
  queuePosition: 3,
  estimatedSecondsLeft: 12,
  progress: null as number | null,
  requestedAt: '2026-01-05T08:00:00.000Z',
  finishedAt: null as string | null,
  priority: 'ROUTINE',
  priorityReason: null,
  superseded: false,
  study: { studyInstanceUid: '1.2.3', description: 'Chest', studiedAt: '2026-01-05T07:00:00.000Z' },
  result: null as object | null,
  problem: null as object | null,
  review: null as object | null,
};
const finding = (code: string, probability: number) => ({
  code,
  probability,
  low: probability * 0.8,
  high: Math.min(1, probability * 1.1),
});
const result = {
  findings: [finding('COVID', 0.71), finding('PNEUMONIA', 0.2), finding('NORMAL', 0.09)],
  topFinding: { code: 'COVID', probability: 0.71 },
  covidProbability: 0.71,
  severity: { level: 2, score: 8.4, low: 5.1, high: 11.7, zones: [1, 2, 2, 0.5, 1, 2] } as object | null,
  explanation: null,
  quality: {
    inDistribution: true,
    warnings: ['<b>Bold</b> words stay words', 'Undecided between COVID and PNEUMONIA.'],
    warningCodes: ['SOMETHING_NEW', 'UNDECIDED'],
  },
  model: { id: 'cxr', version: '1.0.0', labels: ['COVID', 'NORMAL', 'PNEUMONIA'] },
  engine: 'wasm (cpu)',
  durations: { totalMs: 310 },
  involvement: null,
};
const ended = {
  ...base,
  queuePosition: null,
  estimatedSecondsLeft: null,
  finishedAt: '2026-01-05T08:00:01.000Z',
};
const succeeded = { ...ended, status: 'SUCCEEDED', result };
const problem = {
  code: 'LATERAL_VIEW',
  message: 'This is a lateral view.',
  advice: 'Send the PA view.',
  detail: null,
  retryable: false,
};
const states: Record<string, object> = {
  queued: base,
  running: { ...base, status: 'RUNNING', queuePosition: null, progress: 0.4 },
  succeeded,
  'without severity': { ...succeeded, result: { ...result, severity: null } },
  abstained: { ...ended, status: 'ABSTAINED', problem },
  failed: {
    ...ended,
    status: 'FAILED',
    problem: { ...problem, code: 'PIXELS_CORRUPT', detail: 'frame 0', retryable: true },
  },
  cancelled: { ...ended, status: 'CANCELLED' },
  superseded: { ...succeeded, superseded: true },
};

let browser: Browser;
let page: Page;
let complaints: string[];
let sent: { query: string; variables: Record<string, string> }[];
let respond: (variables: Record<string, string>, query: string) => Promise<object>;

beforeAll(async () => {
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox'],
  });
});
afterAll(() => browser?.close());
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 340, height: 900 }, locale: 'en-GB' });
  complaints = [];
  sent = [];
  respond = async () => ({ data: { patient: null, study: null } });
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') {
      const body = `<!doctype html><html lang="en"><head><title>Host</title><script type="module" src="/component/covid-triage.js"></script></head><body><main><h1>Record</h1></main></body></html>`;
      return route.fulfill({
        contentType: 'text/html',
        body,
        headers: { 'content-security-policy': policy },
      });
    }
    if (pathname === '/component/covid-triage.js')
      return route.fulfill({ contentType: 'text/javascript', body: module });
    if (pathname !== '/graphql') return route.fulfill({ status: 404, body: '' });
    const { query, variables } = route.request().postDataJSON() as (typeof sent)[number];
    sent.push({ query, variables });
    const answer = await respond(variables, query);
    return route
      .fulfill({ contentType: 'application/json', body: JSON.stringify(answer) })
      .catch(() => undefined);
  });
  await page.goto(`${host}/`);
  await page.waitForFunction(() => customElements.get('covid-triage') !== undefined);
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await page.close();
});

const show = (attributes: Record<string, string>, results: object | null = null) =>
  page.evaluate(
    ([names, given]) => {
      const element = document.createElement('covid-triage') as HTMLElement & { results: unknown };
      for (const [name, value] of Object.entries(names)) element.setAttribute(name, value);
      if (given !== null) element.results = given;
      const events: string[] = ((window as unknown as { events: string[] }).events = []);
      for (const name of [
        'ready',
        'requested',
        'changed',
        'reviewed',
        'open-study',
        'auth-required',
        'error',
      ]) {
        document.addEventListener(`covid-triage-${name}`, (event) =>
          events.push(`${name} ${JSON.stringify((event as CustomEvent).detail)}`),
        );
      }
      document.querySelector('main')?.replaceChildren(element);
    },
    [attributes, results] as const,
  );
const events = () => page.evaluate(() => (window as unknown as { events: string[] }).events);
const shown = () => page.locator('covid-triage section').innerText();

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: engine } = window as unknown as {
      axe: { run(context: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await engine.run({ include: [['covid-triage']] });
    return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

describe('<covid-triage>', () => {
  for (const [name, triage] of Object.entries(states)) {
    it.each([
      ['en', 'light'],
      ['zh-CN', 'dark'],
    ])(`${name}, %s, %s: accessible, and nothing is sent`, async (locale, theme) => {
      await show({ locale, theme }, triage);
      await page.locator('covid-triage section').waitFor();
      expect((await shown()).length).toBeGreaterThan(20);
      expect(await violations()).toEqual([]);
      expect(sent).toEqual([]);
    });
  }

  it('shows numbers, severity and hostile text as text', async () => {
    await show({ locale: 'en' }, succeeded);
    const text = await shown();
    expect(text).toContain('71%');
    expect(text).toContain('Level 2 of 3, moderate');
    expect(text).toContain('<b>Bold</b> words stay words');
    expect(text).toContain('Not for diagnosis');
  });

  it('tells warnings in the reader’s language where it knows them', async () => {
    await show({ locale: 'zh-CN' }, succeeded);
    const text = await shown();
    expect(text).toContain('在“新冠肺炎”与“其他肺炎”之间难以区分');
    expect(text).toContain('<b>Bold</b> words stay words');
    expect(text).not.toContain('Undecided');
  });

  it('never shows the patient before, however late the answer comes', async () => {
    const answerFor = (id: string, covid: number) => ({
      data: {
        patient: {
          id,
          latestTriage: { ...succeeded, result: { ...result, findings: [finding('COVID', covid)] } },
          triages: [],
          studies: [{ studyInstanceUid: '1.2.3' }],
        },
      },
    });
    respond = async ({ patientId = '' }) => {
      if (patientId === 'OLD') await new Promise((resolve) => setTimeout(resolve, 600));
      return answerFor(patientId, patientId === 'OLD' ? 0.91 : 0.12);
    };
    await show({ 'patient-id': 'OLD', locale: 'en' });
    await page.waitForTimeout(100);
    await page.evaluate(() => document.querySelector('covid-triage')?.setAttribute('patient-id', 'NEW'));
    await page.locator('covid-triage').getByText('12%').waitFor();
    await page.waitForTimeout(900);
    expect(await shown()).not.toContain('91%');
    await page.evaluate(() => document.querySelector('covid-triage')?.setAttribute('patient-id', 'OLD'));
    await page.waitForTimeout(100);
    expect(await shown()).not.toContain('12%');
  });

  it('shows nothing of a study that belongs to another patient', async () => {
    respond = async () => ({
      data: {
        study: { studyInstanceUid: '1.2.3', latestTriage: succeeded, patient: { id: 'B', triages: [] } },
      },
    });
    await show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    await page.locator('covid-triage').getByText('belongs to another patient').waitFor();
    expect(await shown()).not.toContain('71%');
  });

  it('asks for a triage and takes a review by keyboard alone', async () => {
    let triage: object | null = null;
    respond = async (_variables, query) => {
      if (query.includes('mutation RequestTriage')) {
        triage = succeeded;
        return { data: { outcome: { __typename: 'RequestTriageSuccess', triage } } };
      }
      if (query.includes('mutation ReviewTriage')) {
        const review = {
          verdict: 'MODIFIED',
          finding: 'PNEUMONIA',
          severityLevel: null,
          comment: null,
          reviewer: 'local',
          reviewedAt: ended.finishedAt,
        };
        triage = { ...succeeded, review };
        return { data: { outcome: { __typename: 'ReviewTriageSuccess', triage } } };
      }
      return {
        data: {
          study: { studyInstanceUid: '1.2.3', latestTriage: triage, patient: { id: 'A', triages: [] } },
        },
      };
    };
    await show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    const button = (name: string) => page.locator('covid-triage').getByRole('button', { name });
    await button('AI diagnosis').focus();
    await page.keyboard.press('Enter');
    await button('Modify').focus();
    await page.keyboard.press('Enter');
    const choice = page.locator('covid-triage').getByLabel('Finding instead');
    await expect.poll(() => choice.evaluate((element) => element.matches(':focus'))).toBe(true);
    await choice.selectOption('PNEUMONIA');
    await button('Save review').focus();
    await page.keyboard.press('Enter');
    await page.locator('covid-triage').getByText('Modified').waitFor();
    const { variables } = sent.find(({ query }) => query.includes('mutation ReviewTriage')) ?? {};
    expect(variables).toMatchObject({
      input: { verdict: 'MODIFIED', finding: 'PNEUMONIA', severityLevel: null },
    });
    const names = (await events()).map((event) => event.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(['ready', 'requested', 'reviewed']));
  });

  it('asks the page for a sign-in, and says so', async () => {
    respond = async () => ({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] });
    await show({ 'patient-id': 'A', locale: 'en' });
    await page.locator('covid-triage').getByText('Please sign in').waitFor();
    expect(await events()).toContain('auth-required {"code":"UNAUTHENTICATED"}');
    expect(await violations()).toEqual([]);
  });
});

it('is one self-contained module of at most 40 kB gzip', () => {
  expect(gzipSync(module).length).toBeLessThanOrEqual(40 * 1024);
  expect(module).not.toMatch(/\bimport\s*[{*"']/);
});
