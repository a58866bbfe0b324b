import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DomainError } from './errors.js';
import { projectRoot } from './runtime.js';

const flag = (fallback: boolean) =>
  z
    .enum(['1', '0', 'on', 'off', 'true', 'false'])
    .transform((value) => value === '1' || value === 'on' || value === 'true')
    .default(fallback);

const whole = (low: number, high: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(low).max(high))
    .default(fallback);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  OBJECT_STORE: z
    .string()
    .regex(/^(file:.+|s3:\/\/.+)$/, 'must be file:<folder> or s3://<bucket>?endpoint=<url>')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535, 4000),
  DICOM_PORT: whole(0, 65_535, 11_112),
  DATA_DIR: z.string().min(1).default('data'),
  ENGINE: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm']).default('auto'),
  MODEL_DIR: z.string().min(1).default('models'),
  WORKER_CONCURRENCY: whole(1, 256, 16),
  BATCH_SIZE: whole(1, 256, 8),
  BATCH_WAIT_MS: whole(0, 10_000, 5),
  DECODE_WORKERS: whole(1, 64, 2),
  DECODE_DEADLINE_MS: whole(100, 600_000, 15_000),
  MAX_OBJECT_BYTES: whole(1024, Number.MAX_SAFE_INTEGER, 2 * 1024 ** 3),
  DATABASE_POOL_SIZE: whole(1, 200, 10),
  STATEMENT_TIMEOUT_MS: whole(100, 3_600_000, 30_000),
  AUTH_ALLOW_INSECURE: flag(false),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(
        z.string().regex(/^https?:\/\/[^/]+$/, 'must be origins like https://viewer.example, with commas'),
      ),
    )
    .default([]),
  AUTO_TRIAGE: flag(true),
  AUTO_TRIAGE_QUIET_SECONDS: whole(0, 86_400, 5),
  DEMO: flag(true),
  CLINIC_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be a time zone like Europe/Berlin or UTC')
    .default(() => new Intl.DateTimeFormat().resolvedOptions().timeZone),
  SHUTDOWN_GRACE_SECONDS: whole(0, 600, 10),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** Everything that can be set from outside, checked. Paths are absolute. */
export interface Config {
  /** Connection string of a real PostgreSQL; null starts the embedded one in `dataDir`. Secret. */
  readonly databaseUrl: string | null;
  /** `file:<absolute folder>` or `s3://bucket?endpoint=…`. */
  readonly objectStore: string;
  readonly host: string;
  readonly port: number;
  readonly dicomPort: number;
  readonly dataDir: string;
  readonly engine: 'auto' | 'tensorflow' | 'webgpu' | 'wasm';
  readonly modelDir: string;
  /** Triages a worker process has in hand at once: twice a batch, so that the next is decoded while one is judged. */
  readonly workerConcurrency: number;
  readonly batchSize: number;
  /** How long the engine waits for a batch to fill, milliseconds. */
  readonly batchWaitMs: number;
  readonly decodeWorkers: number;
  readonly decodeDeadlineMs: number;
  /** Largest DICOM object that is accepted, bytes. */
  readonly maxObjectBytes: number;
  readonly databasePoolSize: number;
  readonly statementTimeoutMs: number;
  readonly allowInsecure: boolean;
  /** Origins of other sites whose pages may call the API, for viewers that embed the elements. */
  readonly corsOrigins: readonly string[];
  readonly autoTriage: boolean;
  /** Seconds without a new instance after which a study counts as complete. */
  readonly autoTriageQuietSeconds: number;
  readonly demo: boolean;
  /** Of the IANA database: what image dates and times without a zone mean. */
  readonly clinicTimeZone: string;
  readonly shutdownGraceSeconds: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

/** The environment of a child process: this one's, with some settings of its own. */
export function childEnvironment(settings: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...settings };
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '::1' ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/**
 * Reads the environment once. Empty values count as not set.
 *
 * @throws DomainError CONFIG_INVALID naming every bad key with what is expected; values are never
 *   repeated, because a connection string holds a password
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const host = given.HOST ?? '127.0.0.1';
  const insecure = ['1', 'on', 'true'].includes(given.AUTH_ALLOW_INSECURE ?? '');
  if (!isLoopback(host) && !insecure) {
    problems.push(
      'HOST: only a loopback address is served without tokens; set AUTH_ALLOW_INSECURE=1 to override',
    );
  }
  if (!parsed.success || problems.length > 0) {
    throw new DomainError('CONFIG_INVALID', `Settings that cannot be used:\n  ${problems.join('\n  ')}`);
  }
  const values = parsed.data;
  const from = (path: string) => resolve(projectRoot(), path);
  const dataDir = from(values.DATA_DIR);
  const store = values.OBJECT_STORE ?? `file:${join(dataDir, 'objects')}`;
  return Object.freeze({
    databaseUrl: values.DATABASE_URL ?? null,
    objectStore: store.startsWith('file:') ? `file:${from(store.slice('file:'.length))}` : store,
    host: values.HOST,
    port: values.PORT,
    dicomPort: values.DICOM_PORT,
    dataDir,
    engine: values.ENGINE,
    modelDir: from(values.MODEL_DIR),
    workerConcurrency: values.WORKER_CONCURRENCY,
    batchSize: values.BATCH_SIZE,
    batchWaitMs: values.BATCH_WAIT_MS,
    decodeWorkers: values.DECODE_WORKERS,
    decodeDeadlineMs: values.DECODE_DEADLINE_MS,
    maxObjectBytes: values.MAX_OBJECT_BYTES,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    statementTimeoutMs: values.STATEMENT_TIMEOUT_MS,
    allowInsecure: values.AUTH_ALLOW_INSECURE,
    corsOrigins: values.CORS_ORIGINS,
    autoTriage: values.AUTO_TRIAGE,
    autoTriageQuietSeconds: values.AUTO_TRIAGE_QUIET_SECONDS,
    demo: values.DEMO,
    clinicTimeZone: values.CLINIC_TIME_ZONE,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
    logLevel: values.LOG_LEVEL,
  });
}
