import { Readable } from 'node:stream';
import dcmjs from 'dcmjs';
import type { FastifyInstance } from 'fastify';
import type { Db } from '../database/types.js';
import { DomainError } from '../errors.js';
import type { ObjectStore } from '../objects/file-store.js';
import { storedInstances, type StoredInstance } from '../study/study.service.js';

interface Uids {
  studyInstanceUid: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
}

const study = '/dicom-web/studies/:studyInstanceUid';
const series = `${study}/series/:seriesInstanceUid`;
const instance = `${series}/instances/:sopInstanceUid`;

/** WADO-RS (PS3.18 10.4): stored objects and their metadata, for a study, a series or an instance. */
export function registerRetrieve(
  app: FastifyInstance,
  { db, objects }: { db: Db; objects: ObjectStore },
): void {
  const config = { permission: 'images:read' } as const;
  const find = async (uids: Uids): Promise<StoredInstance[]> => {
    const found = await storedInstances(db, uids);
    if (found.length === 0)
      throw new DomainError('NOT_FOUND', 'nothing is stored under these UIDs', { http: 404 });
    return found;
  };
  for (const path of [study, series, instance]) {
    app.get<{ Params: Uids }>(path, { config }, async (request, reply) => {
      if (!acceptsDicom(request.headers.accept)) {
        throw new DomainError('USAGE', 'objects are sent as multipart/related; type="application/dicom"', {
          http: 406,
        });
      }
      const found = await find(request.params);
      const boundary = `part-${request.id}`;
      return reply
        .type(`multipart/related; type="application/dicom"; boundary=${boundary}`)
        .send(Readable.from(multipart(found, objects, boundary), { objectMode: false }));
    });
    app.get<{ Params: Uids }>(`${path}/metadata`, { config }, async (request, reply) => {
      const found = await find(request.params);
      return reply.type('application/dicom+json').send(Readable.from(metadata(found, objects)));
    });
  }
}

function acceptsDicom(accept: string | undefined): boolean {
  return accept === undefined || /\*\/\*|multipart\/\*|multipart\/related|application\/dicom/i.test(accept);
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

/** A JSON array, one object after the other, so that a large study needs no more memory than one of its headers. */
async function* metadata(found: StoredInstance[], objects: ObjectStore): AsyncGenerator<string> {
  let separator = '[';
  for (const { objectDigest } of found) {
    const bytes = await objects.read(objectDigest);
    yield `${separator}${JSON.stringify(dicomJson(bytes))}`;
    separator = ',';
  }
  yield ']';
}

/** DICOM JSON model (PS3.18 F) of everything before the pixels; other bulk data is left out. */
export function dicomJson(bytes: Uint8Array): Record<string, unknown> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { dict } = dcmjs.data.DicomMessage.readFile(buffer, {
    ignoreErrors: true,
    untilTag: '7FE00010',
    includeUntilTagValue: false,
  });
  return modelOf(dict as Record<string, { vr: string; Value?: unknown[] }>);
}

const bulk = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);

function modelOf(dict: Record<string, { vr: string; Value?: unknown[] }>): Record<string, unknown> {
  const entries = Object.entries(dict)
    .filter(
      ([tag, { vr }]) => /^[0-9A-F]{8}$/i.test(tag) && !bulk.has(vr) && tag.toUpperCase() !== '7FE00010',
    )
    .map(([tag, { vr, Value = [] }]) => {
      const values = Value.filter((value) => value !== undefined).map((value) => valueOf(vr, value));
      return [tag.toUpperCase(), values.length > 0 ? { vr, Value: values } : { vr }] as const;
    });
  return Object.fromEntries(entries);
}

function valueOf(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return modelOf(value as Record<string, { vr: string; Value?: unknown[] }>);
  if (vr !== 'PN') return value === '' ? null : value;
  return typeof value === 'string' ? { Alphabetic: value } : value;
}
