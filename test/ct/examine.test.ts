// The whole way from DICOM files to lungs and their involvement, with the real decoders in their threads. What is
// generated is known; nothing else is made up. Needs a build.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { writeCtSlice, type CtAttributes, type CtFile } from '../../demo/ct/ct-dicom.js';
import { ctSeries, type CtSeriesOptions } from '../../demo/ct/ct-series.js';
import { createDecodePool } from '../../server/dicom/index.js';
import { keptVolume } from './phantoms.js';
import { examineCt, type CtExamination, type CtImage } from '../../server/triage/ct/examine.js';

const decoder = createDecodePool({ size: 2, deadlineMs: 60_000 });
afterAll(() => decoder.close());

const limit = 240_000;
const attributes: CtAttributes = {
  patientId: 'CT-TEST',
  patientName: 'Demo^Computed',
  birthDate: '19700101',
  sex: 'F',
  studyDate: '20260105',
  studyTime: '101500',
  studyDescription: 'Chest CT (synthetic)',
  key: 'examine',
  seriesNumber: 2,
  seriesDescription: 'Chest 4 mm (synthetic)',
  bodyPart: 'CHEST',
};
const chest = {
  seed: 'examine',
  disease: { kind: 'PERIPHERAL', extent: 0.25, solid: 0.25 },
  size: 128,
  spacing: 4,
  attributes,
} satisfies CtSeriesOptions;
const involved = keptVolume(chest);

async function examine(
  files: Iterable<CtFile>,
  onProgress?: (share: number) => void,
): Promise<CtExamination> {
  await nextTurn();
  const folder = await mkdtemp(join(tmpdir(), 'ct-examine-'));
  try {
    const images: CtImage[] = [];
    for (const { sopInstanceUid, bytes } of files) {
      const path = join(folder, String(images.length));
      await writeFile(path, bytes);
      images.push({ sopInstanceUid, path });
    }
    const { signal } = new AbortController();
    const options = { decoder, judge: null, concurrency: 3, signal, ...(onProgress ? { onProgress } : {}) };
    return await examineCt(images, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Percent involved and millilitres of lung. */
function measured({ findings, abstention }: CtExamination): [percent: number, millilitres: number] {
  if (findings === null) throw new Error(`abstained: ${String(abstention)}`);
  return [findings.analysis.involvement.percent, findings.analysis.involvement.lungMillilitres];
}

describe('a CT study', () => {
  it(
    'gives the same answer in every order and in every way of storing the values',
    async () => {
      const shares: number[] = [];
      const plain = await examine(ctSeries(chest, involved), (share) => shares.push(share));
      const [percent, millilitres] = measured(plain);
      expect(percent).toBeGreaterThan(18);
      expect(percent).toBeLessThan(32);
      expect(shares.at(-1)).toBeGreaterThan(0.9);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(plain.findings?.stack.problems).toEqual({ duplicates: 0, gaps: 0, mixedSpacing: false });
      expect(plain.leftOut).toEqual([]);
      expect(plain.findings?.analysis.severity?.level).toBe(2);
      const positions = plain.findings?.slices.map(({ positionMm }) => positionMm) ?? [];
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(measured(await examine(ctSeries({ ...chest, shuffled: true }, involved)))).toEqual([
        percent,
        millilitres,
      ]);
      for (const way of [
        { signed: true },
        { rescalePerSlice: true, shuffled: true },
        { padded: true },
        { enhanced: true, rescalePerSlice: true },
      ]) {
        const [share, volume] = measured(await examine(ctSeries({ ...chest, ...way }, involved)));
        expect(Math.abs(share - percent), JSON.stringify(way)).toBeLessThan(0.5);
        expect(Math.abs(volume - millilitres) / millilitres, JSON.stringify(way)).toBeLessThan(0.01);
      }
    },
    limit,
  );

  it(
    'is judged with a warning when slices are missing or come twice, beside series that are left out',
    async () => {
      const spoiled = [
        ...ctSeries({ ...chest, shuffled: true, missing: [30, 31], duplicated: [10, 20] }, involved),
      ];
      const other = (
        seriesNumber: number,
        seriesDescription: string,
        imageType: string,
        count: number,
        side = false,
      ) =>
        Array.from({ length: count }, (_, i) =>
          writeCtSlice(
            { ...attributes, seriesNumber, seriesDescription, imageType },
            {
              ...{ hu: new Int16Array(64 * 64), rows: 64, columns: 64, pixel: 5, thickness: 4 },
              ...{ position: [-160, -160, 4 * i] as const, instanceNumber: i + 1 },
              ...(side ? { orientation: [1, 0, 0, 0, 0, -1] } : {}),
            },
          ),
        );
      const study = [
        ...other(1, 'Topogram', 'ORIGINAL\\PRIMARY\\LOCALIZER', 1, true),
        ...spoiled,
        ...other(3, 'Coronal', 'DERIVED\\SECONDARY\\REFORMATTED', 30, true),
        ...other(999, 'Dose Report', 'DERIVED\\SECONDARY\\SCREEN SAVE', 1),
      ];
      const found = await examine(study);
      expect(found.leftOut.map(({ code }) => code).sort()).toEqual(['LOCALISER', 'NOT_AXIAL', 'NOT_A_SCAN']);
      expect(found.findings?.stack.problems).toEqual({ duplicates: 2, gaps: 1, mixedSpacing: false });
      const [percent] = measured(found);
      expect(percent).toBeGreaterThan(18);
      expect(percent).toBeLessThan(32);
    },
    limit,
  );

  it(
    'abstains where there are no whole lungs, whatever the attributes say',
    async () => {
      const all = [...ctSeries({ ...chest, disease: { kind: 'CLEAR' } })];
      // The lower third of the chest is an abdomen with the lungs' bases; the key keeps CHEST.
      const abdomen = await examine(all.slice(0, 32));
      expect(abdomen).toMatchObject({ abstention: 'LUNGS_NOT_COVERED', findings: null });
      expect(await examine(all.slice(40, 41))).toMatchObject({
        abstention: 'TOO_FEW_SLICES',
        leftOut: [{ reason: 'is a single slice (1; 20 are needed)' }],
      });
      const ball = (inside: number) =>
        Array.from({ length: 50 }, (_, k) => {
          const hu = new Int16Array(96 * 96).fill(-1000);
          for (let at = 0; at < hu.length; at++) {
            const off = Math.hypot((at % 96) - 48, Math.floor(at / 96) - 48, k - 25);
            if (off < 34) hu[at] = off > 31 ? 1000 : inside;
          }
          const position = [-120, -120, 4 * k] as const;
          return writeCtSlice(attributes, {
            ...{ hu, rows: 96, columns: 96, pixel: 2.5, thickness: 4, position, instanceNumber: k + 1 },
          });
        });
      expect(await examine(ball(35))).toMatchObject({ abstention: 'NO_LUNGS_FOUND', findings: null });
      expect((await examine(ball(35).slice(0, 10))).abstention).toBe('TOO_FEW_SLICES');
      expect((await examine([])).abstention).toBe('NO_SUITABLE_SERIES');
    },
    limit,
  );
});
