import type { FastifyError, FastifyInstance } from 'fastify';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';

const codes: Record<number, string> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  413: 'TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  431: 'HEADERS_TOO_LARGE',
};

/** Every failure outside GraphQL: a status, a code, a sentence; what is unexpected is masked and logged once. */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof DomainError) {
      if (error.http === 503) reply.header('retry-after', '5');
      return reply.code(error.http).send({ code: error.code, message: error.message });
    }
    const status = error.statusCode ?? 500;
    if (status < 500) {
      return reply.code(status).send({ code: codes[status] ?? 'BAD_REQUEST', message: error.message });
    }
    log.error('a request failed', { requestId: request.id, route: request.routeOptions.url ?? '', error });
    return reply.code(500).send({
      code: 'INTERNAL',
      message: `The server failed to answer. Its log has the reason under ${request.id}.`,
    });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'NOT_FOUND', message: 'There is nothing at this address.' }),
  );
}
