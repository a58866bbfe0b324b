import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../server/errors.js';
import { parseCsv } from '../dataset.js';
import type { Random } from '../random.js';
import { ctLabels, foldCount } from './options.js';

/** One figure of manifest.csv. */
export interface Figure {
  /** File name of the picture. */
  name: string;
  file: string;
  /** Index in `ctLabels`. */
  label: 0 | 1;
  /** Source document or patient: its figures are never parted. */
  groupId: string;
  split: 'train' | 'val';
  /** Size in the document, pixels; the picture may be smaller. */
  width: number;
  height: number;
}

/**
 * Figures of CT slices, each once.
 *
 * @throws DomainError USAGE when the folder has no manifest.csv with the needed columns
 */
export async function readFigures(folder: string): Promise<Figure[]> {
  const text = await readFile(join(folder, 'manifest.csv'), 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `${folder} has no readable manifest.csv`, { cause });
  });
  const figures = parseCsv(text).map((row, index): Figure => {
    const { image, label, group_id: groupId, split, width, height } = row;
    const known = label === 'covid' || label === 'noncovid';
    if (!image || !known || !groupId || (split !== 'train' && split !== 'val')) {
      throw new DomainError(
        'USAGE',
        `manifest.csv record ${index + 1}: image, label, group_id or split is missing`,
      );
    }
    const file = join(folder, 'images', image);
    const size = { width: Number(width) || 0, height: Number(height) || 0 };
    return { name: image, file, label: label === 'covid' ? 0 : 1, groupId, split, ...size };
  });
  return [...new Map(figures.map((figure) => [figure.name, figure])).values()];
}

/**
 * Gives each document a fold: documents of a label, the largest first, go to the fold with the fewest figures of it.
 *
 * @returns the fold of each figure, 0 to `foldCount` - 1
 */
export function foldsOf(figures: readonly Figure[], random: Random): number[] {
  const foldOf = new Map<string, number>();
  ctLabels.forEach((_, label) => {
    const groups = new Map<string, number>();
    for (const figure of figures)
      if (figure.label === label) groups.set(figure.groupId, (groups.get(figure.groupId) ?? 0) + 1);
    const sizes = new Array<number>(foldCount).fill(0);
    for (const [groupId, size] of random.shuffle([...groups]).sort((a, b) => b[1] - a[1])) {
      const fold = foldOf.get(groupId) ?? sizes.indexOf(Math.min(...sizes));
      foldOf.set(groupId, fold);
      sizes[fold] = (sizes[fold] ?? 0) + size;
    }
  });
  return figures.map(({ groupId }) => foldOf.get(groupId) ?? 0);
}

/**
 * Draws figures, one class as often as the other, and a document by the root of its size, so that neighbouring slices
 * of one patient do not fill a batch.
 *
 * @param members indices of the figures to draw from
 * @returns indices into `variants` lists of all figures, one after the other
 */
export function drawByGroup(
  figures: readonly Figure[],
  members: readonly number[],
  variants: number,
  random: Random,
): (count: number) => number[] {
  const classes = ctLabels.map((_, label) => {
    const groups = new Map<string, number[]>();
    for (const index of members) {
      const figure = figures[index];
      if (figure?.label !== label) continue;
      groups.set(figure.groupId, [...(groups.get(figure.groupId) ?? []), index]);
    }
    return [...groups.values()];
  });
  const present = classes.filter((groups) => groups.length > 0);
  return (count) =>
    Array.from({ length: count }, () => {
      const groups = present[random.below(present.length)] ?? [];
      let ticket = random.next() * groups.reduce((sum, list) => sum + Math.sqrt(list.length), 0);
      const list = groups.find((one) => (ticket -= Math.sqrt(one.length)) < 0) ?? groups[0] ?? [];
      return random.below(variants) * figures.length + (list[random.below(list.length)] ?? 0);
    });
}
