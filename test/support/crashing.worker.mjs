// The real inference thread, except that an input whose first value is the lowest ends it and the highest hangs it.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (request) => {
  for (const [first] of request.inputs ?? []) {
    if (first === -1) process.exit(9);
    if (first === 1) for (;;);
  }
});
await import('../../dist/server/inference/inference.worker.js');
