import { mean } from '../../server/inference/numbers.js';
import type { Picture } from '../../server/inference/types.js';
import { readPicture } from '../dataset.js';
import { createRandom } from '../random.js';
import { bootstrap, type BootstrapOptions, type Interval } from '../statistics/bootstrap.js';
import { fitMultinomial } from '../statistics/logistic.js';
import { areaUnderRoc } from '../statistics/ranking.js';
import { foldsOf, type Figure } from './data.js';
import { foldCount } from './options.js';

/** Share of the width and height that counts as border, on each side. */
const borderShare = 0.1;

const isBorder = (at: number, { width, height }: Picture) => {
  const x = ((at % width) + 0.5) / width;
  const y = (Math.floor(at / width) + 0.5) / height;
  return Math.min(x, 1 - x, y, 1 - y) < borderShare;
};

/** A figure of which only the border is left; the rest is its mean grey. */
export function onlyBorder(picture: Picture): Picture {
  const grey = Math.round(mean([...picture.pixels]));
  return { ...picture, pixels: picture.pixels.map((value, at) => (isBorder(at, picture) ? value : grey)) };
}

/** A figure without its border. */
export function withoutBorder(picture: Picture): Picture {
  const { width, height, pixels } = picture;
  const [x, y] = [Math.round(width * borderShare), Math.round(height * borderShare)];
  const size = { width: width - 2 * x, height: height - 2 * y };
  const cut = new Uint8Array(size.width * size.height);
  for (let row = 0; row < size.height; row++) {
    const from = (row + y) * width + x;
    cut.set(pixels.subarray(from, from + size.width), row * size.width);
  }
  return { ...size, pixels: cut };
}

/** What can be told of a figure's class without looking at the lungs. */
export interface BorderProbe {
  /** A logistic regression on size, format and greys of the outermost pixels, cross-validated by document. */
  areaUnderRoc: Interval | null;
  accuracy: Interval | null;
  slices: number;
}

/** Size, aspect ratio, and of each side's outermost pixels mean, spread and the shares that are black and white. */
function clues(picture: Picture, { width, height }: Figure): number[] {
  const { width: columns, height: rows, pixels } = picture;
  const depth = 3;
  const sides: number[][] = [[], [], [], []];
  pixels.forEach((value, at) => {
    const x = at % columns;
    const y = Math.floor(at / columns);
    if (y < depth) sides[0]?.push(value);
    if (y >= rows - depth) sides[1]?.push(value);
    if (x < depth) sides[2]?.push(value);
    if (x >= columns - depth) sides[3]?.push(value);
  });
  return [
    ...[Math.log(width || columns), Math.log(height || rows), columns / rows],
    ...sides.flatMap((values) => {
      const centre = mean(values);
      const share = (test: (value: number) => boolean) => values.filter(test).length / values.length;
      const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
      return [centre / 255, spread / 255, share((value) => value < 8), share((value) => value > 247)];
    }),
  ];
}

/** How well a classifier does that never sees the lungs. Near 0.5 of the area under the curve the data would be clean. */
export async function borderProbe(
  figures: readonly Figure[],
  draws: BootstrapOptions = {},
): Promise<BorderProbe> {
  const raw: number[][] = [];
  for (const figure of figures) raw.push(clues(await readPicture(figure.file), figure));
  const width = raw[0]?.length ?? 0;
  const centre = Array.from({ length: width }, (_, j) => mean(raw.map((row) => row[j] ?? 0)));
  const spread = centre.map((c, j) => Math.sqrt(mean(raw.map((row) => ((row[j] ?? 0) - c) ** 2))) || 1);
  const rows = raw.map((row) => row.map((value, j) => (value - (centre[j] ?? 0)) / (spread[j] ?? 1)));
  const foldOf = foldsOf(figures, createRandom(1));
  const scores = new Array<number>(figures.length).fill(0);
  for (let fold = 0; fold < foldCount; fold++) {
    const inside = [...figures.keys()].filter((i) => foldOf[i] !== fold);
    const [covid, other] = fitMultinomial(
      inside.map((i) => rows[i] ?? []),
      inside.map((i) => figures[i]?.label ?? 0),
      2,
      0.01,
    );
    figures.forEach((_, i) => {
      if (foldOf[i] !== fold) return;
      const x = [...(rows[i] ?? []), 1];
      scores[i] = x.reduce((sum, value, j) => sum + value * ((covid?.[j] ?? 0) - (other?.[j] ?? 0)), 0);
    });
  }
  const groups = figures.map(({ groupId }) => groupId);
  const positive = figures.map(({ label }) => label === 0);
  return {
    slices: figures.length,
    areaUnderRoc: bootstrap(
      groups,
      (drawn) =>
        areaUnderRoc(
          drawn.map((i) => scores[i] ?? 0),
          drawn.map((i) => positive[i] ?? false),
        ),
      draws,
    ),
    accuracy: bootstrap(
      groups,
      (drawn) => mean(drawn.map((i) => ((scores[i] ?? 0) > 0 === positive[i] ? 1 : 0))),
      draws,
    ),
  };
}
