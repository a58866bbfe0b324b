import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../errors.js';
import { projectRoot } from '../runtime.js';
import { manifestSchema, type ModelManifest } from './manifest.js';

/** Every model under a folder laid out as `<id>/<version>/manifest.json`, newest version first. */
export async function listModels(root = join(projectRoot(), 'models')) {
  const found: { folder: string; manifest: ModelManifest }[] = [];
  for (const id of await readdir(root).catch(() => [])) {
    for (const version of await readdir(join(root, id)).catch(() => [])) {
      const folder = join(root, id, version);
      const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null);
      if (text !== null) found.push({ folder, manifest: manifestSchema.parse(JSON.parse(text)) });
    }
  }
  const collator = new Intl.Collator('en', { numeric: true });
  return found.sort((a, b) => collator.compare(b.manifest.version, a.manifest.version));
}

/**
 * The folder of the newest model for a task; a `root` that is a model itself is taken as it is.
 *
 * @throws DomainError MODEL_NOT_FOUND when no model has the task
 */
export async function defaultModelFolder(task: ModelManifest['task'], root?: string): Promise<string> {
  if (root !== undefined && existsSync(join(root, 'manifest.json'))) return root;
  const model = (await listModels(root)).find(({ manifest }) => manifest.task === task);
  if (!model) {
    throw new DomainError('MODEL_NOT_FOUND', `no model for ${task} in ${root ?? 'the models folder'}`);
  }
  return model.folder;
}
