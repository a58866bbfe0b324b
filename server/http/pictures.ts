import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import sharp from 'sharp';
import type { Db } from '../database/types.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import type { DisplayOptions } from '../dicom/display.js';
import { DomainError } from '../errors.js';
import type { ObjectStore } from '../objects/file-store.js';
import { storedInstances } from '../study/study.service.js';
import { chooseType } from './accept.js';
import { createLimit } from '../limit.js';

interface Uids {
  studyInstanceUid: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
}
const study = '/dicom-web/studies/:studyInstanceUid';
const series = `${study}/series/:seriesInstanceUid`;
const instance = `${series}/instances/:sopInstanceUid`;
const thumbnailSide = 160;
/** Pictures that are made at once: each holds its pixels until it is encoded. */
const maximumPictures = 4;
const pictureTypes = ['image/png', 'image/jpeg'] as const;
type PictureType = (typeof pictureTypes)[number];
type Request = FastifyRequest<{ Params: Uids }>;

/** WADO-RS rendered and thumbnail (PS3.18 10.4.1.1.3, 10.4.1.1.5). */
export function registerPictures(
  app: FastifyInstance,
  { db, objects, decoder }: { db: Db; objects: ObjectStore; decoder: DecodePool },
): void {
  const config = { permission: 'images:read' } as const;
  const limit = createLimit(maximumPictures);

  /** Answers with a frame as a picture; of a study or series, with the first one. */
  const answer = async (
    request: Request,
    reply: FastifyReply,
    frameNumber: number,
    options: DisplayOptions,
    finish: (picture: sharp.Sharp) => sharp.Sharp = (picture) => picture,
  ) => {
    const type = chooseType(request.headers.accept, pictureTypes);
    if (type === null) throw new DomainError('USAGE', 'pictures are PNG or JPEG', { http: 406 });
    const [first] = await storedInstances(db, request.params);
    if (!first) throw new DomainError('NOT_FOUND', 'no picture is stored under these UIDs', { http: 404 });
    // The address tells frame, window and size; under the address of a study another image may become the first.
    const etag = `"${first.objectDigest}-${type.slice('image/'.length)}"`;
    const fixed = request.params.sopInstanceUid !== undefined;
    const vary = ['accept', reply.getHeader('vary') ?? []].flat().join(', ');
    const headers = { etag, vary, 'cache-control': fixed ? lasting : 'private, no-cache' };
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).headers(headers).send();
    const body = await limit(async () => {
      const path = objects.pathOf(first.objectDigest);
      const frame = await decoder.renderDisplay({ path }, frameNumber - 1, options);
      return encode(finish(grey(frame)), type);
    });
    return reply.type(type).headers(headers).send(body);
  };

  for (const path of [study, series, instance]) {
    app.get<{ Params: Uids; Querystring: { window?: string } }>(
      `${path}/rendered`,
      { config },
      (request, reply) => answer(request, reply, 1, windowOf(request.query.window)),
    );
    app.get<{ Params: Uids }>(`${path}/thumbnail`, { config }, (request, reply) =>
      answer(request, reply, 1, {}, (picture) =>
        picture.resize({ width: thumbnailSide, height: thumbnailSide, fit: 'inside' }),
      ),
    );
  }
  app.get<{ Params: Uids & { frame: string }; Querystring: { window?: string } }>(
    `${instance}/frames/:frame/rendered`,
    { config },
    async (request, reply) => {
      const number = Number(request.params.frame);
      if (!Number.isInteger(number) || number < 1)
        throw new DomainError('USAGE', 'frames are numbered from 1');
      return answer(request, reply, number, windowOf(request.query.window));
    },
  );
}

const lasting = 'private, max-age=3600';

/** PNG keeps grey values exact. */
function encode(picture: sharp.Sharp, type: PictureType): Promise<Buffer> {
  const coded = type === 'image/jpeg' ? picture.jpeg({ quality: 92 }) : picture.png({ compressionLevel: 3 });
  return coded.toBuffer();
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
