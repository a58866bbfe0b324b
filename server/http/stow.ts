import { Dicer } from '@fastify/busboy';
import type { FastifyInstance } from 'fastify';
import type { Readable } from 'node:stream';
import { DomainError, type ErrorCode } from '../errors.js';
import type { Intake } from '../intake/intake.js';

interface Part {
  sopClassUid: string | null;
  sopInstanceUid: string | null;
  studyInstanceUid: string | null;
  seriesInstanceUid: string | null;
  /** Null when stored. */
  reason: number | null;
  message: string | null;
  existed: boolean;
}

const reasons: Partial<Record<ErrorCode, number>> = {
  DUPLICATE_UID_DIFFERENT_PIXELS: 0x0111,
  DICOM_NOT_AN_IMAGE: 0x0122,
  DICOM_TOO_LARGE: 0xa700,
};

/** Failure reasons of PS3.18 table 10.5.3-1 and PS3.4 CC.2.3. */
function failureReason(error: unknown): number {
  if (!(error instanceof DomainError)) return 0x0110;
  return reasons[error.code] ?? 0xc000;
}

/** Takes `POST /dicom-web/studies` apart, part by part, and answers as PS3.18 10.5 says. */
export function registerStow(app: FastifyInstance, intake: Intake): void {
  app.removeContentTypeParser('multipart/related');
  app.addContentTypeParser('multipart/related', (_request, payload, done) => {
    done(null, payload);
  });
  for (const url of ['/dicom-web/studies', '/dicom-web/studies/:study']) {
    app.post<{ Params: { study?: string } }>(url, async (request, reply) => {
      const type = request.headers['content-type'] ?? '';
      const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
      if (
        !/^multipart\/related/i.test(type) ||
        (/type=/i.test(type) && !/type="?application\/dicom"?/i.test(type))
      ) {
        return reply
          .code(415)
          .send(problem('UNSUPPORTED_MEDIA_TYPE', 'multipart/related; type="application/dicom" is needed'));
      }
      if (!boundary)
        return reply.code(400).send(problem('BAD_REQUEST', 'the content type names no boundary'));
      const parts = await receiveParts(request.body as Readable, boundary, (part) =>
        receive(part, request.params.study ?? null, request.id),
      ).catch(() => null);
      if (parts === null || parts.length === 0) {
        return reply
          .code(400)
          .send(problem('BAD_REQUEST', 'the body is not a complete multipart message with parts'));
      }
      const stored = parts.filter(({ reason }) => reason === null);
      const code = stored.length === parts.length ? 200 : stored.length > 0 ? 202 : 409;
      return reply
        .code(code)
        .type('application/dicom+json')
        .send(JSON.stringify([toDicomJson(parts)]));
    });
  }

  async function receive(
    bytes: AsyncIterable<Uint8Array>,
    study: string | null,
    requestId: string,
  ): Promise<Part> {
    try {
      const { header, status } = await intake.receive(bytes, 'STOW', requestId);
      const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid } = header;
      const foreign = study !== null && study !== studyInstanceUid;
      return {
        sopClassUid,
        sopInstanceUid,
        studyInstanceUid,
        seriesInstanceUid,
        reason: null,
        message: foreign ? 'belongs to another study than the address says' : null,
        existed: status === 'ALREADY_STORED',
      };
    } catch (error) {
      const message =
        error instanceof DomainError ? `${error.code}: ${error.message}` : 'INTERNAL: it could not be stored';
      if (!(error instanceof DomainError)) app.log.error(error);
      const none = {
        sopClassUid: null,
        sopInstanceUid: null,
        studyInstanceUid: null,
        seriesInstanceUid: null,
      };
      return { ...none, reason: failureReason(error), message, existed: false };
    }
  }
}

function problem(code: string, message: string) {
  return { code, message };
}

/** One part after the other: the next is read only when the one before is stored. */
function receiveParts(
  body: Readable,
  boundary: string,
  receive: (part: AsyncIterable<Uint8Array>) => Promise<Part>,
): Promise<Part[]> {
  return new Promise((resolve, reject) => {
    const results: Promise<Part>[] = [];
    const dicer = new Dicer({ boundary });
    dicer.on('part', (part: Readable) => {
      results.push(receive(drainAfter(part)));
    });
    dicer.on('finish', () => {
      Promise.all(results).then(resolve, reject);
    });
    dicer.on('error', reject);
    body.on('error', reject);
    body.on('aborted', () => {
      reject(new Error('the sender went away'));
    });
    body.pipe(dicer);
  });
}

/** The part's bytes; what is left of it when its reader gives up is thrown away, so that the next part comes. */
async function* drainAfter(part: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of part.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } finally {
    part.resume();
  }
}

function toDicomJson(parts: Part[]): Record<string, unknown> {
  const reference = (part: Part) => ({
    '00081150': { vr: 'UI', Value: part.sopClassUid ? [part.sopClassUid] : [] },
    '00081155': { vr: 'UI', Value: part.sopInstanceUid ? [part.sopInstanceUid] : [] },
  });
  const stored = parts.filter(({ reason }) => reason === null);
  const failed = parts.filter(({ reason }) => reason !== null);
  const study = stored[0]?.studyInstanceUid;
  return {
    ...(study ? { '00081190': { vr: 'UR', Value: [`/dicom-web/studies/${study}`] } } : {}),
    ...(stored.length > 0
      ? {
          '00081199': {
            vr: 'SQ',
            Value: stored.map((part) => ({
              ...reference(part),
              '00081190': {
                vr: 'UR',
                Value: [
                  `/dicom-web/studies/${part.studyInstanceUid}/series/${part.seriesInstanceUid}/instances/${part.sopInstanceUid}`,
                ],
              },
            })),
          },
        }
      : {}),
    ...(failed.length > 0
      ? {
          '00081198': {
            vr: 'SQ',
            Value: failed.map((part) => ({
              ...reference(part),
              '00081197': { vr: 'US', Value: [part.reason] },
              // Error Comment (0000,0902) says in words what the number means.
              '00000902': { vr: 'LO', Value: [(part.message ?? '').slice(0, 64)] },
            })),
          },
        }
      : {}),
  };
}
