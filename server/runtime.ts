import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds package.json, found upwards from this file, so that it is the same
 * whether the sources run through the test runner or the built files run from dist/.
 */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the running file');
    folder = parent;
  }
  return folder;
}

/**
 * Absolute path of the built JavaScript of an entry that runs in a thread or process of its own.
 *
 * @param entry path from the project root without extension, e.g. `server/dicom/decoder.worker`
 */
export function builtEntry(entry: string): string {
  return join(projectRoot(), 'dist', `${entry}.js`);
}
