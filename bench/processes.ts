import { readFile, readdir } from 'node:fs/promises';

/** One process of the system as Linux tells of it. */
interface ProcessState {
  command: string;
  /** Memory that is its own, bytes; pages shared with others are left out. */
  bytes: number;
  /** Processor time since it began, milliseconds, to 10 ms. */
  processorMs: number;
}

/** Processor time by what spends it, milliseconds. */
export interface ProcessorTime {
  worker: number;
  server: number;
  database: number;
}

/** Clock ticks of /proc/<pid>/stat in a second: the same on every Linux that Node runs on (proc(5), sysconf(3)). */
const ticksPerSecond = 100;

async function stateOf(pid: string): Promise<ProcessState & { parent: number }> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [status, stat, command] = await Promise.all([read('status'), read('stat'), read('cmdline')]);
  // The name, in brackets, may hold blanks; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return {
    command: command.replaceAll('\0', ' '),
    parent: Number(fields[1] ?? 0),
    bytes: Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
    processorMs: (ticks / ticksPerSecond) * 1000,
  };
}

/** A process and all below it. Empty where there is no /proc. */
async function processesBelow(root: number): Promise<ProcessState[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  const states = new Map(
    await Promise.all(pids.map(async (pid) => [Number(pid), await stateOf(pid)] as const)),
  );
  return [...states].flatMap(([pid, state]) => {
    let at: number | undefined = pid;
    while (at !== undefined && at !== 0 && at !== root) at = states.get(at)?.parent;
    return at === root ? [state] : [];
  });
}

/** Memory of a process and all below it that is theirs alone, bytes; PostgreSQL's shared pages are left out. */
export async function memoryBelow(root: number): Promise<number> {
  return (await processesBelow(root)).reduce((total, { bytes }) => total + bytes, 0);
}

/** Processor time of a process and all below it so far. */
export async function processorTimeBelow(root: number): Promise<ProcessorTime> {
  const time: ProcessorTime = { worker: 0, server: 0, database: 0 };
  for (const { command, processorMs } of await processesBelow(root)) {
    const kind = /postgres/.test(command) ? 'database' : / worker/.test(command) ? 'worker' : 'server';
    time[kind] += processorMs;
  }
  return time;
}
