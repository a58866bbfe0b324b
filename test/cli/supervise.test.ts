import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../server/log.js';
import type { Running } from '../../server/main.js';
import { projectRoot } from '../../server/runtime.js';
import { keepRunning } from '../../server/supervise.js';
import { eventually } from '../support/server.js';

// Real processes; they only give signs of life.
describe('the supervisor', () => {
  let running: Running | null = null;
  const pids: number[] = [];
  const lines: string[] = [];

  const start = () => {
    running = keepRunning({
      entry: join(projectRoot(), 'test/support/signing.child.mjs'),
      args: ['worker'],
      env: process.env,
      graceMs: 5_000,
      silenceMs: 5_000,
      log: createLogger('info', { write: (line) => void lines.push(line) }),
      onMessage: (message) => void pids.push((message as { pid: number }).pid),
      onUnusable: () => undefined,
    });
  };
  const started = (count: number) =>
    eventually(
      async () => pids.length,
      (length) => length >= count,
      60_000,
    );
  const lives = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  afterEach(async () => {
    await running?.stop();
    pids.splice(0);
    lines.splice(0);
  });

  it('replaces a process that hangs', { timeout: 90_000 }, async () => {
    start();
    await started(1);
    const hung = pids[0] ?? 0;
    process.kill(hung, 'SIGSTOP');
    await started(2);
    expect(lives(hung)).toBe(false);
    expect(lives(pids[1] ?? 0)).toBe(true);
    expect(lines.join('')).toContain('no sign of life');
  });

  it('leaves a process alone that gives signs, also after the supervisor itself has slept', async () => {
    start();
    await started(1);
    // Longer than the silence: nothing that was sent is read meanwhile.
    const until = Date.now() + 7_000;
    while (Date.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(pids).toHaveLength(1);
    expect(lives(pids[0] ?? 0)).toBe(true);
    expect(lines).toEqual([]);
  });
});
