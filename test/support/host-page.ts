import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { projectRoot } from '../../server/runtime.js';

const host = 'https://viewer.example';
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; base-uri 'none'";
export const elementModule = readFileSync(join(projectRoot(), 'dist/component/covid-triage.js'), 'utf8');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const eventNames = ['ready', 'requested', 'changed', 'reviewed', 'open-study', 'auth-required', 'error'];

/**
 * A page of a host viewer under a strict Content-Security-Policy, anew for each test of the file that calls this.
 * Real: the built module and the browser. Not real: the server, whose answers `respond` gives. A test fails when the
 * page throws or breaks the policy.
 */
export class HostPage {
  private browser: Browser | null = null;
  private opened: Page | null = null;
  private complaints: string[] = [];
  sent: { query: string; variables: Record<string, string> }[] = [];
  /** Null: the server cannot be reached. */
  respond: (variables: Record<string, string>, query: string) => Promise<object | null> = async () => ({});

  constructor() {
    beforeAll(async () => {
      this.browser = await playwright.launch({
        executablePath: await chromium.executablePath(),
        args: ['--no-sandbox'],
      });
    });
    afterAll(() => this.browser?.close());
    beforeEach(() => this.open());
    afterEach(async () => {
      expect(this.complaints).toEqual([]);
      await this.opened?.close();
    });
  }

  get page(): Page {
    if (this.opened === null) throw new Error('the page is opened before each test');
    return this.opened;
  }

  private async open(): Promise<void> {
    const page = await this.browser?.newPage({ viewport: { width: 340, height: 900 }, locale: 'en-GB' });
    if (!page) throw new Error('the browser did not start');
    this.opened = page;
    this.complaints = [];
    this.sent = [];
    this.respond = async () => ({ data: { patient: null, study: null } });
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    await page.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const headers = { 'content-security-policy': policy };
      const body = `<!doctype html><html lang="en"><head><title>Host</title><script type="module" src="/component/covid-triage.js"></script></head><body><main><h1>Record</h1></main></body></html>`;
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body, headers });
      if (pathname === '/component/covid-triage.js')
        return route.fulfill({ contentType: 'text/javascript', body: elementModule });
      if (pathname !== '/graphql') return route.fulfill({ status: 404, body: '' });
      const request = route.request().postDataJSON() as (typeof this.sent)[number];
      this.sent.push({ query: request.query, variables: request.variables });
      const answer = await this.respond(request.variables, request.query);
      if (answer === null) return route.abort('connectionrefused');
      return route
        .fulfill({ contentType: 'application/json', body: JSON.stringify(answer) })
        .catch(() => undefined);
    });
    await page.goto(`${host}/`);
    await page.waitForFunction(() => customElements.get('covid-triage') !== undefined);
  }

  /** Puts one `<covid-triage>` on the page and notes its events. */
  show(attributes: Record<string, string>, results: object | null = null): Promise<void> {
    return this.page.evaluate(
      ([attributeList, given, names]) => {
        const element = document.createElement('covid-triage') as HTMLElement & { results: unknown };
        for (const [name, value] of Object.entries(attributeList)) element.setAttribute(name, value);
        if (given !== null) element.results = given;
        const events: string[] = ((window as unknown as { events: string[] }).events = []);
        for (const name of names) {
          document.addEventListener(`covid-triage-${name}`, (event) =>
            events.push(`${name} ${JSON.stringify((event as CustomEvent).detail)}`),
          );
        }
        document.querySelector('main')?.replaceChildren(element);
      },
      [attributes, results, eventNames] as const,
    );
  }

  /** Events since `show`, each as its name and detail. */
  events(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as { events: string[] }).events);
  }

  /** What a reader sees in `<covid-triage>`. */
  text(): Promise<string> {
    return this.page.locator('covid-triage section').innerText();
  }

  /** What axe finds wrong inside elements of a name. */
  async violations(element = 'covid-triage'): Promise<string[]> {
    await this.page.evaluate(axe);
    return this.page.evaluate(async (name) => {
      const { axe: engine } = window as unknown as {
        axe: { run(context: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await engine.run({ include: [[name]] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    }, element);
  }
}
