// The thread that analyses one volume and ends.
import { parentPort, workerData } from 'node:worker_threads';
import { analyseVolume } from './analyse.js';
import type { CtVolume } from './volume.js';

if (parentPort === null) throw new Error('analysis.worker runs as a worker thread');
const analysis = analyseVolume(workerData as CtVolume);
const buffers = [analysis.sides.buffer, analysis.map.buffer].filter((b) => b instanceof ArrayBuffer);
parentPort.postMessage(analysis, buffers);
