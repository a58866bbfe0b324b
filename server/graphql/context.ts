import type { Db } from '../database/types.js';
import type { LoadedModel } from '../inference/manifest.js';
import type { EngineInfo } from '../inference/types.js';
import type { Changes } from '../triage/changes.js';
import type { TriageService } from '../triage/triage.service.js';
import { createLoaders, type Loaders } from './loaders.js';

/** What the API is made of; the same for all requests. */
export interface ApiParts {
  db: Db;
  triage: TriageService;
  model: LoadedModel;
  engine: () => EngineInfo;
  changes: Changes;
}

/** One request. */
export interface RequestContext extends ApiParts {
  loaders: Loaders;
  requestId: string;
}

export function createContext(parts: ApiParts, requestId: string): RequestContext {
  return { ...parts, requestId, loaders: createLoaders(parts.db) };
}
