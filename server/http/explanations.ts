import type { FastifyInstance, FastifyReply } from 'fastify';
import sharp from 'sharp';
import type { Db } from '../database/types.js';
import { DomainError } from '../errors.js';
import { heatmapOverlay } from '../inference/heatmap.js';
import { createLimit } from '../limit.js';
import { lungMapOf, slicePictures, triageById } from '../triage/triage.queries.js';
import type { StoredResult } from '../triage/triage.result.js';

const overlaySide = 512;
/** Pictures that are drawn at once: each holds its pixels until it is encoded. */
const maximumDrawn = 4;
/** A result never changes. */
const lasting = 'private, max-age=3600';

interface Drawn {
  heatmap: { width: number; height: number; values: number[] };
  picture: { width: number; height: number };
}

/** Where the evidence of a triage lies: heatmaps, and of CT what is involved in slices and lungs. */
export function registerExplanations(app: FastifyInstance, { db }: { db: Db }): void {
  const config = { permission: 'images:read' } as const;
  const limit = createLimit(maximumDrawn);
  const send = (reply: FastifyReply, png: Buffer) =>
    reply.type('image/png').header('cache-control', lasting).send(png);
  const draw = ({ heatmap, picture }: Drawn) =>
    limit(async () => {
      const scale = overlaySide / Math.max(picture.width, picture.height);
      const width = Math.max(1, Math.round(picture.width * scale));
      const height = Math.max(1, Math.round(picture.height * scale));
      const pixels = heatmapOverlay(heatmap, width, height, 1);
      return sharp(pixels, { raw: { width, height, channels: 4 } })
        .png({ compressionLevel: 3 })
        .toBuffer();
    });
  /** The id as it is stored, and the number that the address names. */
  const slice = async ({ id, index }: { id: string; index: string }) => {
    const triage = await triageById(db, id);
    if (!triage || !/^\d{1,6}$/.test(index)) throw missing();
    const found = await slicePictures(db, triage.id, Number(index));
    return found ?? raise();
  };

  app.get<{ Params: { id: string } }>('/triages/:id/heatmap.png', { config }, async (request, reply) => {
    const triage = await triageById(db, request.params.id);
    const { heatmap, picture } = (triage?.result as StoredResult | null | undefined) ?? raise();
    return send(reply, await draw({ heatmap: heatmap ?? raise(), picture }));
  });
  app.get<{ Params: { id: string; index: string } }>(
    '/triages/:id/slices/:index/heatmap.png',
    { config },
    async (request, reply) => {
      const { heatmap, width, height } = await slice(request.params);
      return send(reply, await draw({ heatmap: heatmap ?? raise(), picture: { width, height } }));
    },
  );
  app.get<{ Params: { id: string; index: string } }>(
    '/triages/:id/slices/:index/overlay.png',
    { config },
    async (request, reply) => send(reply, (await slice(request.params)).overlay ?? raise()),
  );
  app.get<{ Params: { id: string } }>('/triages/:id/lung-map.png', { config }, async (request, reply) => {
    const triage = await triageById(db, request.params.id);
    const found = triage && (await lungMapOf(db, triage.id));
    return send(reply, (found ?? raise()).lungMap);
  });
}

const missing = () =>
  new DomainError('NOT_FOUND', 'no such triage, or it has no such picture', { http: 404 });

function raise(): never {
  throw missing();
}
