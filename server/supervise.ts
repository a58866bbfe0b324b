import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from './log.js';
import type { Running } from './main.js';

export interface SupervisedProcess {
  entry: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Longest wait for it to end when asked to, milliseconds. */
  graceMs: number;
  /** Longest silence of a process that has shown life, milliseconds: then it is taken for hung. */
  silenceMs: number;
  log: Logger;
  /** Called with every message it sends over IPC but its signs of life. */
  onMessage(message: unknown): void;
  /** Called when it ended because of its settings (exit 2): it is not started again. */
  onUnusable(): void;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
const steadyMs = 60_000;
const unusableExit = 2;
const signMs = 2_000;
const watchMs = 1_000;
/** How much longer the first sign may take: programs are read from slow disks. */
const startMs = 40_000;
const sign = 'alive';

/** Gives the supervisor of this process, where there is one, a sign of life now and every two seconds. */
export function giveSigns(): void {
  const give = () => {
    // What cannot be sent is of no use to anybody: the supervisor is gone.
    if (process.connected) process.send?.(sign, undefined, undefined, () => undefined);
  };
  give();
  setInterval(give, signMs).unref();
}

/**
 * Keeps a child process running: one that ends is started again, at once the first time and with growing pauses
 * when it keeps ending. One that hangs, and so gives no more signs of life, is killed. One that cannot work as it is
 * set is left alone.
 */
export function keepRunning(supervised: SupervisedProcess): Running {
  const { entry, args, env, graceMs, silenceMs, log, onMessage, onUnusable } = supervised;
  let stopping = false;
  let pause = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let child = start();

  function start(): ChildProcess {
    const since = Date.now();
    const started = fork(entry, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const watch = watchSigns(silenceMs, () => {
      log.error('a process gives no sign of life; it is killed', {
        component: args[0] ?? '',
        durationMs: silenceMs,
      });
      started.kill('SIGKILL');
    });
    started.on('message', (message) => {
      if (message === sign) watch.heard();
      else onMessage(message);
    });
    started.on('exit', (code, signal) => {
      watch.end();
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

/**
 * Calls `onSilent` once nothing was heard for so long. Only the time counts in which this process was awake: after
 * a suspended machine or a stopped process group, what was sent meanwhile has still to be read.
 */
function watchSigns(silenceMs: number, onSilent: () => void) {
  let silentMs = -startMs;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    silentMs += Math.min(now - last, 2 * watchMs);
    last = now;
    if (silentMs <= silenceMs) return;
    end();
    onSilent();
  }, watchMs);
  const end = () => clearInterval(timer);
  return {
    heard: () => {
      silentMs = 0;
    },
    end,
  };
}
