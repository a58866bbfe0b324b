import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { isLoopback } from '../config.js';
import type { DecodePool } from '../dicom/decode-pool.js';
import { createContext, type ApiParts } from '../graphql/context.js';
import { createSchema } from '../graphql/schema.js';
import { maximumOperationBytes, startApollo } from '../graphql/server.js';
import { startSubscriptions } from '../graphql/subscriptions.js';
import type { Intake } from '../intake/intake.js';
import type { ObjectStore } from '../objects/file-store.js';
import { projectRoot } from '../runtime.js';
import { localCaller, type Permission } from '../security/permissions.js';
import { answerErrors } from './errors.js';
import { registerExplanations } from './explanations.js';
import { registerHealth } from './health.js';
import { createMetrics } from './metrics.js';
import { registerPictures } from './pictures.js';
import { registerRetrieve } from './retrieve.js';
import { registerStow } from './stow.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route needs. A route without it is refused when it is registered. */
    permission?: Permission | 'public';
  }
}

export interface AppParts extends ApiParts {
  config: Config;
  objects: ObjectStore;
  decoder: DecodePool;
  intake: Intake;
}

/** The HTTP application, ready to listen. `close` ends subscriptions and lets running requests finish. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, log } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: maximumOperationBytes,
    requestTimeout: 0,
    connectionTimeout: 120_000,
    forceCloseConnections: 'idle',
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    },
  });
  const metrics = createMetrics(parts.db);
  answerErrors(app, log);
  guardRoutes(app, config);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const durationMs = reply.elapsedTime;
    metrics.observe(request.method, route, reply.statusCode, durationMs);
    const fields = { requestId: request.id, method: request.method, route, httpStatus: reply.statusCode };
    log.debug('answered', { ...fields, durationMs: Math.round(durationMs) });
  });

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
    // Transport security is the proxy's to promise; the element's module is meant for other origins.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  await app.register(cors, {
    // Set only where origins are configured: without it browsers keep other sites' pages out.
    origin: config.corsOrigins.length > 0 ? [...config.corsOrigins] : false,
    exposedHeaders: ['x-request-id'],
    maxAge: 600,
  });

  const schema = createSchema();
  const apollo = await startApollo(schema, log);
  const subscriptions = startSubscriptions(app.server, schema, parts, ({ origin, host }) =>
    mayConnect(config, origin, host),
  );
  app.addHook('preClose', async () => {
    await subscriptions.dispose();
  });
  app.addHook('onClose', async () => {
    await apollo.stop();
  });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    config: { permission: 'triage:read' },
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => createContext(parts, request.id, localCaller),
    }),
  });

  registerHealth(app, parts, metrics);
  registerStow(app, parts.intake, log);
  registerRetrieve(app, parts);
  registerPictures(app, parts);
  registerExplanations(app, parts);
  const built = join(projectRoot(), 'dist');
  await app.register(serveStatic, {
    root: join(built, 'component'),
    prefix: '/component/',
    // Modules are always fetched with CORS, whichever origin embeds them.
    setHeaders: (response) => response.setHeader('access-control-allow-origin', '*'),
  });
  await app.register(serveStatic, {
    root: join(built, 'viewer'),
    prefix: '/viewer/',
    decorateReply: false,
  });
  app.get('/viewer', { config: { permission: 'public' } }, (_request, reply) => reply.redirect('/viewer/'));
  app.get('/', { config: { permission: 'public' } }, (_request, reply) => reply.redirect('/viewer/'));
  app.get('/favicon.ico', { config: { permission: 'public' } }, (_request, reply) => reply.code(204).send());
  return app;
}

/** Static files, preflights and the fallback for unknown paths are registered by libraries, without a permission. */
function isPublic(url: string, method: string | string[]): boolean {
  return /^\/(component|viewer)\//.test(url) || method === 'OPTIONS' || (url === '*' && method === 'OPTIONS');
}

/** Denies every route that names no permission, when it is registered and again when it is asked for. */
export function guardRoutes(app: FastifyInstance, config: Config): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.permission !== undefined || isPublic(route.url, route.method)) return;
    throw new Error(`the route ${String(route.method)} ${route.url} names no permission`);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // A page of another site that resolves its own name to this machine would otherwise read everything here.
    if (!config.allowInsecure && !isLoopback(hostName(request.headers.host))) {
      return reply
        .code(403)
        .send({ code: 'HOST_NOT_ALLOWED', message: 'Only loopback host names are served.' });
    }
    const { permission } = request.routeOptions.config;
    // Nothing is served there, which is answered as such.
    if (request.is404 || permission === 'public') return;
    if (permission !== undefined && localCaller.permissions.has(permission)) return;
    if (permission === undefined && isPublic(request.routeOptions.url ?? '', request.method)) return;
    return reply
      .code(403)
      .send({ code: 'FORBIDDEN', message: `This needs the permission ${permission ?? 'that nobody has'}.` });
  });
}

function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '');
}

function mayConnect(config: Config, origin: string | undefined, host: string | undefined): boolean {
  if (!config.allowInsecure && !isLoopback(hostName(host))) return false;
  // No origin: not a browser.
  if (origin === undefined || config.corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
