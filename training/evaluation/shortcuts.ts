import { mean } from '../../server/inference/numbers.js';
import { readPicture } from '../dataset.js';
import { balancedAccuracy, wilson } from '../metrics.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import { bootstrap } from '../statistics/bootstrap.js';
import { crossValidate } from '../statistics/logistic.js';
import type { Judge } from './judging.js';
import { centreMask, lungMask, lungRegionText, without } from './lungs.js';
import type { JudgedFilm, Probe, ShortcutFigures } from './types.js';

/** Share of the most frequent value. */
function majorityShare(values: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, values.length);
}

const fewest = 10;

/**
 * A linear probe, cross-validated over patients (Alain and Bengio 2016, arXiv:1610.01644): what it can tell is in the
 * features. Values with fewer than ten films are left out; null when fewer than two are left.
 */
export function probe(
  question: string,
  rows: readonly Float32Array[],
  values: readonly string[],
  patients: readonly string[],
): Probe | null {
  const frequent = [...new Set(values)]
    .filter((value) => values.filter((one) => one === value).length >= fewest)
    .sort();
  if (frequent.length < 2) return null;
  const kept = values.flatMap((value, i) => (frequent.includes(value) ? [i] : []));
  const truth = kept.map((i) => frequent.indexOf(values[i] ?? ''));
  const predicted = crossValidate(
    kept.map((i) => rows[i] ?? new Float32Array()),
    truth,
    kept.map((i) => patients[i] ?? ''),
    { classes: frequent.length, penalty: 0.05, folds: 5, random: createRandom(7) },
  );
  const names = truth.map((value) => frequent[value] ?? '');
  return {
    question,
    films: kept.length,
    classes: frequent.length,
    accuracy: wilson(truth.filter((value, i) => value === predicted[i]).length, kept.length),
    balancedAccuracy: balancedAccuracy(
      names,
      predicted.map((value) => frequent[value] ?? ''),
    ),
    chance: 1 / frequent.length,
    majority: majorityShare(names),
  };
}

/**
 * Looks for shortcuts (DeGrave et al. 2021, doi:10.1038/s42256-021-00338-7; Maguolo and Nanni 2021,
 * doi:10.1016/j.inffus.2021.04.008): what the model still tells without the lungs, whether its features tell the
 * hospital, and where it looks.
 *
 * @param features of each film as judged whole, in the order of `judged`
 * @param lungShares share of each film's heatmap inside the lungs and the lungs' share of the area
 */
export async function findShortcuts(
  judge: Judge,
  judged: readonly JudgedFilm[],
  features: readonly Float32Array[],
  lungShares: readonly { share: number; area: number }[],
  progress: Progress,
): Promise<ShortcutFigures> {
  const truth = judged.map((film) => film.truth);
  const patients = judged.map(({ film }) => film.patientId);
  const sources = judged.map(({ source }) => source);
  const labels = [...new Set(truth)].sort();
  const views: ShortcutFigures['views'] = [];
  const probes: (Probe | null)[] = [
    probe('The class, from whole films', features, truth, patients),
    probe('The source, from whole films', features, sources, patients),
  ];
  for (const label of labels) {
    const rows = judged.flatMap((film, i) => (film.truth === label ? [i] : []));
    probes.push(
      probe(
        `The source, from whole films of class ${label}`,
        rows.map((i) => features[i] ?? new Float32Array()),
        rows.map((i) => sources[i] ?? ''),
        rows.map((i) => patients[i] ?? ''),
      ),
    );
  }
  const masks = [
    {
      name: 'lungs removed',
      what: 'the lung region, widened by 15 %, filled with the mean of the rest',
      mask: (picture: Parameters<typeof lungMask>[0]) => lungMask(picture, 1.15),
    },
    {
      name: 'borders alone',
      what: 'all but the outer 12 % of each side filled with the mean of the rest',
      mask: (picture: Parameters<typeof lungMask>[0]) => centreMask(picture),
    },
  ];
  for (const { name, what, mask } of masks) {
    const predicted: string[] = [];
    const masked: Float32Array[] = [];
    const picture = async (index: number) => {
      const whole = await readPicture(judged[index]?.film.file ?? '');
      return without(whole, mask(whole));
    };
    const visit = (_: number, verdict: Parameters<Parameters<Judge['all']>[2]>[1]) => {
      predicted.push(verdict.prediction.findings[0]?.code ?? '');
      masked.push(verdict.features);
    };
    await judge.all(judged.length, picture, visit, progress.stage(name, judged.length));
    const correct = truth.filter((label, i) => label === predicted[i]).length;
    views.push({
      name,
      what,
      accuracy: wilson(correct, truth.length),
      balancedAccuracy: balancedAccuracy(truth, predicted),
    });
    probes.push(probe(`The class, ${name}`, masked, truth, patients));
  }
  const looked = judged.flatMap((film, i) => {
    const shares = lungShares[i];
    return film.predicted === 'COVID' && shares && Number.isFinite(shares.share) ? [{ ...shares, i }] : [];
  });
  return {
    lungRegion: lungRegionText,
    majority: majorityShare(truth),
    chance: 1 / Math.max(1, labels.length),
    views,
    probes: probes.filter((one) => one !== null),
    heatmap: {
      films: looked.length,
      insideLungs: bootstrap(
        looked.map(({ i }) => patients[i] ?? ''),
        (rows) => (rows.length === 0 ? NaN : mean(rows.map((row) => looked[row]?.share ?? 0))),
      ),
      areaOfLungs: mean(looked.map(({ area }) => area)),
    },
  };
}
