import type { FastifyInstance, FastifyReply } from 'fastify';
import sharp from 'sharp';
import type { Db } from '../database/types.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import type { DisplayOptions } from '../dicom/display.js';
import { DomainError } from '../errors.js';
import { heatmapOverlay } from '../inference/heatmap.js';
import type { ObjectStore } from '../objects/file-store.js';
import { storedInstances } from '../study/study.service.js';
import { triageById } from '../triage/triage.queries.js';
import type { StoredResult } from '../triage/triage.result.js';

interface Uids {
  studyInstanceUid: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
}
const study = '/dicom-web/studies/:studyInstanceUid';
const series = `${study}/series/:seriesInstanceUid`;
const instance = `${series}/instances/:sopInstanceUid`;
const thumbnailSide = 160;
const overlaySide = 512;

/** WADO-RS rendered and thumbnail (PS3.18 10.4.1.1.3, 10.4.1.1.5), and the explanation overlay. */
export function registerPictures(
  app: FastifyInstance,
  { db, objects, decoder }: { db: Db; objects: ObjectStore; decoder: DecodePool },
): void {
  const config = { permission: 'images:read' } as const;

  /** The picture; of a study or series, the first one. */
  const render = async (uids: Uids, frameNumber: number, options: DisplayOptions) => {
    const [first] = await storedInstances(db, uids);
    if (!first) throw new DomainError('NOT_FOUND', 'no picture is stored under these UIDs', { http: 404 });
    return decoder.renderDisplay(await objects.read(first.objectDigest), frameNumber - 1, options);
  };

  for (const path of [study, series, instance]) {
    app.get<{ Params: Uids; Querystring: { window?: string } }>(
      `${path}/rendered`,
      { config },
      async (request, reply) => {
        const frame = await render(request.params, 1, windowOf(request.query.window));
        return sendPicture(reply, request.headers.accept, grey(frame));
      },
    );
    app.get<{ Params: Uids }>(`${path}/thumbnail`, { config }, async (request, reply) => {
      const picture = grey(await render(request.params, 1, {}));
      const side = { width: thumbnailSide, height: thumbnailSide };
      return sendPicture(reply, request.headers.accept, picture.resize({ ...side, fit: 'inside' }));
    });
  }
  app.get<{ Params: Uids & { frame: string }; Querystring: { window?: string } }>(
    `${instance}/frames/:frame/rendered`,
    { config },
    async (request, reply) => {
      const number = Number(request.params.frame);
      if (!Number.isInteger(number) || number < 1)
        throw new DomainError('USAGE', 'frames are numbered from 1');
      const frame = await render(request.params, number, windowOf(request.query.window));
      return sendPicture(reply, request.headers.accept, grey(frame));
    },
  );

  app.get<{ Params: { id: string } }>('/triages/:id/heatmap.png', { config }, async (request, reply) => {
    const triage = await triageById(db, request.params.id);
    const stored = triage?.result as StoredResult | null | undefined;
    if (!stored) throw new DomainError('NOT_FOUND', 'no such triage, or it has no result', { http: 404 });
    const scale = overlaySide / Math.max(stored.picture.width, stored.picture.height);
    const width = Math.max(1, Math.round(stored.picture.width * scale));
    const height = Math.max(1, Math.round(stored.picture.height * scale));
    const pixels = heatmapOverlay(stored.heatmap, width, height, 1);
    return send(reply, sharp(pixels, { raw: { width, height, channels: 4 } }).png(), 'image/png');
  });
}

function grey({ width, height, pixels }: { width: number; height: number; pixels: Uint8Array }) {
  return sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
}

/** PS3.18 8.3.5.1.4: `center,width[,function]`. */
function windowOf(text: string | undefined): DisplayOptions {
  if (text === undefined) return {};
  const [center, width, name = 'linear'] = text.split(',');
  const functions = { linear: 'LINEAR', 'linear-exact': 'LINEAR_EXACT', sigmoid: 'SIGMOID' } as const;
  const windowFunction = functions[name as keyof typeof functions];
  const windowCenter = Number(center || NaN);
  const windowWidth = Number(width || NaN);
  const least = windowFunction === 'LINEAR' ? 1 : Number.MIN_VALUE;
  if (!Number.isFinite(windowCenter) || !(windowWidth >= least) || windowFunction === undefined) {
    throw new DomainError(
      'USAGE',
      'window must be center,width or center,width,function; the function is linear, linear-exact or sigmoid',
    );
  }
  return { windowCenter, windowWidth, windowFunction };
}

/** JPEG for those who ask for nothing else, PNG otherwise: grey values stay exact. */
function sendPicture(reply: FastifyReply, accept: string | undefined, picture: sharp.Sharp) {
  const jpeg = /image\/jpeg/i.test(accept ?? '') && !/image\/png|image\/\*|\*\/\*/i.test(accept ?? '');
  return jpeg
    ? send(reply, picture.jpeg({ quality: 92 }), 'image/jpeg')
    : send(reply, picture.png({ compressionLevel: 3 }), 'image/png');
}

async function send(reply: FastifyReply, picture: sharp.Sharp, type: string) {
  const body = await picture.toBuffer();
  return reply.type(type).header('cache-control', 'private, max-age=3600').send(body);
}
