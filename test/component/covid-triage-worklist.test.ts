import { describe, expect, it } from 'vitest';
import { HostPage } from '../support/host-page.js';

const at = new HostPage();

describe('<covid-triage-worklist>', () => {
  const entry = (name: string, fields: object = {}) => ({
    id: name,
    status: 'SUCCEEDED',
    queuePosition: null,
    progress: null,
    requestedAt: '2026-01-05T08:00:00.000Z',
    priority: 'URGENT',
    superseded: false,
    patient: { id: `ID-${name}`, issuer: null, name },
    study: { studyInstanceUid: `1.2.${name.length}`, description: null, studiedAt: null },
    result: {
      topFinding: { code: 'COVID', probability: 0.71 },
      covidProbability: 0.71,
      severity: { level: 2 },
    },
    problem: null,
    review: null,
    ...fields,
  });
  const list = (nodes: object[], hasNextPage = false) => ({
    data: { worklist: { nodes, pageInfo: { hasNextPage, endCursor: 'next' } } },
  });
  const open = (locale = 'en', theme = 'light') =>
    at.page.evaluate(
      ([language, colours]) => {
        const element = document.createElement('covid-triage-worklist');
        element.setAttribute('locale', language ?? '');
        element.setAttribute('theme', colours ?? '');
        document.querySelector('main')?.append(element);
      },
      [locale, theme],
    );
  const entries = () => at.page.locator('covid-triage-worklist .entry');

  it.each([
    ['with entries', list([entry('Ada'), entry('Grace', { status: 'QUEUED', result: null })], true)],
    ['empty', list([])],
    ['signed out', { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }],
    ['out of reach', null],
    ['failing', { errors: [{ message: 'no', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }],
  ])('%s: accessible in both languages and themes', async (_name, answer) => {
    at.respond = async () => answer;
    await open('en', 'light');
    await open('zh-CN', 'dark');
    await at.page.locator('covid-triage-worklist p:not(.hidden), covid-triage-worklist ol').nth(1).waitFor();
    expect(await at.violations('covid-triage-worklist')).toEqual([]);
  });

  it('keeps the focus on the patient it was on when the order changes, and says that it changed', async () => {
    let nodes = [entry('Ada'), entry('Grace')];
    at.respond = async () => list(nodes);
    await open();
    await entries().nth(1).focus();
    nodes = [entry('Grace'), entry('Ada')];
    await at.page
      .locator('covid-triage-worklist')
      .getByText('Worklist updated.')
      .waitFor({ state: 'attached' });
    const focused = await at.page.evaluate(
      () => document.activeElement?.shadowRoot?.activeElement?.textContent,
    );
    expect(focused).toContain('ID-Grace');
  }, 20_000);
});
