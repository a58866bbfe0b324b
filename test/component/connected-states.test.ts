import { describe, expect, it } from 'vitest';
import { en } from '../../component/texts/en.js';
import { zhCn } from '../../component/texts/zh-cn.js';
import { HostPage } from '../support/host-page.js';
import { ended, problem, states, succeeded } from './fixtures.js';

const at = new HostPage();

const patient = (latestTriage: object | null, studies = [{ studyInstanceUid: '1.2.3' }]) => ({
  data: { patient: { id: 'A', latestTriage, triages: [], studies } },
});
const refusal = (code: string) => ({ errors: [{ message: 'no', extensions: { code } }] });
const never = new Promise<never>(() => undefined);

interface Case {
  attributes?: Record<string, string>;
  respond: HostPage['respond'];
  /** A sentence that only this state shows, or a part of one. */
  says: (t: typeof en) => string;
  /** What the reader does before the state is there. */
  first?: (t: typeof en) => Promise<void>;
}

const element = () => at.page.locator('covid-triage');
const press = (name: string) => element().getByRole('button', { name, exact: true }).click();
const chosen = { 'patient-id': 'A', 'study-uid': '1.2.3' };

const cases: Record<string, Case> = {
  'nothing chosen': { attributes: {}, respond: async () => never, says: (t) => t.noStudy },
  loading: { respond: () => never, says: (t) => t.loading },
  'no triage yet': { respond: async () => patient(null), says: (t) => t.request },
  'no study to ask about': { respond: async () => patient(null, []), says: (t) => t.none },
  'being asked': {
    respond: async (_variables, query) => (query.includes('mutation') ? never : patient(null)),
    first: (t) => press(t.request),
    says: (t) => t.requesting,
  },
  'unknown patient': {
    respond: async () => ({ data: { patient: null } }),
    says: (t) => t.unknownPatient,
  },
  'unknown study': {
    attributes: chosen,
    respond: async () => ({ data: { study: null } }),
    says: (t) => t.unknownStudy,
  },
  'study of another patient': {
    attributes: chosen,
    respond: async () => ({
      data: {
        study: { studyInstanceUid: '1.2.3', latestTriage: succeeded, patient: { id: 'B', triages: [] } },
      },
    }),
    says: (t) => t.mismatch,
  },
  'signed out': { respond: async () => refusal('UNAUTHENTICATED'), says: (t) => t.signIn },
  'patient of several issuers': {
    respond: async () => refusal('PATIENT_AMBIGUOUS'),
    says: (t) => t.problems['PATIENT_AMBIGUOUS']?.message ?? '',
  },
  'answer that cannot be used': {
    respond: async () => refusal('SOMETHING_NEW'),
    says: (t) => t.problems['BAD_ANSWER']?.message ?? '',
  },
  'failure of the server': {
    respond: async () => refusal('INTERNAL_SERVER_ERROR'),
    says: (t) => t.problems['INTERNAL_SERVER_ERROR']?.message ?? '',
  },
  'never connected': { respond: async () => null, says: (t) => t.offline },
  'connection lost': {
    respond: async (_variables, query) => (query.includes('mutation') ? null : patient(succeeded)),
    first: async (t) => {
      await element().getByText('71%').waitFor();
      at.respond = async () => null;
      await at.page.evaluate(() => window.dispatchEvent(new Event('online')));
      await element().getByText(t.offline).waitFor();
    },
    says: (t) => t.stale,
  },
  'queued, to be stopped': { respond: async () => patient(states['queued'] ?? null), says: (t) => t.cancel },
  'failed, to be tried again': {
    respond: async () => patient({ ...ended, status: 'FAILED', problem: { ...problem, retryable: true } }),
    says: (t) => t.retry,
  },
  'declined, to be reviewed': {
    respond: async () => patient({ ...ended, status: 'ABSTAINED', problem }),
    says: (t) => t.accept,
  },
  'review being written': {
    respond: async () => patient(succeeded),
    first: (t) => press(t.modify),
    says: (t) => t.save,
  },
  'result rejected, with a reason asked for': {
    respond: async () => patient(succeeded),
    first: (t) => press(t.reject),
    says: (t) => t.save,
  },
};

describe.each([
  ['en', 'light', en],
  ['zh-CN', 'dark', zhCn],
] as const)('<covid-triage> of a server, %s, %s', (locale, theme, texts) => {
  it.each(Object.entries(cases))('%s: accessible', async (_name, { attributes, respond, says, first }) => {
    at.respond = respond;
    await at.show({ locale, theme, ...(attributes ?? { 'patient-id': 'A' }) });
    await first?.(texts);
    expect(says(texts)).not.toBe('');
    await element().getByText(says(texts)).first().waitFor();
    expect(await at.violations()).toEqual([]);
  });
});
