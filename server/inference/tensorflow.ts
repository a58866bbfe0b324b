import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import nodeUtil from 'node:util';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { DomainError } from '../errors.js';
import { projectRoot } from '../runtime.js';

/** The namespace of @tensorflow/tfjs-node-gpu: TensorFlow.js bound to native TensorFlow. */
export type TensorFlow = typeof Core & typeof Layers;

/**
 * Keeps TensorFlow's start banner out of the output; a level that the operator has set stays.
 * Native code reads the process's environment, which a worker thread cannot change: call it in the main thread.
 */
export function quietTensorFlow(): void {
  // eslint-disable-next-line no-restricted-properties -- set for the native library, not read as configuration
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
}

/**
 * Loads native TensorFlow: the optional package if its own download worked, else the one that
 * `npm run setup:tensorflow` built. It brings its own TensorFlow.js, so nothing else of TensorFlow.js may be
 * imported by the thread that calls this.
 *
 * @throws DomainError ENGINE_NOT_AVAILABLE when neither is there
 */
export function loadTensorFlow(): TensorFlow {
  quietTensorFlow();
  // Node 23 removed this helper, which tfjs-node still calls.
  const util = nodeUtil as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const reasons = new Set<string>();
  for (const base of [projectRoot(), join(projectRoot(), '.engine')]) {
    try {
      const tf = createRequire(join(base, 'package.json'))('@tensorflow/tfjs-node-gpu') as TensorFlow;
      return tf;
    } catch (error) {
      reasons.add(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  throw new DomainError(
    'ENGINE_NOT_AVAILABLE',
    `the TensorFlow engine is not installed (${[...reasons].join('; ')}). Run \`npm run setup:tensorflow\`.`,
  );
}
