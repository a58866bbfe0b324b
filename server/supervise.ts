import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from './log.js';
import type { Running } from './main.js';

export interface SupervisedProcess {
  entry: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Longest wait for it to end when asked to, milliseconds. */
  graceMs: number;
  log: Logger;
  /** Called with every message it sends over IPC. */
  onMessage(message: unknown): void;
  /** Called when it ended because of its settings (exit 2): it is not started again. */
  onUnusable(): void;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
const steadyMs = 60_000;
const unusableExit = 2;

/**
 * Keeps a child process running: one that ends is started again, at once the first time and with growing pauses
 * when it keeps ending. One that cannot work as it is set is left alone.
 */
export function keepRunning(supervised: SupervisedProcess): Running {
  const { entry, args, env, graceMs, log, onMessage, onUnusable } = supervised;
  let stopping = false;
  let pause = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let child = start();

  function start(): ChildProcess {
    const since = Date.now();
    const started = fork(entry, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    started.on('message', onMessage);
    started.on('exit', (code, signal) => {
      if (stopping) return;
      if (code === unusableExit) {
        onUnusable();
        return;
      }
      if (Date.now() - since > steadyMs) pause = firstPauseMs;
      const status = signal ?? `exit ${code}`;
      log.error('a process ended; it is started again', {
        component: args[0] ?? '',
        status,
        durationMs: pause,
      });
      timer = setTimeout(() => {
        child = start();
      }, pause);
      pause = Math.min(pause * 2, longestPauseMs);
    });
    return started;
  }

  return {
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(force);
    },
  };
}
