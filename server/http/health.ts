import type { FastifyInstance } from 'fastify';
import type { Db } from '../database/types.js';
import { liveWorkers } from '../triage/triage.queries.js';
import type { Metrics } from './metrics.js';

const patienceMs = 2_000;

/** Liveness, readiness and Prometheus metrics. */
export function registerHealth(app: FastifyInstance, { db }: { db: Db }, metrics: Metrics): void {
  app.get('/healthz', { config: { permission: 'public' } }, async () => ({ status: 'ok' }));

  // Ready means that requests can be answered and work accepted. A missing worker delays results, it loses none.
  app.get('/readyz', { config: { permission: 'public' } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const late = new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null).unref());
    const workers = await Promise.race([liveWorkers(db).catch(() => null), late]);
    if (workers === null) return reply.code(503).send({ status: 'unavailable', database: 'unreachable' });
    return { status: 'ok', database: 'ok', workers: workers.count };
  });

  app.get('/metrics', { config: { permission: 'operations:read' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
