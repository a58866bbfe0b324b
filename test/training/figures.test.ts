import { describe, expect, it } from 'vitest';
import type { Severity } from '../../server/inference/types.js';
import { hardest, intervals, protocolFigures, ranking } from '../../training/evaluation/figures.js';
import { severityFigures } from '../../training/evaluation/severity.js';
import { subgroups } from '../../training/evaluation/subgroups.js';
import type { JudgedFilm } from '../../training/evaluation/types.js';
import { severityPlots } from '../../training/report/plots/severity.js';
import { render } from '../../training/report/render.js';

const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];
const draws = { resamples: 200 };

function film(i: number, truth: string, covid: number, more: Partial<JudgedFilm['film']> = {}): JudgedFilm {
  const rest = (1 - covid) / 2;
  const probabilities = [covid, rest + 0.001, rest - 0.001];
  return {
    truth,
    predicted: covid > 0.5 ? 'COVID' : 'NORMAL',
    probabilities,
    ends: probabilities.map((value) => ({ low: Math.max(0, value - 0.1), high: Math.min(1, value + 0.1) })),
    source: i % 2 === 0 ? 'a' : 'b',
    abstainCode: null,
    severity: null,
    film: {
      file: `/films/${i}.png`,
      name: `${i}.png`,
      label: truth,
      patientId: `p${i}`,
      source: i % 2 === 0 ? 'a' : 'b',
      view: 'PA',
      split: 'val',
      zones: null,
      secondZones: null,
      sex: i < 6 ? 'F' : null,
      age: i * 10,
      protocolTest: false,
      ...more,
    },
  };
}

/** Eight COVID and eight normal films; two of each on the wrong side. */
const judged = Array.from({ length: 16 }, (_, i) =>
  film(i, i < 8 ? 'COVID' : 'NORMAL', i < 8 ? (i < 2 ? 0.3 : 0.9 - i / 100) : i < 10 ? 0.7 : 0.1 + i / 100),
);

describe('the figures of an evaluation', () => {
  it('ranks COVID against all others, and against one class by the two alone', () => {
    const all = ranking(judged, labels, draws);
    // Of 64 pairs, the two low COVID films lose to the two high normal ones.
    expect(all.find(({ against }) => against === 'all others')?.areaUnderRoc?.value).toBeCloseTo(60 / 64);
    expect(all.map(({ label, against }) => `${label} ${against}`)).toEqual([
      'COVID all others',
      'NORMAL all others',
      'PNEUMONIA all others',
      'COVID NORMAL',
      'COVID PNEUMONIA',
    ]);
    // No film is of that class: nothing to rank.
    expect(all[2]?.areaUnderRoc).toBeNull();
    expect(all[2]?.roc).toEqual([]);
  });

  it('ranks COVID against the other class of each source that has enough of it', () => {
    const many = Array.from({ length: 36 }, (_, i) =>
      film(i, i < 12 ? 'COVID' : 'NORMAL', i < 12 ? 0.6 : i % 2 === 0 ? 0.1 : 0.8),
    );
    const normal = ranking(many, labels, draws).filter(({ against }) => against.startsWith('NORMAL'));
    // The normal films of source a are all below the COVID films, those of source b all above.
    expect(normal.map(({ against, areaUnderRoc }) => [against, areaUnderRoc?.value])).toEqual([
      ['NORMAL', 0.5],
      ['NORMAL of a', 1],
      ['NORMAL of b', 0],
    ]);
    expect(ranking(many.slice(0, 24), labels, draws).map(({ against }) => against)).not.toContain(
      'NORMAL of a',
    );
  });

  it('groups by what the manifest says, unknown where it says nothing', () => {
    const groups = subgroups(judged, labels, draws);
    expect(groups.map(({ name }) => name)).toEqual(['source', 'view', 'sex', 'age']);
    const sex = groups[2]?.groups ?? [];
    expect(sex.map(({ value, films }) => [value, films])).toEqual([
      ['F', 6],
      ['unknown', 10],
    ]);
    // All six are COVID: no area without the other side, and no recall of absent classes.
    expect(sex[0]?.covidAreaUnderRoc).toBeNull();
    expect(Object.keys(sex[0]?.recall ?? {})).toEqual(['COVID']);
    expect(sex[0]?.recall['COVID']).toMatchObject({ count: 4, of: 6 });
    expect(groups[3]?.groups.map(({ value }) => value)).toContain('80 and over');
  });

  it('lists the hardest films first, and the test pictures of the write-up', () => {
    expect(hardest(judged, labels, 3).map(({ name }) => name)).toEqual(['8.png', '9.png', '0.png']);
    const marked = [film(1, 'COVID', 0.9, { protocolTest: true }), film(2, 'NORMAL', 0.9)];
    expect(protocolFigures(marked, labels).correct).toMatchObject({ count: 1, of: 2 });
  });

  it('counts bins whose interval holds what came true', () => {
    const even = Array.from({ length: 40 }, (_, i) => film(i, i % 2 === 0 ? 'COVID' : 'NORMAL', 0.5));
    const covid = (list: JudgedFilm[]) =>
      intervals(list, labels).probabilities.classes[0]?.bins.filter(({ covered }) => covered).length;
    expect(covid(even)).toBe(10);
    const wrong = even.map((one) => ({ ...one, truth: 'NORMAL' }));
    expect(covid(wrong)).toBe(0);
  });
});

describe('severity against the reader', () => {
  const scores: [score: number, zones: number[]][] = [
    [4, [1, 1, 1, 1, 1, 0]],
    [8, [2, 1, 1, 2, 1, 1]],
    [14, [3, 2, 2, 3, 3, 2]],
    [6, [1, 0, 1, 1, 0, 1]],
  ];
  const graded = scores.map(([score, zones], i) => {
    const severity: Severity = {
      level: score >= 13 ? 3 : score >= 7 ? 2 : 1,
      score,
      low: score - 1.5,
      high: score + 1.5,
      zones,
    };
    return { ...film(i, 'COVID', 0.9, { zones }), severity };
  });
  const unseen = film(9, 'COVID', 0.1, { zones: [1, 1, 1, 1, 1, 1] });
  const figures = severityFigures([...graded, unseen], [7, 13], draws);

  it('measures error, agreement and level, and counts films that the model did not grade', () => {
    // Reader: 5, 8, 15, 4. Differences: -1, 0, -1, 2.
    expect(figures).toMatchObject({ films: 4, notGraded: 1, meanAbsoluteError: 1 });
    expect(figures.agreement?.bias).toBeCloseTo(0);
    expect(figures.agreement?.deviation).toBeCloseTo(Math.sqrt(2));
    expect(figures.sameLevel).toMatchObject({ count: 4, of: 4 });
    expect(intervals(graded, labels).severity).toMatchObject({ count: 3, of: 4 });
    expect(figures.points).toHaveLength(4);
  });

  it('is drawn with a point a film, without scripts, ids or style attributes', async () => {
    const { scatter, difference } = severityPlots(figures);
    for (const spec of [scatter, difference]) {
      if (spec === null) throw new Error('there is an agreement to draw');
      const svg = await render(spec);
      const points = /<g class="mark-symbol[^>]*>(.*?)<\/g>/.exec(svg)?.[1] ?? '';
      expect(points.match(/<path /g)).toHaveLength(4);
      expect(svg).not.toMatch(/<script|\sstyle=|\sid=|NaN/);
    }
  });

  it('says nothing of no graded film', () => {
    expect(severityFigures(judged, [7, 13], draws)).toMatchObject({
      films: 0,
      agreement: null,
      correlation: null,
    });
  });
});
