import type { AddressInfo } from 'node:net';
import { runMigrations } from 'graphile-worker';
import type { Config } from './config.js';
import { createDatabase, isPassing, oneAtATime } from './database/connection.js';
import { migrateToLatest } from './database/migrator.js';
import type { Db } from './database/types.js';
import { createDecodePool, type DecodePool } from './dicom/decode-pool.js';
import { DomainError } from './errors.js';
import { createApp } from './http/app.js';
import { loadCtModel } from './inference/slices/manifest.js';
import { loadModel, type ModelManifest } from './inference/manifest.js';
import { defaultModelFolder, servedFolder } from './inference/models.js';
import { createInferenceService } from './inference/service.js';
import type { EngineInfo } from './inference/types.js';
import { createIntake, type Intake } from './intake/intake.js';
import { removeOrphans } from './intake/orphans.js';
import type { Logger } from './log.js';
import { openFileStore, type ObjectStore } from './objects/file-store.js';
import { listenToChanges } from './triage/changes.js';
import { registerModel } from './triage/model.repository.js';
import { createTriageService } from './triage/triage.service.js';
import { startTriageWorker } from './triage/worker.js';

/** Something started that can be stopped; `stop` lets what is running finish, within the grace of the settings. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Brings the tables of the queue and ours to this version. Processes that start together do it one after the other:
 * the queue's own migrations do not lock each other out.
 *
 * @throws DomainError DATABASE_UNREACHABLE, retryable, when no PostgreSQL answers
 */
export async function migrate(db: Db, databaseUrl: string): Promise<string[]> {
  return oneAtATime(databaseUrl, 'migrate', async () => {
    await runMigrations({ connectionString: databaseUrl });
    return migrateToLatest(db);
  }).catch((cause: unknown) => {
    if (!isPassing(cause)) throw cause;
    const { hostname, port } = new URL(databaseUrl);
    const reason = cause instanceof Error ? cause.message : '';
    const message = `no PostgreSQL can be used at ${hostname}:${port || 5432} (${reason}): see DATABASE_URL`;
    throw new DomainError('DATABASE_UNREACHABLE', message, { cause, http: 503, retryable: true });
  });
}

/** The pool of one process. */
export function openDatabase(config: Config, databaseUrl: string, log: Logger): Db {
  return createDatabase(databaseUrl, {
    poolSize: config.databasePoolSize,
    statementTimeoutMs: config.statementTimeoutMs,
    onLost: () => log.warn('lost an idle connection to PostgreSQL'),
  });
}

/** @throws DomainError CONFIG_INVALID for a store that this version does not have */
export function openObjects(config: Config): Promise<ObjectStore> {
  if (!config.objectStore.startsWith('file:')) {
    throw new DomainError(
      'CONFIG_INVALID',
      'OBJECT_STORE: this version stores objects in folders (file:<folder>)',
    );
  }
  return openFileStore(config.objectStore.slice('file:'.length));
}

/** The one way in for every object. */
export function openIntake(
  config: Config,
  db: Db,
  objects: ObjectStore,
  decoder: DecodePool,
  log: Logger,
): Intake {
  const { maxObjectBytes, autoTriage, autoTriageQuietSeconds } = config;
  const quiet = autoTriage ? autoTriageQuietSeconds : null;
  return createIntake({
    db,
    objects,
    pixelDigest: decoder.pixelDigest,
    log,
    maxObjectBytes,
    autoTriageQuietSeconds: quiet,
    timeZone: config.clinicTimeZone,
  });
}

/** The folders of the served models: there is always one for X-rays. */
async function servedFolders({ modelDir }: Config): Promise<{ xray: string; ct: string | null }> {
  return {
    xray: await defaultModelFolder('cxr-triage', modelDir),
    ct: await servedFolder('ct-triage', modelDir),
  };
}

/**
 * Starts the HTTP server: API, DICOMweb, elements, viewer. The tables are brought up to date first.
 *
 * @throws DomainError CONFIG_INVALID when the address cannot be listened on
 */
export async function startServer(
  config: Config,
  databaseUrl: string,
  log: Logger,
): Promise<Running & { url: string }> {
  const db = openDatabase(config, databaseUrl, log);
  await migrate(db, databaseUrl);
  const folders = await servedFolders(config);
  const model = await loadModel(folders.xray);
  await registerModel(db, model);
  if (folders.ct !== null) await registerModel(db, await loadCtModel(folders.ct));
  const objects = await openObjects(config);
  const decoder = createDecodePool({ size: config.decodeWorkers, deadlineMs: config.decodeDeadlineMs });
  const changes = await listenToChanges(databaseUrl, log);
  const triage = createTriageService(db);
  const intake = openIntake(config, db, objects, decoder, log);
  const orphans = removeOrphans(db, objects, log);
  const app = await createApp({ config, db, objects, decoder, intake, triage, model, changes, log });
  const close = async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), config.shutdownGraceSeconds * 1000);
    await app.close();
    clearTimeout(timer);
    await changes.close();
    await decoder.close();
    await orphans;
    await db.destroy();
  };
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await close();
    throw addressProblem(error, config);
  }
  const { port } = app.server.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  log.info('listening', { port });
  return { url, stop: close };
}

function addressProblem(error: unknown, { host, port }: Config): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    EADDRINUSE: 'is in use: stop what listens there or set PORT',
    EACCES: 'may not be used by this account: set PORT above 1023',
    EADDRNOTAVAIL: 'is no address of this machine: set HOST',
  };
  const reason = reasons[code ?? ''];
  if (reason === undefined) return error;
  return new DomainError('CONFIG_INVALID', `${host}:${port} ${reason}.`, { cause: error });
}

/** Starts a worker: engine warm, then triages are taken from the queue. */
export async function startWorker(
  config: Config,
  databaseUrl: string,
  log: Logger,
): Promise<Running & { engine: EngineInfo; model: ModelManifest }> {
  // First, since it is what most often cannot be had: nothing has to be closed again then.
  const folders = await servedFolders(config);
  const inference = await createInferenceService({
    engine: config.engine,
    modelDir: folders.xray,
    ctModelDir: folders.ct,
    batchSize: config.batchSize,
    batchWaitMs: config.batchWaitMs,
  });
  const db = openDatabase(config, databaseUrl, log);
  await migrate(db, databaseUrl);
  const objects = await openObjects(config);
  const decoder = createDecodePool({ size: config.decodeWorkers, deadlineMs: config.decodeDeadlineMs });
  await registerModel(db, inference.loaded);
  if (inference.ct !== null) await registerModel(db, inference.ct);
  const worker = await startTriageWorker({
    db,
    objects,
    decoder,
    inference,
    log,
    service: createTriageService(db),
    databaseUrl,
    concurrency: config.workerConcurrency,
  });
  const engine = inference.describe();
  const modelIds = [inference.model.id, ...(inference.ct === null ? [] : [inference.ct.manifest.id])];
  log.info('taking triages', { engine: engine.name, device: engine.device, modelId: modelIds.join(', ') });
  return {
    engine,
    model: inference.model,
    stop: async () => {
      await worker.stop();
      await inference.close();
      await decoder.close();
      await db.destroy();
    },
  };
}
