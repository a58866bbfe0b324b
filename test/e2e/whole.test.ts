import { existsSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import pg from 'pg';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoStudies, type DemoStudy } from '../../demo/generate.js';
import { projectRoot } from '../../server/runtime.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';

// Nothing is a stand-in here: server, worker, model, database, elements, viewer and browser are the real ones.
describe('from a STOW request to an accepted review', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let study: DemoStudy;
  const complaints: string[] = [];

  beforeAll(async () => {
    expect(existsSync(join(projectRoot(), 'dist/component/covid-triage.js'))).toBe(true);
    server = await createTestServer({
      worker: true,
      env: { AUTO_TRIAGE: '1', AUTO_TRIAGE_QUIET_SECONDS: '1' },
    });
    for await (const one of demoStudies(512)) {
      if (one.truth === null || one.patientId !== 'DEMO-003') continue;
      study = one;
      break;
    }
    browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ['--no-sandbox'],
    });
    page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-GB' });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('shows the result live beside the record and keeps the review', { timeout: 90_000 }, async () => {
    await page.goto(`${server.url}/viewer/`);
    expect((await server.stow([study.bytes])).status).toBe(200);
    await page.goto(`${server.url}/viewer/#${study.studyInstanceUid}`);
    await page.reload();
    const element = page.locator('covid-triage');
    await element.getByText('COVID-19 pneumonia').first().waitFor({ timeout: 30_000 });
    const stored = await eventually(
      () => server.db.selectFrom('triage').select(['id', 'status', 'covidProbability']).executeTakeFirst(),
      (row) => row?.status === 'SUCCEEDED',
    );
    const percent = Math.round((stored?.covidProbability ?? 0) * 100);
    await element.getByText(`${percent}%`, { exact: true }).waitFor();
    await element.getByRole('button', { name: 'Accept' }).click();
    const review = await eventually(
      () => server.db.selectFrom('review').select(['verdict', 'reviewer', 'triageId']).executeTakeFirst(),
      (row) => row !== undefined,
    );
    expect(review).toEqual({ verdict: 'ACCEPTED', reviewer: 'local', triageId: stored?.id });
    await element.getByText('Accepted').first().waitFor();
    await page.locator('covid-triage-worklist').getByText('Demo', { exact: false }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows what changed while the server could not hear it', { timeout: 60_000 }, async () => {
    const { db } = server;
    const triage = await db.selectFrom('triage').select('id').executeTakeFirstOrThrow();
    const url = new URL(server.databaseUrl);
    const name = url.pathname.slice(1);
    url.pathname = '/postgres';
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    await admin.query(`alter database ${name} with allow_connections false`);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and query = 'listen triage_changed'`,
      [name],
    );
    await db
      .insertInto('review')
      .values({ triageId: triage.id, verdict: 'REJECTED', reviewer: 'somebody else' })
      .execute();
    await admin.query(`alter database ${name} with allow_connections true`);
    await admin.end();
    await page.locator('covid-triage').getByText('Rejected').first().waitFor({ timeout: 30_000 });
  });
});
