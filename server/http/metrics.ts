import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Db } from '../database/types.js';
import { statusCounts } from '../triage/triage.queries.js';

export interface Metrics {
  observe(method: string, route: string, status: number, durationMs: number): void;
  /** Prometheus text. */
  text(): Promise<string>;
  contentType: string;
}

/** What an operator watches: requests by route, triages by status, and the process itself. */
export function createMetrics(db: Db): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'covid_triage_http_request_seconds',
    help: 'Duration of HTTP requests in seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers: [registry],
  });
  new Gauge({
    name: 'covid_triage_triages',
    help: 'Triages by status',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { status, count } of await statusCounts(db)) this.set({ status }, count);
    },
  });
  return {
    observe: (method, route, status, durationMs) => {
      requests.observe({ method, route, status: String(status) }, durationMs / 1000);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
