// The demo's CT studies, as they are sent in: read by our own parser, decoded and examined. Needs a build.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoCts } from '../../demo/ct/demo-ct.js';
import { createDecodePool } from '../../server/dicom/decode-pool.js';
import { parseHeader } from '../../server/dicom/header.js';
import { examineCt, type CtExamination, type CtImage } from '../../server/triage/ct/examine.js';

describe('the CT studies of the demo', () => {
  const decoder = createDecodePool({ size: 2, deadlineMs: 60_000 });
  const examined = new Map<string, CtExamination>();
  const sizes: number[] = [];
  const uids: string[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-ct-'));
    try {
      for (const { patientId, studyInstanceUid, files } of demoCts()) {
        const images: CtImage[] = [];
        let bytesInAll = 0;
        for await (const { sopInstanceUid, bytes } of files()) {
          const header = parseHeader(bytes);
          expect(header).toMatchObject({ patientId, studyInstanceUid, sopInstanceUid, modality: 'CT' });
          const path = join(folder, `${patientId} ${images.length}`);
          await writeFile(path, bytes);
          images.push({ sopInstanceUid, path });
          uids.push(sopInstanceUid);
          bytesInAll += bytes.length;
        }
        sizes.push(bytesInAll);
        const { signal } = new AbortController();
        examined.set(patientId, await examineCt(images, { decoder, judge: null, concurrency: 3, signal }));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
  afterAll(() => decoder.close());

  it('are a clear and an involved chest, measured as they were made, and a head that is refused', () => {
    const percent = (id: string) => examined.get(id)?.findings?.analysis.involvement.percent;
    expect(percent('DEMO-008')).toBeLessThan(3);
    expect(percent('DEMO-009')).toBeGreaterThan(26);
    expect(percent('DEMO-009')).toBeLessThan(38);
    expect(examined.get('DEMO-010')?.abstention).toBe('NOT_A_CHEST_CT');
  });

  it('are small, and their UIDs their own', () => {
    expect(Math.max(...sizes)).toBeLessThan(8e6);
    expect(new Set(uids).size).toBe(uids.length);
  });

  it('are the same files on every call', async () => {
    const first = async () => {
      for (const { files } of demoCts(32)) for await (const { bytes } of files()) return Buffer.from(bytes);
      return Buffer.alloc(0);
    };
    expect((await first()).equals(await first())).toBe(true);
  });
});
