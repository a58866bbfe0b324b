import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors.js';
import type { Intake } from '../intake/intake.js';
import type { Logger } from '../log.js';
import { readParts } from './multipart.js';
import { failureOf, storeResponse, type StoredPart } from './stow-response.js';

/** STOW-RS (PS3.18 10.5): `POST /dicom-web/studies`, part by part; what cannot be stored does not stop the rest. */
export function registerStow(app: FastifyInstance, intake: Intake, log: Logger): void {
  void app.register(async (scope) => {
    // Whatever is sent arrives as a stream: the route itself says which media types it takes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    addRoutes(scope);
  });

  function addRoutes(scope: FastifyInstance): void {
    for (const url of ['/dicom-web/studies', '/dicom-web/studies/:studyInstanceUid']) {
      scope.post<{ Params: { studyInstanceUid?: string } }>(
        url,
        // Each object has a limit of its own; the message may hold any number of them.
        { config: { permission: 'images:store' }, bodyLimit: Number.MAX_SAFE_INTEGER },
        async (request, reply) => {
          const boundary = boundaryOf(request);
          const study = request.params.studyInstanceUid ?? null;
          const parts = await readParts(request.body as Readable, boundary, (part) =>
            receive(part, study, request),
          );
          const { status, body } = storeResponse(parts, `${request.protocol}://${request.host}`);
          if (status === 503) reply.header('retry-after', '5');
          return reply.code(status).type('application/dicom+json').send(JSON.stringify(body));
        },
      );
    }
  }

  async function receive(
    bytes: AsyncIterable<Uint8Array>,
    study: string | null,
    { id: requestId }: FastifyRequest,
  ): Promise<StoredPart> {
    try {
      return { stored: true, ...(await intake.receive(bytes, 'STOW', requestId, study)) };
    } catch (error) {
      if (error instanceof DomainError) {
        log.info('an object was refused', { requestId, code: error.code });
      } else log.error('an object could not be stored', { requestId, error });
      return failureOf(error);
    }
  }
}

/** @throws DomainError USAGE, 415 for another media type, 400 without a boundary */
function boundaryOf(request: FastifyRequest): string {
  const type = request.headers['content-type'] ?? '';
  const root = /;\s*type="?([^";]+)"?/i.exec(type)?.[1] ?? 'application/dicom';
  if (!/^multipart\/related\b/i.test(type) || root.toLowerCase() !== 'application/dicom') {
    throw new DomainError('USAGE', 'send multipart/related; type="application/dicom"', { http: 415 });
  }
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type);
  const value = boundary?.[1] ?? boundary?.[2];
  if (value === undefined) throw new DomainError('USAGE', 'the content type names no boundary');
  return value;
}
