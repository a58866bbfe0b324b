import { createHash } from 'node:crypto';
import dicomParser from 'dicom-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoStudies, demoStudy, type DemoStudy } from '../../demo/generate.js';
import { demoPatients } from '../../demo/patients.js';
import { uidOf } from '../../demo/uid.js';
import { decodeFrame } from '../../server/dicom/decode.js';
import { toDisplay } from '../../server/dicom/display.js';
import { parseHeader } from '../../server/dicom/header.js';

const size = 128;
const studies: DemoStudy[] = [];
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  for await (const study of demoStudies(size)) studies.push(study);
});

describe('the demo patients', () => {
  it('are a normal, a pneumonia, a COVID of each grade, a course of three dates and no chest', () => {
    const shown = studies.map(({ patientId, truth }) =>
      [patientId, truth?.finding ?? 'NO CHEST', truth?.grade ?? ''].join(' ').trim(),
    );
    expect(shown).toEqual([
      'DEMO-001 NORMAL',
      'DEMO-002 PNEUMONIA',
      'DEMO-003 COVID 1',
      'DEMO-004 COVID 2',
      'DEMO-005 COVID 3',
      'DEMO-006 COVID 1',
      'DEMO-006 COVID 3',
      'DEMO-006 COVID 1',
      'DEMO-007 NO CHEST',
    ]);
    const course = studies.filter(({ patientId }) => patientId === 'DEMO-006').map(({ truth }) => truth);
    const [rise, peak, recovery] = course.map((truth) => truth?.extent ?? 0);
    expect(peak).toBeGreaterThan(rise ?? 1);
    expect(recovery).toBeLessThan(rise ?? 0);
  });

  it('are the same files on every call', async () => {
    const [patient] = demoPatients;
    const [examination] = patient?.examinations ?? [];
    if (!patient || !examination) throw new Error('no demo patient');
    const again = await demoStudy(patient, examination, size);
    expect(digest(again.bytes)).toBe(digest(studies[0]?.bytes ?? new Uint8Array()));
  });

  it('have UIDs of their own that DICOM allows', () => {
    const uids = studies.flatMap((s) => [s.studyInstanceUid, s.seriesInstanceUid, s.sopInstanceUid]);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/);
    expect(uidOf('a')).toBe(uidOf('a'));
  });
});

describe('the DICOM files', () => {
  it('are read back by a parser as what was written, and say everywhere that they are synthetic', () => {
    for (const study of studies) {
      const data = dicomParser.parseDicom(study.bytes);
      expect(data.warnings).toEqual([]);
      expect(data.string('x00020010')).toBe('1.2.840.10008.1.2.1');
      expect(data.string('x00080018')).toBe(study.sopInstanceUid);
      expect(data.string('x0020000d')).toBe(study.studyInstanceUid);
      expect(data.string('x00100020')).toBe(study.patientId);
      expect(data.string('x00100010')).toMatch(/^Demo\^/);
      expect(data.string('x00100021')).toBe('COVID-TRIAGE-DEMO');
      expect(data.string('x00081030')).toContain('synthetic');
      expect(data.string('x00280301')).toBe('NO');
      expect(data.string('x00204000')).toContain('SYNTHETIC');
      expect(data.string('x00080008')).toBe('DERIVED\\PRIMARY\\');
      expect(data.uint16('x00280101')).toBe(12);
      expect(data.elements.x7fe00010?.length).toBe(size * size * 2);
      expect(data.string('x00180015')).toBe(study.expected === 'CHEST' ? 'CHEST' : 'HAND');
    }
  });

  it('have their attributes in ascending order, each of even length', () => {
    for (const study of studies) {
      const { elements } = dicomParser.parseDicom(study.bytes);
      const tags = Object.values(elements).sort((a, b) => a.dataOffset - b.dataOffset);
      expect(tags.map(({ tag }) => tag)).toEqual(tags.map(({ tag }) => tag).sort());
      expect(tags.every(({ length }) => length % 2 === 0)).toBe(true);
    }
  });
});

describe('our own reader', () => {
  it('finds the header and decodes the very pixels', async () => {
    const [study] = studies;
    if (!study) throw new Error('no study');
    const header = parseHeader(study.bytes);
    expect(header).toMatchObject({
      sopInstanceUid: study.sopInstanceUid,
      patientId: 'DEMO-001',
      issuerOfPatientId: 'COVID-TRIAGE-DEMO',
      modality: 'DX',
      bodyPartExamined: 'CHEST',
      viewPosition: 'PA',
      burnedInAnnotation: 'NO',
      rows: size,
      columns: size,
      photometricInterpretation: 'MONOCHROME2',
    });
    const frame = await decodeFrame(study.bytes, 0);
    const words = new DataView(
      study.bytes.buffer,
      study.bytes.byteOffset + study.bytes.length - size * size * 2,
    );
    const written = Uint16Array.from({ length: size * size }, (_, i) => words.getUint16(i * 2, true));
    expect(frame.pixels).toEqual(written);
    const display = toDisplay(frame);
    const mean = display.pixels.reduce((sum, value) => sum + value, 0) / display.pixels.length;
    expect(mean).toBeGreaterThan(60);
    expect(mean).toBeLessThan(200);
  });
});
