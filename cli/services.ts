import { constants, setPriority } from 'node:os';
import { Command } from 'commander';

/** `serve`: the HTTP server alone. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Runs the HTTP server alone: API, DICOMweb, elements, viewer (workers run apart)')
    .option('--json', 'print the address as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { openPostgres, startServer, config, log } = await load();
      const { untilSignal } = await import('./until-signal.js');
      const postgres = await openPostgres(config, log);
      const server = await startServer(config, postgres.url, log).catch(async (error: unknown) => {
        await postgres.stop();
        throw error;
      });
      process.stdout.write(
        json ? `${JSON.stringify({ url: server.url })}\n` : `Listening on ${server.url}\n`,
      );
      process.send?.({ ready: true });
      await untilSignal();
      await server.stop();
      await postgres.stop();
    });
}

/** `worker`: takes triages from the queue. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Takes triages from the queue and computes them; start as many as there are machines')
    .option('--json', 'print engine and model as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { giveSigns } = await import('../server/supervise.js');
      giveSigns();
      const { openPostgres, startWorker, config, log } = await load();
      const { untilSignal } = await import('./until-signal.js');
      // Requests are answered first where both share a machine: a clinician waits for those.
      setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      const postgres = await openPostgres(config, log);
      const worker = await startWorker(config, postgres.url, log).catch(async (error: unknown) => {
        await postgres.stop();
        throw error;
      });
      const { engine, model } = worker;
      const ready = { engine, model: { id: model.id, version: model.version } };
      // A parent that started this process prints it for the user itself.
      if (process.send) process.send({ ready: true, ...ready });
      else {
        const text = `Engine ${engine.name} on ${engine.device}, model ${model.id} ${model.version}`;
        process.stdout.write(json ? `${JSON.stringify(ready)}\n` : `${text}\n`);
      }
      await untilSignal();
      await worker.stop();
      await postgres.stop();
      process.exit(0);
    });
}

/** `migrate`: brings the database to this version, or takes the newest change back. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Brings the database to this version; the server does the same when it starts')
    .option('--down', 'take the newest migration back (its data is lost)', false)
    .option('--status', 'list the migrations and change nothing', false)
    .option('--json', 'print JSON', false)
    .action(async (options: { down: boolean; status: boolean; json: boolean }) => {
      const { openPostgres, openDatabase, migrate, config, log } = await load();
      const { migrateDown, migrationStatus } = await import('../server/database/migrator.js');
      const postgres = await openPostgres(config, log);
      const db = openDatabase(config, postgres.url, log);
      try {
        if (!options.status) await (options.down ? migrateDown(db) : migrate(db, postgres.url));
        const status = await migrationStatus(db);
        const lines = status.map(
          ({ name, appliedAt }) => `${name}  ${appliedAt?.toISOString() ?? 'not applied'}`,
        );
        process.stdout.write(options.json ? `${JSON.stringify(status)}\n` : `${lines.join('\n')}\n`);
      } finally {
        await db.destroy();
        await postgres.stop();
      }
    });
}

async function load() {
  const [main, local, { loadConfig }, { createLogger }] = await Promise.all([
    import('../server/main.js'),
    import('../server/database/local.js'),
    import('../server/config.js'),
    import('../server/log.js'),
  ]);
  const config = loadConfig();
  return { ...main, ...local, config, log: createLogger(config.logLevel) };
}
