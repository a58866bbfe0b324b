import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { childEnvironment, loadConfig } from '../server/config.js';
import { createLogger } from '../server/log.js';
import type { EngineInfo } from '../server/inference/types.js';
import { untilSignal } from './until-signal.js';

const entry = fileURLToPath(new URL('./index.js', import.meta.url));

interface WorkerReady {
  engine: EngineInfo;
  model: { id: string; version: string };
}

/** `start`: everything on this machine. */
export function startCommand(): Command {
  return new Command('start')
    .description(
      'Runs everything on this machine: PostgreSQL, worker, HTTP server, demo patients at first start',
    )
    .action(start);
}

async function start(): Promise<void> {
  const [{ openPostgres }, { startServer }, { keepRunning }, { silenceSeconds }] = await Promise.all([
    import('../server/database/local.js'),
    import('../server/main.js'),
    import('../server/supervise.js'),
    import('../server/triage/worker.repository.js'),
  ]);
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const postgres = await openPostgres(config, log);
  const server = await startServer(config, postgres.url, log).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  say(`\n  Viewer   ${server.url}/viewer/`);
  say(`  GraphQL  ${server.url}/graphql`);
  say(`  DICOMweb ${server.url}/dicom-web`);
  const env = childEnvironment({ DATABASE_URL: postgres.url });
  let known = '';
  let giveUp: () => void = () => undefined;
  const unusable = new Promise<void>((resolve) => (giveUp = resolve)).then(() => {
    // The worker itself has said why.
    say('The worker cannot run with these settings.');
    process.exitCode = 2;
  });
  let stopping = false;
  const worker = keepRunning({
    entry,
    args: ['worker'],
    env,
    silenceMs: silenceSeconds * 1000,
    graceMs: (config.shutdownGraceSeconds + 5) * 1000,
    log,
    onMessage: (message) => {
      const { engine, model } = message as WorkerReady;
      const text = `  Engine   ${engine.name} ${engine.version} on ${engine.device} (${engine.reason})\n  Model    ${model.id} ${model.version}\n\n  Ctrl-C stops everything.`;
      // A worker that was restarted says the same again.
      if (text !== known) say(text);
      known = text;
    },
    onUnusable: giveUp,
  });
  const demo = config.demo
    ? fork(entry, ['import', '--demo', '--json'], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    : null;
  demo?.once('exit', (code, signal) => {
    if (code === 0) return;
    const status = signal ?? `exit ${code}`;
    if (!stopping) log.error('the demo patients were not all taken in; the next start goes on', { status });
  });
  await Promise.race([untilSignal(), unusable]);
  stopping = true;
  say('Stopping...');
  demo?.kill('SIGTERM');
  await Promise.all([worker.stop(), server.stop()]);
  await postgres.stop();
}
