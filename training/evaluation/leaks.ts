import { leakedPatients, readPicture, type Example } from '../dataset.js';
import { fingerprint, hammingDistance, type Fingerprint } from '../picture-hash.js';
import { correlation } from '../statistics/agreement.js';
import type { Film } from './films.js';
import type { LeakFigures } from './types.js';

/** Chest films resemble each other: at this distance of 64 about one pair in a hundred is near by chance. */
const nearPerceptual = 10;
const nearDifference = 4;
/** Of 48 by 48 grey values. Copies in another size, quality or exposure are above it, other films below. */
const samePicture = 0.975;

async function fingerprints(
  films: readonly Example[],
  done: (count: number) => void,
): Promise<Fingerprint[]> {
  const prints: Fingerprint[] = [];
  for (let from = 0; from < films.length; from += 32) {
    const part = films.slice(from, from + 32);
    prints.push(...(await Promise.all(part.map(async ({ file }) => fingerprint(await readPicture(file))))));
    done(prints.length);
  }
  return prints;
}

/**
 * Whether something of the held-out split is in the training split: patients by their id, pictures by perceptual
 * hash and, among those near, by correlation of their pixels.
 */
export async function findLeaks(
  films: readonly Film[],
  stage: (total: number) => (done: number) => void,
): Promise<LeakFigures> {
  const training = films.filter(({ split }) => split === 'train');
  const heldOut = films.filter(({ split }) => split === 'val');
  const prints = await fingerprints([...training, ...heldOut], stage(films.length));
  const duplicates: LeakFigures['duplicates'] = [];
  let candidates = 0;
  heldOut.forEach((film, i) => {
    const print = prints[training.length + i];
    if (!print) return;
    training.forEach((other, j) => {
      const against = prints[j];
      if (!against) return;
      const near =
        hammingDistance(print.perceptual, against.perceptual) <= nearPerceptual ||
        hammingDistance(print.difference, against.difference) <= nearDifference;
      if (!near) return;
      candidates++;
      const alike = correlation([...print.thumbnail], [...against.thumbnail]);
      if (alike >= samePicture)
        duplicates.push({ training: other.name, heldOut: film.name, correlation: Number(alike.toFixed(4)) });
    });
  });
  return {
    trainingFilms: training.length,
    heldOutFilms: heldOut.length,
    sharedPatients: leakedPatients(training, heldOut),
    candidates,
    duplicates,
  };
}
