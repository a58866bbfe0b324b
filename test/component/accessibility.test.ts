import { beforeEach, describe, expect, it } from 'vitest';
import { HostPage } from '../support/host-page.js';
import { pixel, result, succeeded, ended } from './fixtures.js';

const at = new HostPage();
const never = () => new Promise<never>(() => undefined);
const record = { 'patient-id': 'A', 'study-uid': '1.2.3' };
const study = (latestTriage: object | null, owner = 'A') => ({
  data: {
    study: {
      studyInstanceUid: '1.2.3',
      latestTriage,
      patient: { id: owner, triages: [] },
      series: [{ instances: [{ sopInstanceUid: '1.2.3.4', renderedUrl: '/rendered' }] }],
    },
  },
});
const refusal = (code: string) => ({ errors: [{ message: 'no', extensions: { code } }] });
const reviewed = {
  ...succeeded,
  review: {
    verdict: 'MODIFIED',
    finding: 'PNEUMONIA',
    severityLevel: 3,
    comment: 'Lobar.',
    reviewer: 'dr.a',
    reviewedAt: ended.finishedAt,
  },
};
const explained = {
  ...succeeded,
  result: {
    ...result,
    explanation: { heatmapUrl: '/heatmap.png', opacity: 0.5, sopInstanceUid: '1.2.3.4', frameNumber: 1 },
  },
};
/** The server is gone: no answer from now on. */
const unplug = () => at.page.route('**/graphql', (route) => route.abort());
const press = (place: number) => at.page.locator('covid-triage button').nth(place).click();
const answers = (answer: object) => {
  at.respond = async () => answer;
};
const list = (nodes: object[], hasNextPage = false) => ({
  data: { worklist: { nodes, pageInfo: { hasNextPage, endCursor: 'next' } } },
});
const entry = (name: string, fields: object = {}) => ({
  id: name,
  status: 'SUCCEEDED',
  queuePosition: null,
  progress: null,
  requestedAt: ended.requestedAt,
  priority: 'ROUTINE',
  superseded: false,
  patient: { id: name, issuer: null, name },
  study: { studyInstanceUid: '1.2.3', description: null, studiedAt: null },
  result: { topFinding: { code: 'COVID', probability: 0.7 }, covidProbability: 0.7, severity: { level: 2 } },
  problem: null,
  review: null,
  ...fields,
});

interface Case {
  /** Before the element is on the page. */
  before?: () => unknown;
  attributes?: Record<string, string>;
  /** What brings the element there, once it is on the page. */
  after?: () => unknown;
  /** Is seen when the state is reached, in either language. */
  seen: string | RegExp;
}

