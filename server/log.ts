import { pino, type DestinationStream } from 'pino';
import type { Config } from './config.js';

/**
 * Fields a log line may carry. What is not here cannot be logged, so that no patient name, birth
 * date, Patient ID or free text leaks through a careless call; UIDs and our own ids may.
 */
export interface LogFields {
  requestId?: string | null;
  component?: string;
  triageId?: string;
  jobId?: string;
  workerId?: string;
  studyInstanceUid?: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
  modelId?: string;
  modelVersion?: string;
  engine?: string;
  device?: string;
  code?: string;
  status?: string;
  source?: string;
  method?: string;
  route?: string;
  url?: string;
  operation?: string;
  httpStatus?: number;
  durationMs?: number;
  count?: number;
  bytes?: number;
  attempt?: number;
  port?: number;
  pid?: number;
  signal?: string;
  /** Logged as name, code and stack; its message must hold no patient data. */
  error?: unknown;
}

const ALLOWED: ReadonlySet<string> = new Set<keyof LogFields>([
  ...(['requestId', 'component', 'triageId', 'jobId', 'workerId', 'studyInstanceUid'] as const),
  ...(['seriesInstanceUid', 'sopInstanceUid', 'modelId', 'modelVersion', 'engine', 'device'] as const),
  ...(['code', 'status', 'source', 'method', 'route', 'url', 'operation', 'httpStatus'] as const),
  ...(['durationMs', 'count', 'bytes', 'attempt', 'port', 'pid', 'signal', 'error'] as const),
]);

/** A structured logger; messages are constant sentences, what varies goes into the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line, for example the request's id. */
  child(fields: LogFields): Logger;
}

interface Sink {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Sink;
}

function allowed(fields: LogFields = {}): object {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (!ALLOWED.has(key) || value === undefined) continue;
    kept[key] = key === 'error' ? describeError(value) : value;
  }
  return kept;
}

// A database error's own fields (detail, where, parameters) quote row values, so only these are kept.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  return { name: error.name, code, message: error.message, stack: error.stack };
}

function wrap(sink: Sink): Logger {
  return {
    debug: (message, fields) => sink.debug(allowed(fields), message),
    info: (message, fields) => sink.info(allowed(fields), message),
    warn: (message, fields) => sink.warn(allowed(fields), message),
    error: (message, fields) => sink.error(allowed(fields), message),
    child: (fields) => wrap(sink.child(allowed(fields))),
  };
}

/**
 * Creates the process's logger: one JSON object a line on standard error, so that standard output
 * stays free for a command's own answer.
 *
 * @param destination where lines go instead; tests read them
 */
export function createLogger(level: Config['logLevel'], destination?: DestinationStream): Logger {
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  return wrap(pino(options, destination ?? pino.destination(2)));
}
