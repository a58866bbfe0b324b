import type { Db } from '../database/types.js';
import type { LoadedModel } from '../inference/manifest.js';
import type { Logger } from '../log.js';
import type { Caller } from '../security/permissions.js';
import type { Changes } from '../triage/changes.js';
import type { TriageService } from '../triage/triage.service.js';
import { createLoaders, type Loaders } from './loaders.js';

/** What the API is made of; the same for all requests. */
export interface ApiParts {
  db: Db;
  triage: TriageService;
  model: LoadedModel;
  changes: Changes;
  log: Logger;
}

/** One request. */
export interface RequestContext extends ApiParts {
  loaders: Loaders;
  requestId: string;
  caller: Caller;
}

/**
 * What one request works with; what it logs bears its id.
 *
 * @param cache as in `createLoaders`
 */
export function createContext(
  parts: ApiParts,
  requestId: string,
  caller: Caller,
  cache = true,
): RequestContext {
  const log = parts.log.child({ requestId });
  return { ...parts, log, requestId, caller, loaders: createLoaders(parts.db, cache) };
}
