import { SingleBar } from 'cli-progress';

/** Where a long job stands: a bar on a terminal, a plain line now and then otherwise. Written to standard error. */
export interface Progress {
  stage(name: string, total: number): (done: number, note?: string) => void;
  line(text: string): void;
}

/** Progress on standard error: bars on a terminal, else a line for each stage and now and then. */
export function createProgress(): Progress {
  const terminal = process.stderr.isTTY;
  return {
    line: (text) => process.stderr.write(`${text}\n`),
    stage: (name, total) => {
      const started = Date.now();
      if (terminal) {
        const bar = new SingleBar({
          format: `${name} {bar} {value}/{total} {eta_formatted} {note}`,
          stopOnComplete: true,
        });
        bar.start(total, 0, { note: '' });
        return (done, note = '') => bar.update(done, { note });
      }
      let next = 0;
      return (done, note = '') => {
        if (done < next && done < total) return;
        next = done + total / 10;
        const left = ((Date.now() - started) / Math.max(1, done)) * (total - done);
        process.stderr.write(`${name} ${done}/${total}, ${Math.round(left / 1000)} s left ${note}\n`);
      };
    },
  };
}
