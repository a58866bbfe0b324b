// The real inference thread, except that a picture 77 wide ends it and one 78 wide hangs it.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (request) => {
  for (const { picture } of request.jobs ?? []) {
    if (picture.width === 77) process.exit(9);
    if (picture.width === 78) for (;;);
  }
});
await import('../../dist/server/inference/inference.worker.js');
