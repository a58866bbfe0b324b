// The thread that decodes. It may be ended at any moment: it holds nothing between jobs.
import { parentPort } from 'node:worker_threads';
import type { DecoderAnswer, DecoderJob, DecoderReply } from './decoder-messages.js';
import { decodeFrame, pixelDigest } from './decode.js';
import { toDisplay } from './display.js';
import { asCorrupt } from './problems.js';

const port = parentPort;
if (port === null) throw new Error('decoder.worker runs as a worker thread');

const reply = (message: DecoderReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

async function run(job: DecoderJob): Promise<DecoderAnswer> {
  switch (job.kind) {
    case 'decode':
      return decodeFrame(job.input, job.frameIndex);
    case 'display':
      return toDisplay(await decodeFrame(job.input, job.frameIndex), job.options);
    case 'digest':
      return pixelDigest(job.input);
    case 'metadata': {
      // Few threads are ever asked for it, and it takes a while to load.
      const { dicomJson } = await import('./dicom-json.js');
      return dicomJson(job.input);
    }
  }
}

function buffersOf(answer: DecoderAnswer): ArrayBuffer[] {
  if (typeof answer === 'string') return [];
  const arrays = 'padding' in answer && answer.padding ? [answer.pixels, answer.padding] : [answer.pixels];
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}

port.on('message', (job: DecoderJob) => {
  run(job).then(
    (answer) => reply({ kind: 'done', answer }, buffersOf(answer)),
    (error: unknown) => {
      const { code, message, http, retryable, cause } = asCorrupt(error, 'the image');
      const reason = cause instanceof Error ? (cause.stack ?? cause.message) : null;
      reply({ kind: 'failed', failure: { code, message, http, retryable, cause: reason } });
    },
  );
});
reply({ kind: 'ready' });
