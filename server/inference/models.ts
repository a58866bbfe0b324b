import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DomainError } from '../errors.js';
import { projectRoot } from '../runtime.js';
import { ctManifestSchema } from './slices/manifest.js';
import { manifestSchema, readModelFolder, type ModelFolder } from './manifest.js';

/** The manifest of a model of any task. */
export const anyManifestSchema = z.discriminatedUnion('task', [manifestSchema, ctManifestSchema]);
export type AnyManifest = z.infer<typeof anyManifestSchema>;
/** What a model is for. */
export type Task = AnyManifest['task'];

/** What is kept of a served model of any task. */
export type AnyModel = ModelFolder<Pick<AnyManifest, 'id' | 'version' | 'task' | 'labels'>>;

/**
 * Reads the folder of a model of any task and checks every file against its digest.
 *
 * @throws DomainError MODEL_NOT_FOUND without a manifest, MODEL_INVALID when a file is missing or not as digested
 */
export function readAnyModel(folder: string): Promise<ModelFolder<AnyManifest>> {
  return readModelFolder(folder, anyManifestSchema);
}

/** Every model under a folder laid out as `<id>/<version>/manifest.json`, newest version first. */
export async function listModels(root = join(projectRoot(), 'models')) {
  const found: { folder: string; manifest: AnyManifest }[] = [];
  for (const id of await readdir(root).catch(() => [])) {
    for (const version of await readdir(join(root, id)).catch(() => [])) {
      const folder = join(root, id, version);
      const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null);
      if (text !== null) found.push({ folder, manifest: anyManifestSchema.parse(JSON.parse(text)) });
    }
  }
  const collator = new Intl.Collator('en', { numeric: true });
  return found.sort((a, b) => collator.compare(b.manifest.version, a.manifest.version));
}

const activeFile = 'active.json';

const activeSchema = z.record(z.string(), z.object({ id: z.string(), version: z.string() }));
/** The chosen model of each task. */
export type ActiveModels = z.infer<typeof activeSchema>;

/**
 * What `models activate` chose, from active.json beside the models; empty when nothing was chosen.
 *
 * @throws DomainError MODEL_INVALID when the file cannot be understood
 */
export async function activeModels(root = join(projectRoot(), 'models')): Promise<ActiveModels> {
  const file = join(root, activeFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return {};
  try {
    return activeSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DomainError('MODEL_INVALID', `${file} is damaged: delete it and choose again`, { cause });
  }
}

/**
 * Makes a model the one that is served for its task, from the next start of server and worker on. The file is
 * replaced whole, so that a start meanwhile reads the old choice or the new one.
 *
 * @throws DomainError MODEL_INVALID when the choice made before cannot be understood
 */
export async function activateModel(
  root: string,
  { task, id, version }: Pick<AnyManifest, 'task' | 'id' | 'version'>,
): Promise<void> {
  const chosen = { ...(await activeModels(root)), [task]: { id, version } };
  const temporary = join(root, `.${activeFile}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(chosen, null, 2)}\n`);
  await rename(temporary, join(root, activeFile));
}

/**
 * The folder of the model that is served for a task: the one that was activated, else the newest; a `root` that is a
 * model itself is taken if it has the task.
 *
 * @returns null when no model has the task
 * @throws DomainError MODEL_NOT_FOUND when the activated one is gone; MODEL_INVALID when active.json cannot be
 *   understood
 */
export async function servedFolder(task: Task, root?: string): Promise<string | null> {
  if (root !== undefined && existsSync(join(root, 'manifest.json'))) {
    return (await readAnyModel(root)).manifest.task === task ? root : null;
  }
  const models = (await listModels(root)).filter(({ manifest }) => manifest.task === task);
  const chosen = (await activeModels(root))[task];
  if (chosen === undefined) return models[0]?.folder ?? null;
  const { id, version } = chosen;
  const model = models.find(({ manifest }) => manifest.id === id && manifest.version === version);
  if (model) return model.folder;
  // Another model in its place would judge patients without anyone having decided so.
  throw new DomainError(
    'MODEL_NOT_FOUND',
    `${id} ${version} is activated for ${task}, but not there: restore it, or choose with \`models activate\``,
  );
}

/**
 * `servedFolder` of a task that must have a model.
 *
 * @throws DomainError MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function defaultModelFolder(task: Task, root?: string): Promise<string> {
  const folder = await servedFolder(task, root);
  if (folder !== null) return folder;
  throw new DomainError('MODEL_NOT_FOUND', `no model for ${task} in ${root ?? 'the models folder'}`);
}
