import type { Film } from '../demo/film.js';
import { handFilm } from '../demo/hand.js';
import { lateralFilm } from '../demo/lateral.js';
import { applyHead, distanceOf, withLikeness } from '../server/inference/interpret.js';
import type { Heads, ModelManifest } from '../server/inference/manifest.js';
import { mean, quantile, softmax } from '../server/inference/numbers.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import { augment, labelOfKind, unsuitable, unsuitableKinds } from './augment.js';
import { ctSlices, isFrontal, readPicture, type Example } from './dataset.js';
import { fitLogistic, principalComponents } from './heads.js';
import type { Sets } from './prepare.js';
import { createRandom, type Random } from './random.js';

/** Share of good films that each of the three thresholds may refuse: together less than one percent. */
const mostRefused = 0.003;
const gateLabels = ['FRONTAL', 'LATERAL', 'ROTATED', 'NOT_CHEST'];

/** Generated views of each kind: few laterals and no other body parts are among the films. */
const generated = 24;
const generatedSize = 384;
/** Moved and re-exposed variants of each film of the fold that thresholds are taken from. */
const foldVariants = 2;

/** Pictures of one kind that the gate learns from. */
export interface GateSet {
  name: string;
  label: (index: number) => string;
  count: number;
  picture: (index: number) => Promise<Picture>;
}

/**
 * What the gate learns from beside the training films as they are: moved and re-exposed films (suitable too, else it
 * would learn the traces of augmentation), lateral films, CT slices, unsuitable pictures made from films, and generated
 * laterals and hands.
 */
export async function gateSets(data: string, sets: Sets, random: Random): Promise<GateSet[]> {
  const { training } = sets;
  const nth = (list: Example[], index: number) => readPicture(list[index % list.length]?.file ?? '');
  const laterals = sets.all.filter((example) => !isFrontal(example));
  const slices = random.shuffle(await ctSlices(data, 'train')).slice(0, 150);
  const kinds = unsuitableKinds.length;
  const kindOf = (index: number) => unsuitableKinds[index % kinds] ?? 'noise';
  return [
    {
      name: 'moved films',
      label: () => 'FRONTAL',
      count: Math.min(600, training.length),
      picture: async (index) => augment(await nth(training, index * 3), createRandom(50_000 + index)),
    },
    {
      name: 'lateral films',
      label: () => 'LATERAL',
      count: laterals.length * 6,
      picture: async (index) => {
        const picture = await nth(laterals, Math.floor(index / 6));
        return index % 6 === 0 ? picture : augment(picture, createRandom(index));
      },
    },
    {
      name: 'generated laterals',
      label: () => 'LATERAL',
      count: generated,
      picture: async (index) => {
        const picture = pictureOf(await lateralFilm(`gate ${index}`, generatedSize));
        return index % 3 === 0 ? picture : augment(picture, createRandom(70_000 + index));
      },
    },
    {
      name: 'generated hands',
      label: () => 'NOT_CHEST',
      count: generated,
      picture: async (index) => {
        const picture = pictureOf(await handFilm(`gate ${index}`, generatedSize));
        return index % 3 === 0 ? picture : augment(picture, createRandom(80_000 + index));
      },
    },
    {
      name: 'CT slices',
      label: () => 'NOT_CHEST',
      count: slices.length,
      picture: (index) => readPicture(slices[index] ?? ''),
    },
    {
      name: 'unsuitable pictures',
      label: (index) => labelOfKind(kindOf(index)),
      count: Math.min(150 * kinds, training.length),
      picture: async (index) => {
        const film = await nth(training, index * 7);
        return unsuitable(film, kindOf(index), createRandom(11 + index)).picture;
      },
    },
  ];
}

/** The fold's films, moved and re-exposed: as other hospitals would have taken them. */
export function movedFold({ fold }: Sets): Pick<GateSet, 'count' | 'picture'> {
  return {
    count: fold.length * foldVariants,
    picture: async (index) => {
      const film = await readPicture(fold[Math.floor(index / foldVariants)]?.file ?? '');
      return augment(film, createRandom(60_000 + index));
    },
  };
}

/** 12 bits as the display shows them. */
function pictureOf({ width, height, pixels }: Film): Picture {
  return { width, height, pixels: Uint8Array.from(pixels, (value) => value >> 4) };
}

/** Standardised features and the likeness to the mean chest film of one picture. */
export interface GateExample {
  features: number[];
  correlation: number;
}

/**
 * Fits the gate: which kind of picture it is, how like a mean chest film, and how far from the training films. Each
 * threshold may refuse 0.3 % of good films: of the fold, as they are and as another hospital would have taken
 * them, since a few hundred films as they are say little of so rare a thing.
 *
 * @param fold good films that nothing was fitted to, moved ones among them
 */
export function fitGate(
  tf: TensorFlow,
  frontal: GateExample[],
  moved: GateExample[],
  others: (GateExample & { label: string })[],
  fold: GateExample[],
  random: Random,
): {
  heads: Pick<Heads, 'suitability' | 'distance' | 'likeness'>;
  thresholds: Omit<ModelManifest['thresholds'], 'severity'>;
} {
  const correlations = frontal.map(({ correlation }) => correlation);
  const centre = mean(correlations);
  const likeness = {
    mean: Number(centre.toFixed(4)),
    deviation: Number(Math.sqrt(mean(correlations.map((one) => (one - centre) ** 2))).toFixed(4)) || 1,
  };
  const rowOf = ({ features, correlation }: GateExample) => withLikeness(features, likeness, correlation);
  const x = [...frontal, ...moved, ...others].map(rowOf);
  const y = [...[...frontal, ...moved].map(() => 'FRONTAL'), ...others.map(({ label }) => label)].map(
    (label) => gateLabels.indexOf(label),
  );
  const frequency = gateLabels.map((_, k) => y.filter((one) => one === k).length || 1);
  const suitability = fitLogistic(tf, x, y, gateLabels.length, {
    weights: y.map((one) => x.length / (gateLabels.length * (frequency[one] ?? 1))),
    penalty: 1e-4,
    steps: 800,
  });
  const unsuitableness = fold.map((one) => 1 - (softmax(applyHead(suitability, rowOf(one)))[0] ?? 0));
  const distance = principalComponents(
    tf,
    frontal.map(({ features }) => features),
    24,
    random,
  );
  const distances = fold.map(({ features }) => distanceOf(features, distance));
  const likenesses = fold.map(({ correlation }) => correlation);
  return {
    heads: { likeness, suitability: { labels: gateLabels, ...suitability }, distance },
    thresholds: {
      unsuitability: Number(Math.max(0.5, quantile(unsuitableness, 1 - mostRefused)).toFixed(4)),
      distance: Number((quantile(distances, 1 - mostRefused) * 1.1).toFixed(4)),
      likeness: Number(quantile(likenesses, mostRefused).toFixed(4)),
    },
  };
}
