import type { FastifyInstance, FastifyReply } from 'fastify';
import sharp from 'sharp';
import type { Db } from '../database/types.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import { DomainError } from '../errors.js';
import { heatmapOverlay } from '../inference/heatmap.js';
import type { ObjectStore } from '../objects/file-store.js';
import { objectDigestOf } from '../study/study.service.js';
import { triageById } from '../triage/triage.queries.js';
import type { StoredResult } from '../triage/triage.result.js';

interface Uids {
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
}
const instancePath =
  '/dicom-web/studies/:studyInstanceUid/series/:seriesInstanceUid/instances/:sopInstanceUid';

/** WADO-RS retrieve, rendered and thumbnail (PS3.18 10.4), and the explanation overlay. */
export function registerPictures(
  app: FastifyInstance,
  { db, objects, decoder }: { db: Db; objects: ObjectStore; decoder: DecodePool },
): void {
  const bytesOf = async (uids: Uids): Promise<Uint8Array> => {
    const digest = await objectDigestOf(db, uids);
    if (digest === null) throw new DomainError('NOT_FOUND', 'no such instance', { http: 404 });
    return objects.read(digest);
  };
  const png = async (
    reply: FastifyReply,
    width: number,
    height: number,
    pixels: Uint8Array,
    channels: 1 | 4,
    fit?: number,
  ) => {
    const image = sharp(pixels, { raw: { width, height, channels } });
    const sized = fit === undefined ? image : image.resize({ width: fit, height: fit, fit: 'inside' });
    return reply
      .type('image/png')
      .header('cache-control', 'private, max-age=3600')
      .send(await sized.png().toBuffer());
  };

  app.get<{ Params: Uids }>(instancePath, async (request, reply) => {
    const bytes = Buffer.from(await bytesOf(request.params));
    const boundary = `part-${request.id}`;
    const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
    return reply
      .type(`multipart/related; type="application/dicom"; boundary=${boundary}`)
      .send(Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]));
  });
  app.get<{ Params: Uids; Querystring: { window?: string } }>(
    `${instancePath}/rendered`,
    async (request, reply) => {
      const [center, width] = (request.query.window ?? '').split(',').map(Number);
      const given = request.query.window !== undefined;
      if (given && !(Number.isFinite(center) && Number(width) >= 1)) {
        throw new DomainError('USAGE', 'window must be center,width,linear with a width of 1 or more');
      }
      const options = given ? { windowCenter: center, windowWidth: width } : {};
      const frame = await decoder.renderDisplay(await bytesOf(request.params), 0, options as never);
      return png(reply, frame.width, frame.height, frame.pixels, 1);
    },
  );
  app.get<{ Params: Uids }>(`${instancePath}/thumbnail`, async (request, reply) => {
    const frame = await decoder.renderDisplay(await bytesOf(request.params), 0);
    return png(reply, frame.width, frame.height, frame.pixels, 1, 160);
  });
  app.get<{ Params: { id: string } }>('/triages/:id/heatmap.png', async (request, reply) => {
    const triage = await triageById(db, request.params.id);
    const stored = triage?.result as StoredResult | null | undefined;
    if (!stored) throw new DomainError('NOT_FOUND', 'no such triage, or it has no result', { http: 404 });
    const size = 512;
    return png(reply, size, size, heatmapOverlay(stored.heatmap, size, size), 4);
  });
}
