import { classReport, wilson } from '../metrics.js';
import { bootstrap, type BootstrapOptions } from '../statistics/bootstrap.js';
import { areaUnderRoc } from '../statistics/ranking.js';
import { ageBand } from './films.js';
import { patientsOf, type JudgedFilm, type Subgroup } from './types.js';

const fewestForRank = 5;

function subgroup(
  value: string,
  judged: readonly JudgedFilm[],
  labels: readonly string[],
  options: BootstrapOptions,
): Subgroup {
  const present = labels.filter((label) => judged.some((one) => one.truth === label));
  const covid = labels.indexOf('COVID');
  const scores = judged.map(({ probabilities }) => probabilities[covid] ?? 0);
  const positive = judged.map(({ truth }) => truth === 'COVID');
  const positives = positive.filter(Boolean).length;
  const enough = Math.min(positives, judged.length - positives) >= fewestForRank;
  return {
    value,
    films: judged.length,
    patients: new Set(patientsOf(judged)).size,
    accuracy: wilson(judged.filter((one) => one.truth === one.predicted).length, judged.length),
    recall: Object.fromEntries(present.map((label) => [label, classReport([...judged], label).recall])),
    covidAreaUnderRoc: enough
      ? bootstrap(
          patientsOf(judged),
          (rows) =>
            areaUnderRoc(
              rows.map((row) => scores[row] ?? 0),
              rows.map((row) => positive[row] ?? false),
            ),
          options,
        )
      : null,
  };
}

/** The figures by source, view, sex and age; a group is listed as unknown where the manifest does not say. */
export function subgroups(
  judged: readonly JudgedFilm[],
  labels: readonly string[],
  options: BootstrapOptions,
): { name: string; groups: Subgroup[] }[] {
  const keys: [string, (one: JudgedFilm) => string][] = [
    ['source', ({ source }) => source],
    ['view', ({ film }) => film.view || 'unknown'],
    ['sex', ({ film }) => film.sex ?? 'unknown'],
    ['age', ({ film }) => ageBand(film.age)],
  ];
  return keys.map(([name, key]) => ({
    name,
    groups: [...new Set(judged.map(key))].sort().map((value) =>
      subgroup(
        value,
        judged.filter((one) => key(one) === value),
        labels,
        options,
      ),
    ),
  }));
}
