import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';

/** The layers format on disk: model.json with its weights in weights.bin beside it. */
interface ModelJson {
  modelTopology: object;
  weightsManifest: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
}

/** Reads a TensorFlow.js layers model from a folder, for any copy of TensorFlow.js. */
export function folderHandler(folder: string): io.IOHandler {
  return {
    load: async () => {
      const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as ModelJson;
      const parts = await Promise.all(
        json.weightsManifest.flatMap(({ paths }) => paths.map((path) => readFile(join(folder, path)))),
      );
      const bytes = Buffer.concat(parts);
      return {
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
        weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      };
    },
  };
}
