import sharp from 'sharp';
import { thoraxVolume } from '../../demo/ct/thorax-volume.js';

/** A CT study of nobody as the server tells of it: generated slices, stored in an order that means nothing. */
export const ctStudyUid = '1.2.840.1';
const seriesUid = '1.2.840.1.1';
const size = 64;
const volume = thoraxVolume({
  ...{ seed: 'viewer', size, slices: 40 },
  disease: { kind: 'PERIPHERAL', extent: 0.3, solid: 0.2 },
});
const uidOf = (index: number) => `${seriesUid}.${index}`;
const seriesPath = `/dicom-web/studies/${ctStudyUid}/series/${seriesUid}`;
/** As they were stored: every seventh, round and round. */
const stored = Array.from({ length: volume.slices }, (_, i) => (i * 7) % volume.slices);

/** The slices that carry the evidence, by index from the lowest. */
export const evidence = [12, 30];
export const sliceOf = (index: number) => ({ sopInstanceUid: uidOf(index), frameNumber: 1 });
export const positionOf = (index: number) => volume.origin[2] + index * volume.spacing;

export const ctStudy = {
  studyInstanceUid: ctStudyUid,
  description: 'Chest CT (synthetic)',
  studiedAt: '2026-01-05T08:00:00Z',
  modalities: ['CT'],
  series: [
    {
      seriesInstanceUid: seriesUid,
      modality: 'CT',
      instances: stored.map((index) => ({
        sopInstanceUid: uidOf(index),
        renderedUrl: `${seriesPath}/instances/${uidOf(index)}/rendered`,
        rows: size,
      })),
    },
  ],
  latestTriage: {
    result: { explanation: { ...sliceOf(30), heatmapUrl: '/triages/ct/heatmap.png', opacity: 0.5 } },
  },
};

export const ctSlices = evidence.map((index) => ({
  ...sliceOf(index),
  evidence: true,
  overlayUrl: `/triages/ct/slices/${index}/overlay.png`,
  heatmapUrl: `/triages/ct/slices/${index}/heatmap.png`,
}));

const metadata = stored.map((index, place) => ({
  '00080018': { vr: 'UI', Value: [uidOf(index)] },
  '00200013': { vr: 'IS', Value: [place + 1] },
  '00200032': { vr: 'DS', Value: [volume.origin[0], volume.origin[1], positionOf(index)] },
  '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
  '00280010': { vr: 'US', Value: [size] },
}));

/** What the server answers to a request for this series; null when it is for something else. */
export async function ctAnswer(url: URL): Promise<{ type: string; body: string | Buffer } | null> {
  if (url.pathname === `${seriesPath}/metadata`) {
    return { type: 'application/dicom+json', body: JSON.stringify(metadata) };
  }
  const index = stored.find((one) => url.pathname.startsWith(`${seriesPath}/instances/${uidOf(one)}/`));
  if (index === undefined) return null;
  const [center = -600, width = 1500] = (url.searchParams.get('window') ?? '-600,1500')
    .split(',')
    .map(Number);
  const grey = Uint8Array.from(volume.slice(index).hu, (hu) =>
    Math.max(0, Math.min(255, ((hu - center) / width + 0.5) * 255)),
  );
  const body = await sharp(grey, { raw: { width: size, height: size, channels: 1 } })
    .png()
    .toBuffer();
  return { type: 'image/png', body };
}
