import { augment, unsuitable, unsuitableKinds } from '../augment.js';
import { ctSlices, isFrontal, readPicture } from '../dataset.js';
import { wilson, type Proportion } from '../metrics.js';
import type { Picture } from '../../server/inference/types.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import type { Film } from './films.js';
import type { Judge } from './judging.js';

/** The row of the table that holds suitable pictures. */
export const suitableKind = 'frontal, moved and re-exposed (should pass)';

/**
 * How many of each kind of unsuitable picture are refused: held-out laterals, CT slices, and what is generated from
 * every sixth held-out film.
 *
 * @param heldOut all films of the split, laterals among them
 */
export async function judgeGate(
  judge: Judge,
  data: string,
  heldOut: readonly Film[],
  progress: Progress,
): Promise<Record<string, Proportion>> {
  const tasks: { kind: string; picture: () => Promise<Picture> }[] = [];
  for (const film of heldOut.filter((example) => !isFrontal(example)))
    tasks.push({ kind: 'lateral', picture: () => readPicture(film.file) });
  for (const file of await ctSlices(data, 'val'))
    tasks.push({ kind: 'CT slice', picture: () => readPicture(file) });
  const sample = heldOut
    .filter((example) => isFrontal(example) && example.label !== null)
    .filter((_, index) => index % 6 === 0);
  sample.forEach((film, index) => {
    for (const kind of unsuitableKinds) {
      const picture = async () =>
        unsuitable(await readPicture(film.file), kind, createRandom(90_001 + index)).picture;
      tasks.push({ kind, picture });
    }
    const moved = async () => augment(await readPicture(film.file), createRandom(index));
    tasks.push({ kind: suitableKind, picture: moved });
  });
  const counts = new Map<string, { refused: number; of: number }>();
  const read = async (index: number): Promise<Picture> => {
    const task = tasks[index];
    if (!task) throw new RangeError('no such picture');
    return task.picture();
  };
  await judge.all(
    tasks.length,
    read,
    (index, { prediction }) => {
      const kind = tasks[index]?.kind ?? '';
      const entry = counts.get(kind) ?? { refused: 0, of: 0 };
      entry.of++;
      if (prediction.abstainCode !== null) entry.refused++;
      counts.set(kind, entry);
    },
    progress.stage('pictures to refuse', tasks.length),
  );
  return Object.fromEntries([...counts].map(([kind, { refused, of }]) => [kind, wilson(refused, of)]));
}