const cases: Record<string, Case> = {
  'no study chosen': { attributes: {}, seen: /No study chosen|未选择检查/ },
  loading: { before: () => (at.respond = never), seen: /Loading|正在加载/ },
  'no triage yet': { before: () => answers(study(null)), seen: /No AI triage|尚未进行/ },
  'asking for a triage': {
    before: () =>
      (at.respond = async (_variables, query) => (query.includes('mutation') ? never() : study(null))),
    after: () => press(0),
    seen: /Asking|正在请求/,
  },
  'unknown patient': { attributes: { 'patient-id': 'A' }, seen: /No images of this patient|该患者的图像/ },
  'unknown study': { seen: /has not been received|尚未收到该检查/ },
  'study of another patient': {
    before: () => answers(study(succeeded, 'B')),
    seen: /belongs to another patient|另一位患者/,
  },
  'several patients with this ID': {
    before: () => answers(refusal('PATIENT_AMBIGUOUS')),
    seen: /Several patients|多位患者/,
  },
  'server away': { before: unplug, seen: /No connection|无法连接/ },
  'server away, with a result on the screen': {
    before: () => answers(study(succeeded)),
    after: async () => {
      await at.page.locator('covid-triage .findings').waitFor();
      await unplug();
      await at.page.evaluate(() => dispatchEvent(new Event('online')));
    },
    seen: /Shown as last received|最近一次收到/,
  },
  'live line down': { before: () => answers(study(succeeded)), seen: /every few seconds|每隔数秒/ },
  'sign-in needed': { before: () => answers(refusal('UNAUTHENTICATED')), seen: /sign in|请登录/ },
  'sign-in ran out, with a result on the screen': {
    before: () => answers(study(succeeded)),
    after: async () => {
      await at.page.locator('covid-triage .findings').waitFor();
      answers(refusal('UNAUTHENTICATED'));
      await at.page.evaluate(() => dispatchEvent(new Event('online')));
    },
    seen: /sign in.*Shown as last received|请登录.*最近一次收到/,
  },
  'server fails': {
    before: () => answers(refusal('INTERNAL_SERVER_ERROR')),
    seen: /went wrong|内部出错/,
  },
  reviewed: { before: () => answers(study(reviewed)), seen: /Modified|已修改/ },
  'form to modify': {
    before: () => answers(study(succeeded)),
    after: () => at.page.locator('covid-triage .review button').nth(1).click(),
    seen: /Finding instead|改为的所见/,
  },
  'form to modify, nothing chosen': {
    before: () => answers(study(succeeded)),
    after: async () => {
      await at.page.locator('covid-triage .review button').nth(1).click();
      await at.page.locator('covid-triage form button').first().click();
    },
    seen: /Choose a finding|请选择所见/,
  },
  'form to reject': {
    before: () => answers(study(succeeded)),
    after: () => at.page.locator('covid-triage .review button').nth(2).click(),
    seen: /Comment|备注/,
  },
  'picture shown': {
    before: async () => {
      answers(study(explained));
      await at.page.route(/heatmap|rendered/, (route) =>
        route.fulfill({ contentType: 'image/png', body: pixel }),
      );
    },
    after: () => at.page.locator('covid-triage button[aria-expanded]').click(),
    seen: /Hide picture|收起图像/,
  },
};

const worklistCases: Record<string, Case> = {
  loading: { before: () => (at.respond = never), seen: /Loading|正在加载/ },
  empty: { before: () => answers(list([])), seen: /Nothing to triage|没有待分诊/ },
  'every kind of entry, and more': {
    before: () =>
      answers(
        list(
          [
            entry('Ada', { priority: 'STAT' }),
            entry('Bo', { status: 'RUNNING', result: null, progress: 0.4, priority: 'URGENT' }),
            entry('Cy', { status: 'ABSTAINED', result: null, problem: { code: 'X', message: 'Odd.' } }),
            entry('Di', { review: { verdict: 'ACCEPTED' }, patient: { id: 'D', issuer: null, name: null } }),
          ],
          true,
        ),
      ),
    seen: /Show more|显示更多/,
  },
  'server away': { before: unplug, seen: /No connection|无法连接/ },
  'server away, with entries on the screen': {
    before: () => answers(list([entry('Ada')])),
    after: async () => {
      await at.page.locator('covid-triage-worklist .entry').waitFor();
      await unplug();
      await at.page.evaluate(() => dispatchEvent(new Event('online')));
    },
    seen: /Shown as last received|最近一次收到/,
  },
  'live line down': { before: () => answers(list([entry('Ada')])), seen: /every few seconds|每隔数秒/ },
  'sign-in needed': { before: () => answers(refusal('UNAUTHENTICATED')), seen: /sign in|请登录/ },
  'server fails': { before: () => answers(refusal('INTERNAL_SERVER_ERROR')), seen: /went wrong|内部出错/ },
};

const looks = [
  ['en', 'light'],
  ['zh-CN', 'dark'],
] as const;

async function check(element: string, { before, attributes = record, after, seen }: Case, look: object) {
  await before?.();
  await at.show({ ...attributes, ...look }, null, element);
  await after?.();
  await at.page.locator(element).getByText(seen).first().waitFor();
  expect(await at.violations(element)).toEqual([]);
}

// What is shown of a triage that the page gave is in covid-triage.test.ts; these are the states around it.
describe.each(looks)('%s, %s: accessible', (locale, theme) => {
  const look = { locale, theme };
  beforeEach(() => at.page.emulateMedia({ colorScheme: theme }));
  it.each(Object.entries(cases))('<covid-triage>, %s', (_name, state) => check('covid-triage', state, look));
  it.each(Object.entries(worklistCases))('<covid-triage-worklist>, %s', (_name, state) =>
    check('covid-triage-worklist', state, look),
  );
});
