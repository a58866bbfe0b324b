import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeFrame, pixelDigest } from '../../server/dicom/decode.js';
import { parseHeader } from '../../server/dicom/header.js';

const data = process.env.TRIAGE_DATA_DIR;
if (data === undefined) console.warn('TRIAGE_DATA_DIR is not set: the DICOM conformance files are skipped');

// Somebody else's files, made by somebody else's encoders: dicomParser's test images.
describe.skipIf(data === undefined)('conformance files', () => {
  const folder = join(data ?? '', 'dicom');
  const file = (name: string) => readFileSync(join(folder, name));
  // The body runs where the tests are skipped, too.
  const names = data === undefined ? [] : readdirSync(folder, { recursive: true }).map(String);
  const images = names.filter((name) => /\.dcm$|image_dfl$/.test(name));

  it('are all there', () => expect(images).toHaveLength(21));

  it.each(images)('%s decodes in every frame', async (name) => {
    const bytes = file(name);
    const { numberOfFrames, rows, columns } = parseHeader(bytes);
    for (let index = 0; index < numberOfFrames; index++) {
      const frame = await decodeFrame(bytes, index);
      expect([frame.height, frame.width]).toEqual([rows, columns]);
      expect(frame.max).toBeGreaterThan(frame.min);
    }
    await expect(decodeFrame(bytes, numberOfFrames)).rejects.toMatchObject({ code: 'FRAME_OUT_OF_RANGE' });
  });

  it('CT1_UNC is the same picture in every byte order and in JPEG-LS', async () => {
    const digests = await Promise.all(
      images.filter((name) => name.includes('CT1_UNC')).map((name) => pixelDigest(file(name))),
    );
    expect(digests).toHaveLength(8);
    expect(new Set(digests).size).toBe(1);
  });

  it('CT0012 is the same picture in RLE, JPEG lossless and JPEG-LS', async () => {
    const lossless = images.filter(
      (name) => /CT0012/.test(name) && /rle|lossless|ls\.80|explicit/.test(name),
    );
    const digests = await Promise.all(lossless.map((name) => pixelDigest(file(name))));
    expect(digests).toHaveLength(8);
    expect(new Set(digests).size).toBe(1);
  });

  it.each(['deflate/report_dfl', 'deflate/wave_dfl'])('%s is no image, and is refused as such', (name) => {
    expect(() => parseHeader(file(name))).toThrowError(
      expect.objectContaining({ code: 'DICOM_NOT_AN_IMAGE' }),
    );
  });
});
