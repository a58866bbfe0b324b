import type { FastifyInstance } from 'fastify';
import type { Db } from '../database/types.js';
import { liveWorkers } from '../triage/triage.queries.js';
import type { ObjectStore } from '../objects/file-store.js';
import type { Metrics } from './metrics.js';

const patienceMs = 2_000;

/** Liveness, readiness and Prometheus metrics. */
export function registerHealth(
  app: FastifyInstance,
  { db, objects }: { db: Db; objects: ObjectStore },
  metrics: Metrics,
): void {
  app.get('/healthz', { config: { permission: 'public' } }, async () => ({ status: 'ok' }));

  // Ready means that requests can be answered and work accepted. A missing worker delays results, it loses none.
  app.get('/readyz', { config: { permission: 'public' } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    // A disk that hangs answers no more than a database that does.
    const inTime = <Answer>(answer: Promise<Answer>, otherwise: Answer) => {
      const late = new Promise<Answer>((resolve) => setTimeout(resolve, patienceMs, otherwise).unref());
      return Promise.race([answer.catch(() => otherwise), late]);
    };
    const [workers, isWritable] = await Promise.all([
      inTime<Awaited<ReturnType<typeof liveWorkers>> | null>(liveWorkers(db), null),
      inTime(objects.isWritable(), false),
    ]);
    const database = workers === null ? 'unreachable' : 'ok';
    const storage = isWritable ? 'ok' : 'full or not writable';
    if (workers === null || !isWritable)
      return reply.code(503).send({ status: 'unavailable', database, storage });
    return { status: 'ok', database, storage, workers: workers.count };
  });

  app.get('/metrics', { config: { permission: 'operations:read' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
