// Real: an HTTP server and WebSockets. Nothing is asked over them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import type { ApiParts } from '../../server/graphql/context.js';
import { createSchema } from '../../server/graphql/schema.js';
import { startSubscriptions } from '../../server/graphql/subscriptions.js';

it('takes no more connections than a process can serve, and new ones when some have gone', async () => {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const limits = { sockets: 2, operationsPerSocket: 1 };
  const live = startSubscriptions(http, createSchema(), {} as ApiParts, () => true, limits);
  const connect = () =>
    new Promise<WebSocket | string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
      socket.on('open', () => resolve(socket));
      socket.on('error', (error) => resolve(error.message));
    });
  const first = await connect();
  expect(await connect()).toBeInstanceOf(WebSocket);
  expect(await connect()).toMatch(/503/);
  if (first instanceof WebSocket) {
    await new Promise((resolve) => first.on('close', resolve).close());
  }
  expect(await connect()).toBeInstanceOf(WebSocket);
  await live.dispose();
  http.closeAllConnections();
  http.close();
});
