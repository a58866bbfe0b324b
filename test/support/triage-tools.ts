import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDecodePool } from '../../server/dicom/decode-pool.js';
import { createInferenceService, type InferenceOptions } from '../../server/inference/service.js';
import { createLogger } from '../../server/log.js';
import { openObjects } from '../../server/main.js';
import { createTriageService } from '../../server/triage/triage.service.js';
import type { TriageTools } from '../../server/triage/triage.task.js';
import { createTestServer, type TestServer } from './server.js';
import { writeTinyCtModel, writeTinyModel } from './tiny-model.js';

/** A server without a worker, and what a worker would compute with: real, with a tiny model that accepts everything. */
export interface TriageBench {
  server: TestServer;
  tools: TriageTools;
  /** The same tools with another inference service, which the caller closes. */
  withInference(settings: Partial<InferenceOptions>): Promise<TriageTools>;
  close(): Promise<void>;
}

/** @param options `ct` for a CT model as well, none unless told */
export async function createTriageBench({ ct = false } = {}): Promise<TriageBench> {
  const folder = await mkdtemp(join(tmpdir(), 'covid-triage-bench-'));
  const modelDir = await writeTinyModel(join(folder, 'tiny/0.0.1'));
  const ctModelDir = ct ? await writeTinyCtModel(join(folder, 'tiny-ct/0.0.1')) : null;
  const server = await createTestServer({ env: { MODEL_DIR: folder } });
  const inferenceWith = (settings: Partial<InferenceOptions> = {}) =>
    createInferenceService({
      ...{ engine: 'wasm', modelDir, ctModelDir, batchSize: 4, batchWaitMs: 0 },
      ...settings,
    });
  const decoder = createDecodePool({ size: 2, deadlineMs: 15_000 });
  const inference = await inferenceWith();
  const tools: TriageTools = {
    db: server.db,
    objects: await openObjects(server.config),
    decoder,
    inference,
    service: createTriageService(server.db),
    log: createLogger('silent'),
    workerId: 'the-worker',
  };
  return {
    server,
    tools,
    withInference: async (settings) => ({ ...tools, inference: await inferenceWith(settings) }),
    close: async () => {
      await inference.close();
      await decoder.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
