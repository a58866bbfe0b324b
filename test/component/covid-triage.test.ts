import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { elementModule, HostPage } from '../support/host-page.js';
import { ended, finding, pixel, redPixel, result, states, succeeded } from './fixtures.js';

const at = new HostPage();

describe('<covid-triage>', () => {
  for (const [name, triage] of Object.entries(states)) {
    it.each([
      ['en', 'light'],
      ['zh-CN', 'dark'],
    ])(`${name}, %s, %s: accessible, and nothing is sent`, async (locale, theme) => {
      await at.show({ locale, theme }, triage);
      await at.page.locator('covid-triage section').waitFor();
      expect((await at.text()).length).toBeGreaterThan(20);
      expect(await at.violations()).toEqual([]);
      expect(at.sent).toEqual([]);
    });
  }

  it('shows numbers, severity and hostile text as text', async () => {
    await at.show({ locale: 'en' }, succeeded);
    const text = await at.text();
    expect(text).toContain('71%');
    expect(text).toContain('Level 2 of 3, moderate');
    expect(text).toContain('<b>Bold</b> words stay words');
    expect(text).toContain('Not for diagnosis');
  });

  it('says bacterial or viral in one quiet line with its limits, and only where the server does', async () => {
    await at.show({ locale: 'en' }, states['pneumonia leads'] ?? {});
    const text = await at.text();
    expect(text).toContain('bacterial 34%, viral 66%');
    expect(text).toContain('20%–47%');
    expect(text).toContain('children aged 1 to 5');
    await at.show({ locale: 'en' }, succeeded);
    expect(await at.text()).not.toContain('bacterial');
  });

  it('tells warnings in the reader’s language where it knows them', async () => {
    await at.show({ locale: 'zh-CN' }, succeeded);
    const text = await at.text();
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
    at.respond = async ({ patientId = '' }) => {
      if (patientId === 'OLD') await new Promise((resolve) => setTimeout(resolve, 600));
      return answerFor(patientId, patientId === 'OLD' ? 0.91 : 0.12);
    };
    await at.show({ 'patient-id': 'OLD', locale: 'en' });
    await at.page.waitForTimeout(100);
    await at.page.evaluate(() => document.querySelector('covid-triage')?.setAttribute('patient-id', 'NEW'));
    await at.page.locator('covid-triage').getByText('12%').waitFor();
    await at.page.waitForTimeout(900);
    expect(await at.text()).not.toContain('91%');
    await at.page.evaluate(() => document.querySelector('covid-triage')?.setAttribute('patient-id', 'OLD'));
    await at.page.waitForTimeout(100);
    expect(await at.text()).not.toContain('12%');
  });

  it('shows where under a strict policy, with the film seen through the map', async () => {
    const sopInstanceUid = '1.2.3.4';
    const explanation = {
      heatmapUrl: '/triages/1/heatmap.png',
      opacity: 0.5,
      sopInstanceUid,
      frameNumber: 1,
    };
    const instances = [{ sopInstanceUid, renderedUrl: '/dicom-web/rendered' }];
    const latestTriage = { ...succeeded, result: { ...result, explanation } };
    at.respond = async (_variables, query) =>
      query.includes('instances')
        ? { data: { study: { series: [{ instances }] } } }
        : { data: { patient: { id: 'A', latestTriage, triages: [], studies: [] } } };
    await at.page.route(/heatmap|rendered/, (route) =>
      route.fulfill({
        contentType: 'image/png',
        body: route.request().url().includes('heatmap') ? redPixel : pixel,
      }),
    );
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await at.page.locator('covid-triage').getByRole('button', { name: 'Show where' }).click();
    const [red = 0, green = 0] = await at.pixelOf('canvas.picture');
    // Half of the film's grey, and half of the map's red.
    expect(red - green).toBeGreaterThan(100);
    expect(green).toBeGreaterThan(40);
    expect(await at.violations()).toEqual([]);
  });

  it('takes results whose empty fields were left out, and never keeps the patient before', async () => {
    await at.show({ locale: 'en' }, succeeded);
    await at.page.locator('covid-triage').getByText('71%').waitFor();
    const bare = {
      id: '2',
      status: 'SUCCEEDED',
      result: { findings: [{ code: 'NORMAL', probability: 0.9 }] },
    };
    await at.page.evaluate((given) => {
      const element = document.querySelector('covid-triage') as HTMLElement & { results: unknown };
      element.results = [given, { id: '3', status: 'RUNNING' }];
    }, bare);
    await at.page.locator('covid-triage').getByText('90%').waitFor();
    expect(await at.text()).not.toMatch(/71%|NaN|undefined/);
  });

  it('goes back to the patient when the study is taken away', async () => {
    at.respond = async ({ patientId }) =>
      patientId === 'A'
        ? { data: { patient: { id: 'A', latestTriage: succeeded, triages: [], studies: [] } } }
        : { data: { study: null } };
    await at.show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    await at.page.locator('covid-triage').getByText('not been received').waitFor();
    await at.page.evaluate(() => document.querySelector('covid-triage')?.removeAttribute('study-uid'));
    await at.page.locator('covid-triage').getByText('71%').waitFor();
    await at.page.evaluate(() => document.querySelector('covid-triage')?.removeAttribute('patient-id'));
    await at.page.locator('covid-triage').getByText('No study chosen').waitFor();
    const asked = at.sent.map(({ variables }) => [variables['patientId'], variables['studyInstanceUid']]);
    expect(asked.flat()).not.toContain(null);
  });

  it('shows nothing of a study that belongs to another patient', async () => {
    at.respond = async () => ({
      data: {
        study: { studyInstanceUid: '1.2.3', latestTriage: succeeded, patient: { id: 'B', triages: [] } },
      },
    });
    await at.show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    await at.page.locator('covid-triage').getByText('belongs to another patient').waitFor();
    expect(await at.text()).not.toContain('71%');
  });

  it('asks for a triage and takes a review by keyboard alone', async () => {
    let triage: object | null = null;
    at.respond = async (_variables, query) => {
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
    await at.show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    const button = (name: string) => at.page.locator('covid-triage').getByRole('button', { name });
    await button('AI diagnosis').focus();
    await at.page.keyboard.press('Enter');
    await at.page.locator('covid-triage').getByText('71%').waitFor();
    const focused = () =>
      at.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName);
    expect(await focused()).toBe('h2');
    await button('Reject').focus();
    await at.page.keyboard.press('Enter');
    await at.page.keyboard.press('Escape');
    await expect.poll(focused).toBe('button');
    await button('Modify').focus();
    await at.page.keyboard.press('Enter');
    const choice = at.page.locator('covid-triage').getByLabel('Finding instead');
    await expect.poll(() => choice.evaluate((element) => element.matches(':focus'))).toBe(true);
    await choice.selectOption('PNEUMONIA');
    await button('Save review').focus();
    await at.page.keyboard.press('Enter');
    await at.page.locator('covid-triage').getByText('Modified').waitFor();
    const { variables } = at.sent.find(({ query }) => query.includes('mutation ReviewTriage')) ?? {};
    expect(variables).toMatchObject({
      input: { verdict: 'MODIFIED', finding: 'PNEUMONIA', severityLevel: null },
    });
    const names = (await at.events()).map((event) => event.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(['ready', 'requested', 'reviewed']));
  });

  it('says that newer images took the result away, and keeps the course', async () => {
    const old = { ...succeeded, superseded: true };
    at.respond = async () => ({
      data: {
        study: {
          studyInstanceUid: '1.2.3',
          latestTriage: null,
          patient: { id: 'A', triages: [old] },
          series: [],
        },
      },
    });
    await at.show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    await at.page.locator('covid-triage').getByText('Images have come since').waitFor();
    const text = await at.text();
    expect(text).not.toContain('No AI triage');
    expect(text).toContain('superseded');
    expect(text).toContain('71%');
  });

  it('never saves a review on another result than it was written about', async () => {
    let triage = succeeded;
    at.respond = async () => ({
      data: {
        study: {
          studyInstanceUid: '1.2.3',
          latestTriage: triage,
          patient: { id: 'A', triages: [] },
          series: [],
        },
      },
    });
    await at.show({ 'patient-id': 'A', 'study-uid': '1.2.3', locale: 'en' });
    await at.page.locator('covid-triage').getByRole('button', { name: 'Modify' }).click();
    await at.page.locator('covid-triage textarea').fill('Looks like oedema');
    triage = { ...succeeded, id: '00000000-0000-4000-8000-000000000002' };
    await at.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await at.page.locator('covid-triage').getByText('was not saved').waitFor();
    expect(await at.text()).toContain('Looks like oedema');
    expect(await at.page.locator('covid-triage form').count()).toBe(0);
  });

  it('asks the page for a sign-in, and says so', async () => {
    at.respond = async () => ({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] });
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await at.page.locator('covid-triage').getByText('Please sign in').waitFor();
    expect(await at.events()).toContain('auth-required {"code":"UNAUTHENTICATED"}');
    expect(await at.violations()).toEqual([]);
  });
});

it('is one self-contained module of at most 40 kB gzip', () => {
  expect(gzipSync(elementModule).length).toBeLessThanOrEqual(40 * 1024);
  expect(elementModule).not.toMatch(/\bimport\s*[{*"']/);
});
