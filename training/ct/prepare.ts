import { contentBox } from '../../server/inference/borders.js';
import { clamp } from '../../server/inference/numbers.js';
import type { SliceInput } from '../../server/inference/slices/manifest.js';
import { figureInput } from '../../server/inference/slices/slice-input.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import type { Picture } from '../../server/inference/types.js';
import type { Network } from '../backbone.js';
import { cacheFrozen, digestOfFiles, joined, type FeatureCache } from '../cache.js';
import { readPicture } from '../dataset.js';
import type { Progress } from '../progress.js';
import { createRandom, type Random } from '../random.js';
import { variedPart } from '../vary.js';
import type { Figure } from './data.js';
import type { CtTrainOptions } from './options.js';

/** How slices reach the network; `size` is the side of the input. */
export function sliceInputOf(size: number): SliceInput {
  return {
    width: size,
    height: size,
    channels: 1,
    range: [-1, 1],
    percentiles: [0.01, 0.01],
    window: { centre: -600, width: 1500 },
    margin: 0.04,
  };
}

/** The same slice at another display window: what is dark or bright runs into black or white sooner or later. */
function windowed({ width, height, pixels }: Picture, random: Random): Picture {
  const dark = random.between(-10, 30);
  const gain = random.between(0.85, 1.5);
  const curve = Uint8Array.from({ length: 256 }, (_, grey) => clamp((grey - dark) * gain, 0, 255));
  return { width, height, pixels: pixels.map((grey) => curve[grey] ?? 0) };
}

/** A figure cut, shown, compressed and marked otherwise: all that tells the journal and not the disease. */
export function variedFigure(figure: Picture, input: SliceInput, random: Random): Promise<Float32Array> {
  const content = contentBox(figure);
  return variedPart(random.next() < 0.6 ? windowed(figure, random) : figure, content, content, input, random);
}

/**
 * Caches the frozen stages' output for `variants` versions of every figure, the first as it is served; index
 * `v * figures + i`.
 */
export async function cacheFigures(
  tf: TensorFlow,
  network: Network,
  figures: readonly Figure[],
  input: SliceInput,
  options: Pick<CtTrainOptions, 'seed' | 'variants' | 'cache'>,
  progress: Progress,
): Promise<FeatureCache> {
  const files = digestOfFiles(figures);
  const parts: FeatureCache[] = [];
  for (let variant = 0; variant < options.variants; variant++) {
    const make = async (index: number) => {
      const picture = await readPicture(figures[index]?.file ?? '');
      if (variant === 0) return figureInput(picture, input);
      const seed = options.seed * 7919 + variant * figures.length + index;
      return variedFigure(picture, input, createRandom(seed));
    };
    const identity = { files, input, variant, ...(variant > 0 && { seed: options.seed }) };
    parts.push(
      await cacheFrozen(
        tf,
        network.frozen,
        options.cache,
        `figures-${variant}`,
        identity,
        figures.length,
        (start, size) => Promise.all(Array.from({ length: size }, (_, i) => make(start + i))),
        progress.stage(`frozen stages, variant ${variant}`, figures.length),
      ),
    );
  }
  return joined(parts);
}

/** Some records of a cache, which stays open. */
export function someOf(cache: FeatureCache, members: readonly number[]): FeatureCache {
  return {
    length: members.length,
    shape: cache.shape,
    read: (index, target, offset) => {
      cache.read(members[index] ?? 0, target, offset);
    },
    close: () => Promise.resolve(),
  };
}
