import { parentPort, workerData } from 'node:worker_threads';
import { DomainError } from '../errors.js';
import { pickEngine } from './engines/pick-engine.js';
import { loadModel, type LoadedModel } from './manifest.js';
import type { Engine } from './types.js';
import type { Problem, Reply, Request, WorkerSettings } from './worker-messages.js';

const port = parentPort;
if (port === null) throw new Error('inference.worker runs as a worker thread');
const settings = workerData as WorkerSettings;
const send = (reply: Reply) => {
  port.postMessage(reply);
};

function problemOf(error: unknown): Problem {
  if (error instanceof DomainError) {
    return { code: error.code, message: error.message, retryable: error.retryable };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'INFERENCE_FAILED', message: `the inference failed: ${reason}`, retryable: true };
}

/** Images per second of the engine alone, on inputs made beforehand. */
async function benchmark(engine: Engine, model: LoadedModel, images: number): Promise<number> {
  const { width, height, channels, range } = model.manifest.input;
  const [low, high] = range;
  const input = Float32Array.from(
    { length: width * height * channels },
    (_, i) => low + ((high - low) * ((i * 7919) % 256)) / 255,
  );
  const batch = new Array<Float32Array>(settings.batchSize).fill(input);
  const rounds = Math.max(1, Math.ceil(images / settings.batchSize));
  const start = performance.now();
  for (let i = 0; i < rounds; i++) await engine.infer(batch);
  return (rounds * settings.batchSize * 1000) / (performance.now() - start);
}

/** What the thread computes with: an engine for each model, on the same copy of TensorFlow.js. */
interface Loaded {
  model: LoadedModel;
  xray: Engine;
  ct: Engine | null;
}

async function start(): Promise<Loaded> {
  const { modelDir, ctModelDir, batchSize } = settings;
  const ready = async (folder: string) => {
    const engine = await pickEngine(settings.engine);
    await engine.load(folder);
    await engine.warmUp([...new Set([1, batchSize])]);
    return engine;
  };
  return {
    model: await loadModel(modelDir),
    xray: await ready(modelDir),
    ct: ctModelDir === null ? null : await ready(ctModelDir),
  };
}

async function answer({ model, xray, ct }: Loaded, request: Request): Promise<Reply> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'infer': {
        const start = performance.now();
        const engine = request.task === 'ct-triage' ? ct : xray;
        if (engine === null)
          throw new DomainError('MODEL_NOT_FOUND', `no model for ${request.task} is loaded`);
        const outputs = await engine.infer(request.inputs);
        return { kind: 'inferred', id, outputs, inferenceMs: performance.now() - start };
      }
      case 'benchmark':
        return { kind: 'measured', id, value: await benchmark(xray, model, request.images) };
      case 'tensors':
        return { kind: 'measured', id, value: xray.tensorCount() };
    }
  } catch (error) {
    return { kind: 'failed', id, problem: problemOf(error) };
  }
}

try {
  const loaded = await start();
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    // One after the other: engines keep no queue of their own, and a benchmark must not be disturbed.
    last = last.then(async () => {
      send(await answer(loaded, request));
    });
  });
  send({ kind: 'ready', info: loaded.xray.describe() });
} catch (error) {
  send({ kind: 'unusable', problem: problemOf(error) });
  port.close();
}
