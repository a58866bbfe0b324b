import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Db } from '../database/types.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import { DomainError } from '../errors.js';
import type { ObjectStore } from '../objects/file-store.js';
import { storedInstances, type StoredInstance } from '../study/study.service.js';
import { acceptedDicom, chooseType } from './accept.js';
import { createLimit } from '../limit.js';

interface Uids {
  studyInstanceUid: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
}

const study = '/dicom-web/studies/:studyInstanceUid';
const series = `${study}/series/:seriesInstanceUid`;
const instance = `${series}/instances/:sopInstanceUid`;
/** Metadata requests that are answered at once. */
const maximumMetadata = 4;

/** WADO-RS (PS3.18 10.4): stored objects and their metadata, for a study, a series or an instance. */
export function registerRetrieve(
  app: FastifyInstance,
  { db, objects, decoder }: { db: Db; objects: ObjectStore; decoder: DecodePool },
): void {
  const config = { permission: 'images:read' } as const;
  const limit = createLimit(maximumMetadata);
  const find = async (uids: Uids): Promise<StoredInstance[]> => {
    const found = await storedInstances(db, uids);
    if (found.length === 0)
      throw new DomainError('NOT_FOUND', 'nothing is stored under these UIDs', { http: 404 });
    return found;
  };
  /** A JSON array, one object after the other: a large study needs no more memory than one of its headers. */
  async function* metadata(found: StoredInstance[]): AsyncGenerator<string> {
    let separator = '[';
    for (const { objectDigest } of found) {
      const path = objects.pathOf(objectDigest);
      yield `${separator}${await limit(() => decoder.metadata({ path }))}`;
      separator = ',';
    }
    yield ']';
  }
  for (const path of [study, series, instance]) {
    app.get<{ Params: Uids }>(path, { config }, async (request, reply) => {
      const syntaxes = acceptedDicom(request.headers.accept);
      if (syntaxes === undefined) {
        throw notAcceptable('objects are sent as multipart/related; type="application/dicom"');
      }
      const found = await find(request.params);
      if (syntaxes !== null && !found.every(({ transferSyntaxUid }) => syntaxes.has(transferSyntaxUid))) {
        throw notAcceptable('objects are sent in the transfer syntax in which they are stored');
      }
      // Of our own making: what the client may choose could stand inside of an object.
      const boundary = `part-${randomUUID()}`;
      return reply
        .type(`multipart/related; type="application/dicom"; boundary=${boundary}`)
        .send(Readable.from(multipart(found, objects, boundary), { objectMode: false }));
    });
    app.get<{ Params: Uids }>(`${path}/metadata`, { config }, async (request, reply) => {
      const type = chooseType(request.headers.accept, ['application/dicom+json', 'application/json']);
      if (type === null) throw notAcceptable('metadata is sent as application/dicom+json');
      const found = await find(request.params);
      return reply.type(type).send(Readable.from(metadata(found)));
    });
  }
}

function notAcceptable(message: string): DomainError {
  return new DomainError('USAGE', message, { http: 406 });
}

async function* multipart(found: StoredInstance[], objects: ObjectStore, boundary: string) {
  for (const { objectDigest, transferSyntaxUid } of found) {
    const type = `application/dicom; transfer-syntax=${transferSyntaxUid}`;
    yield Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n\r\n`);
    yield* objects.stream(objectDigest) as AsyncIterable<Buffer>;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}
