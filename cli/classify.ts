import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import sharp from 'sharp';
import { loadConfig } from '../server/config.js';
import { createDecodePool, type DecodePool } from '../server/dicom/decode-pool.js';
import { parseHeader } from '../server/dicom/header.js';
import { DomainError } from '../server/errors.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { heatmapOverlay } from '../server/inference/heatmap.js';
import { defaultModelFolder } from '../server/inference/models.js';
import { createInferenceService, type InferenceService } from '../server/inference/service.js';
import type { Picture, PictureContext } from '../server/inference/types.js';
import { abstainTexts, failureText } from '../server/triage/problem-texts.js';
import { createProgress } from '../training/progress.js';

interface Options {
  json: boolean;
  engine?: EngineChoice;
  model?: string;
  heatmaps?: string;
}

interface Entry {
  file: string;
  status: 'SUCCEEDED' | 'ABSTAINED' | 'FAILED';
  /** As `TriageResult` in the schema. */
  result: object | null;
  problem: { code: string; message: string; advice: string } | null;
}

/** `classify`: files judged here and now, without server or database. */
export function classifyCommand(): Command {
  return new Command('classify')
    .description('Judges chest X-rays (DICOM, PNG, JPEG) without a server; not for diagnosis')
    .argument('<file...>', 'pictures')
    .option('--json', 'print one JSON array, an entry a file in the order given', false)
    .addOption(new Option('--engine <name>', 'engine').choices(['auto', 'tensorflow', 'webgpu', 'wasm']))
    .option('--model <folder>', 'folder of the model (default: the one that is served)')
    .option('--heatmaps <folder>', 'write the explanation of each picture there as PNG')
    .action(classify);
}

async function classify(files: string[], options: Options): Promise<void> {
  const config = loadConfig();
  const decoder = createDecodePool({ size: config.decodeWorkers, deadlineMs: config.decodeDeadlineMs });
  const inference = await createInferenceService({
    engine: options.engine ?? config.engine,
    modelDir: await defaultModelFolder('cxr-triage', options.model ?? config.modelDir),
    batchSize: config.batchSize,
    batchWaitMs: config.batchWaitMs,
  });
  try {
    const tick = createProgress().stage('classifying', files.length);
    const entries = new Array<Entry>(files.length);
    let next = 0;
    let done = 0;
    const lane = async () => {
      for (let index = next++; index < files.length; index = next++) {
        entries[index] = await judgeFile(files[index] ?? '', { decoder, inference, options });
        tick(++done);
      }
    };
    await Promise.all(Array.from({ length: config.batchSize }, lane));
    if (options.json) process.stdout.write(`${JSON.stringify(entries)}\n`);
    else for (const entry of entries) process.stdout.write(`${line(entry)}\n`);
    if (entries.some(({ status }) => status === 'FAILED')) process.exitCode = 1;
  } finally {
    await inference.close();
    await decoder.close();
  }
}

interface Tools {
  decoder: DecodePool;
  inference: InferenceService;
  options: Options;
}

async function judgeFile(file: string, { decoder, inference, options }: Tools): Promise<Entry> {
  const started = performance.now();
  try {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new DomainError('IMAGE_UNREADABLE', 'the file cannot be read', { cause });
    });
    const { picture, context, sopInstanceUid } = await pictureOf(bytes, decoder);
    const decodeMs = performance.now() - started;
    const { prediction, durations } = await inference.predict(picture, context);
    if (prediction.abstainCode !== null) {
      const problem = { code: prediction.abstainCode, ...abstainTexts[prediction.abstainCode] };
      return { file, status: 'ABSTAINED', result: null, problem };
    }
    if (options.heatmaps !== undefined) {
      const { width, height } = picture;
      const overlay = heatmapOverlay(prediction.heatmap, width, height, 1);
      const png = await sharp(overlay, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer();
      await writeFile(join(options.heatmaps, `${basename(file)}.heatmap.png`), png);
    }
    const { id, version, task, labels } = inference.model;
    const { name, device } = inference.describe();
    const result = {
      findings: prediction.findings,
      topFinding: prediction.findings[0],
      covidProbability: prediction.findings.find(({ code }) => code === 'COVID')?.probability ?? 0,
      severity: prediction.severity,
      pneumoniaKind: prediction.pneumoniaKind,
      explanation: null,
      quality: prediction.quality,
      model: { id, version, task, digest: inference.loaded.digest, active: true, labels },
      engine: `${name} (${device})`,
      inputDigest: createHash('sha256').update(bytes).digest('hex'),
      durations: {
        queuedMs: 0,
        decodeMs,
        inferenceMs: durations.queueMs + durations.preprocessMs + durations.inferenceMs,
        totalMs: performance.now() - started,
      },
      slices: [],
      involvement: null,
      sopInstanceUid,
    };
    return { file, status: 'SUCCEEDED', result, problem: null };
  } catch (error) {
    const code = error instanceof DomainError ? error.code : 'INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    const problem = { code, message, advice: failureText(code).advice };
    return { file, status: 'FAILED', result: null, problem };
  }
}

interface Opened {
  picture: Picture;
  context: PictureContext;
  sopInstanceUid: string | null;
}

async function pictureOf(bytes: Buffer, decoder: DecodePool): Promise<Opened> {
  const isPng = bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
  if (!isPng && !isJpeg) {
    const { modality, viewPosition, bodyPartExamined, sopInstanceUid } = parseHeader(bytes);
    const picture = await decoder.renderDisplay(bytes, 0);
    return { picture, context: { modality, viewPosition, bodyPartExamined }, sopInstanceUid };
  }
  try {
    const raw = await sharp(bytes, { limitInputPixels: 100_000_000 })
      .rotate()
      .flatten({ background: 'black' })
      .toColourspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = raw.info;
    const context = { modality: null, viewPosition: null, bodyPartExamined: null };
    return { picture: { width, height, pixels: raw.data }, context, sopInstanceUid: null };
  } catch (cause) {
    throw new DomainError('IMAGE_UNREADABLE', 'the picture is damaged or too large', { cause });
  }
}

function line({ file, status, result, problem }: Entry): string {
  if (status !== 'SUCCEEDED') return `${file}: ${status} ${problem?.code ?? ''}: ${problem?.message ?? ''}`;
  const { findings, severity } = result as {
    findings: { code: string; probability: number }[];
    severity: { level: number; score: number } | null;
  };
  const shares = findings.map(({ code, probability }) => `${code} ${(probability * 100).toFixed(1)} %`);
  const grade = severity ? `, severity ${severity.level} (${severity.score.toFixed(1)}/18)` : '';
  return `${file}: ${shares.join(', ')}${grade}`;
}
