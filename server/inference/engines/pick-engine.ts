import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import { DomainError } from '../../errors.js';
import { loadTensorFlow } from '../tensorflow.js';
import type { Engine } from '../types.js';
import { createLayersEngine } from './layers-engine.js';

/** What `ENGINE` accepts. */
export type EngineChoice = 'auto' | 'tensorflow' | 'webgpu' | 'wasm';

function processor(): string {
  return cpus()[0]?.model.trim() || process.arch;
}

function tensorFlowEngine(reason: string): Engine {
  const tf = loadTensorFlow();
  const backend = tf.backend() as unknown as {
    isUsingGpuDevice?: boolean;
    binding?: { TF_Version?: string };
  };
  const gpu = backend.isUsingGpuDevice === true;
  return createLayersEngine(tf, {
    name: 'tensorflow',
    device: gpu ? 'CUDA GPU' : processor(),
    version: backend.binding?.TF_Version ?? 'unknown',
    gpu,
    reason,
  });
}

/** The backend is set up once, however many engines run on it. */
let wasmBackend: Promise<Awaited<ReturnType<typeof startWasm>>> | null = null;

async function startWasm() {
  const core = await import('@tensorflow/tfjs-core');
  const layers = await import('@tensorflow/tfjs-layers');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(entry)}/`);
  await core.setBackend('wasm');
  await core.ready();
  return { tf: { ...core, loadLayersModel: layers.loadLayersModel }, version: wasm.version_wasm };
}

async function wasmEngine(reason: string): Promise<Engine> {
  const { tf, version } = await (wasmBackend ??= startWasm());
  return createLayersEngine(tf, { name: 'wasm', device: processor(), version, gpu: false, reason });
}

/**
 * Picks the engine: native TensorFlow where it is installed, else WebAssembly, which is always there.
 *
 * @throws DomainError ENGINE_NOT_AVAILABLE when the forced engine is not there, with how to get it
 */
export async function pickEngine(choice: EngineChoice): Promise<Engine> {
  switch (choice) {
    case 'wasm':
      return wasmEngine('forced');
    case 'tensorflow':
      return tensorFlowEngine('forced');
    case 'webgpu':
      throw new DomainError(
        'ENGINE_NOT_AVAILABLE',
        'this version has no WebGPU engine. Set ENGINE to auto, tensorflow (`npm run setup:tensorflow`) or wasm.',
      );
    case 'auto':
      try {
        return tensorFlowEngine('the TensorFlow engine is installed');
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'ENGINE_NOT_AVAILABLE') throw error;
        return wasmEngine(error.message);
      }
  }
}
