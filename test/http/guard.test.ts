import fastify from 'fastify';
import { expect, it } from 'vitest';
import { loadConfig } from '../../server/config.js';
import { guardRoutes } from '../../server/http/app.js';

it('denies a route that names no permission, when it is registered and when it is asked for', async () => {
  const app = fastify();
  const host = { host: '127.0.0.1' };
  // Registered before anybody looks.
  app.get('/early', () => 'secret');
  guardRoutes(app, loadConfig({}));
  expect(() => app.get('/late', () => 'secret')).toThrow(/names no permission/);
  app.get('/open', { config: { permission: 'public' } }, () => 'fine');
  app.get('/component/x.js', () => 'fine');
  const status = async (url: string) => (await app.inject({ url, headers: host })).statusCode;
  expect(await status('/early')).toBe(403);
  expect(await status('/open')).toBe(200);
  expect(await status('/component/x.js')).toBe(200);
  expect(await status('/nothing')).toBe(404);
  await app.close();
});
