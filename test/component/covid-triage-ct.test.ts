import { beforeEach, describe, expect, it } from 'vitest';
import { HostPage } from '../support/host-page.js';
import { bluePixel, ctResult, ctSucceeded, pixel, redPixel, succeeded } from './fixtures.js';

const at = new HostPage();
const element = () => at.page.locator('covid-triage');
const button = (name: string | RegExp) => element().getByRole('button', { name });
let authorised: string[];

/** The server's answers for a CT study, its pictures grey, regions blue, heatmaps red; the token is noted. */
beforeEach(async () => {
  authorised = [];
  const instances = Array.from({ length: 90 }, (_, i) => ({
    sopInstanceUid: `1.2.3.${i}`,
    renderedUrl: `/dicom-web/studies/1.2.3/series/1.2.4/instances/1.2.3.${i}/rendered`,
  }));
  at.respond = async (_variables, query) =>
    query.includes('instances')
      ? { data: { study: { series: [{ instances }] } } }
      : { data: { patient: { id: 'A', latestTriage: ctSucceeded, triages: [], studies: [] } } };
  await at.page.route(/\.png$|rendered$/, (route) => {
    const { pathname } = new URL(route.request().url());
    const body = pathname.includes('heatmap') ? redPixel : pathname.endsWith('.png') ? bluePixel : pixel;
    authorised.push(`${route.request().headers()['authorization']} ${pathname}`);
    return route.fulfill({ contentType: 'image/png', body });
  });
});

describe('<covid-triage> of a CT', () => {
  it('tells score, shares, zones and slices as numbers, strongest first', async () => {
    await at.show({ locale: 'en' }, ctSucceeded);
    const text = await at.text();
    expect(text).toContain('Level 2 of 3, moderate. CT severity score 12 of 25');
    expect(text).toContain('18% of the lungs is involved');
    expect(text).toContain('90 % interval 69%–95%');
    expect(text).toContain('Slices are missing');
    const rows = await element().locator('.zones tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s+/).join(' '))).toEqual([
      'Upper 4% < 1%',
      'Middle 18% 12%',
      'Lower 40% 30%',
      'Whole lung 22% 14%',
    ]);
    const names = await element().locator('.slices').ariaSnapshot();
    expect(names.match(/(?<=button ").*(?=")/g)).toEqual([
      '-97.5 mm probability 95% 22% involved',
      '-100 mm probability 70% 12% involved',
      '0 mm probability 60%',
    ]);
  });

  it('keeps the scale of X-rays for X-rays', async () => {
    await at.show({ locale: 'en' }, succeeded);
    expect(await at.text()).toContain('Score 8.4 of 18');
    expect(await element().locator('.slices').count()).toBe(0);
  });

  it.each([
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ])('%s, %s: shows a slice with regions or heatmap, accessible', async (locale, theme) => {
    await at.show({ 'patient-id': 'A', locale, theme });
    await element().locator('.slices button').first().click();
    const [, , blue = 0] = await at.pixelOf('canvas.picture');
    expect(blue).toBeGreaterThan(200);
    await at.pixelOf('canvas.lung-map');
    expect(await at.violations()).toEqual([]);
    await element().locator('select[name=overlay]').selectOption('HEATMAP');
    await expect.poll(async () => (await at.pixelOf('canvas.picture'))[0]).toBeGreaterThan(150);
    await element().locator('select[name=overlay]').selectOption('NONE');
    await expect.poll(async () => new Set((await at.pixelOf('canvas.picture')).slice(0, 3)).size).toBe(1);
    expect(await at.violations()).toEqual([]);
  });

  it('sends the page to the slice, by keyboard, with ids alone', async () => {
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await button(/-100 mm/).focus();
    await at.page.keyboard.press('Enter');
    await at.pixelOf('canvas.picture');
    expect(await button(/-100 mm/).getAttribute('aria-current')).toBe('true');
    expect(await element().getByRole('img', { name: 'CT slice at -100 mm' }).count()).toBe(1);
    expect(await at.events()).toContain(
      `slice ${JSON.stringify({ triageId: ctSucceeded.id, sopInstanceUid: '1.2.3.40', frameNumber: 1, index: 40 })}`,
    );
  });

  it('fetches pictures with the token', async () => {
    await at.page.evaluate(() => {
      const one = document.createElement('covid-triage') as HTMLElement & { tokenProvider: () => string };
      one.tokenProvider = () => 'secret';
      one.setAttribute('patient-id', 'A');
      document.querySelector('main')?.replaceChildren(one);
    });
    await element().locator('.slices button').first().click();
    await at.pixelOf('canvas.picture');
    expect(authorised.map((line) => line.split(' ')[0])).toEqual(['Bearer', 'Bearer', 'Bearer']);
    expect(authorised.join()).toContain('/triages/1/lung-map.png');
  });

  it('shows the slice that was chosen last, however late the one before comes', async () => {
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await at.page.route(/1\.2\.3\.41\/rendered$/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.fulfill({ contentType: 'image/png', body: pixel }).catch(() => undefined);
    });
    await button(/-97\.5 mm/).click();
    await button(/-100 mm/).click();
    await at.pixelOf('canvas.picture');
    await at.page.waitForTimeout(800);
    expect(await element().locator('canvas.picture').getAttribute('aria-label')).toContain('-100 mm');
  });

  it('finds a slice beyond those that are listed of a long series', async () => {
    const instances = Array.from({ length: 1000 }, (_, i) => ({
      sopInstanceUid: `9.${i}`,
      renderedUrl: `/dicom-web/studies/1.2.3/series/9/instances/9.${i}/rendered`,
    }));
    const answer = at.respond;
    at.respond = async (variables, query) =>
      query.includes('instances')
        ? { data: { study: { series: [{ instances }] } } }
        : answer(variables, query);
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await button(/-100 mm/).click();
    await at.pixelOf('canvas.picture');
    expect(authorised.join()).toContain('/series/9/instances/1.2.3.40/rendered');
  });

  it('sends nothing for a triage that the page gave, and still tells the page of a slice', async () => {
    await at.show({ locale: 'en' }, ctSucceeded);
    await element().locator('.slices button').first().click();
    await at.page.waitForTimeout(300);
    expect((await at.events()).join()).toContain('1.2.3.41');
    expect([...at.sent, ...authorised]).toEqual([]);
  });

  it('leaves nothing of the patient before', async () => {
    await at.show({ 'patient-id': 'A', locale: 'en' });
    await element().locator('.slices button').first().click();
    await at.pixelOf('canvas.picture');
    at.respond = async () => ({ data: { patient: null } });
    await at.page.evaluate(() => document.querySelector('covid-triage')?.setAttribute('patient-id', 'B'));
    await element().getByText('No images of this patient').waitFor();
    expect(await element().locator('canvas, .slices').count()).toBe(0);
  });

  it('takes a CT result whose empty fields were left out', async () => {
    const { slices, involvement, ...rest } = ctResult;
    expect(slices.length && involvement).toBeTruthy();
    const bare = {
      ...rest,
      slices: [{ sopInstanceUid: '1.2', evidence: true }],
      involvement: { percent: 3 },
    };
    await at.show({ locale: 'en' }, { ...ctSucceeded, result: bare });
    expect(await at.text()).not.toMatch(/NaN|undefined/);
  });
});
