import { createInferenceService } from '../server/inference/service.js';
import { defaultModelFolder } from '../server/inference/models.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { benchStudies, type BenchStudy } from './films.js';
import type { ProcessorTime } from './processes.js';
import { percentile } from './statistics.js';
import { pause, startSystem, type System } from './system.js';

/** What one run measured. Times are in the unit that the name ends with. */
export interface XrayBench {
  engine: string;
  device: string;
  secondsToReady: number;
  /** One triage at a time, from the request to the stored result. */
  requestToResultP50Ms: number;
  requestToResultP99Ms: number;
  /** The engine alone, in full batches of inputs made beforehand. */
  engineImagesPerSecond: number;
  /** The whole system with its queue never empty. */
  triagesPerSecond: number;
  /** `triagesPerSecond` over `engineImagesPerSecond`. */
  systemOverEngine: number;
  storedInstancesPerSecond: number;
  /** The worklist query while the queue is never empty. */
  graphqlUnderLoadP50Ms: number;
  graphqlUnderLoadP99Ms: number;
  /** Median of the estimated over the true seconds left, of triages that waited. */
  estimateOverTruth: number;
  peakMemoryMegabytes: number;
  /** Processor time of one image when the engine runs alone, all cores together. */
  engineProcessorMs: number;
  /** Processor time of one triage with the queue never empty, by the process that spends it. */
  workerProcessorMs: number;
  serverProcessorMs: number;
  databaseProcessorMs: number;
}

export interface XrayBenchOptions {
  engine: EngineChoice;
  /** Triages computed one at a time. */
  single: number;
  /** Triages computed with the queue never empty, once for throughput and once for latency. */
  many: number;
  tell(text: string): void;
}

const batchSize = 8;
const engineImages = 200;
const storeAtOnce = 20;

export async function benchXray({ engine, single, many, tell }: XrayBenchOptions): Promise<XrayBench> {
  tell('the engine alone');
  const alone = await engineAlone(engine);
  tell('generating films');
  const studies = await benchStudies(single + 2 * many);
  tell('starting the system');
  const system = await startSystem(engine);
  try {
    tell('storing');
    const storedInstancesPerSecond = await store(system, studies);
    tell('one triage at a time');
    const durations: number[] = [];
    for (const study of studies.slice(0, single)) durations.push(await requestToResult(system, study));
    tell('the queue never empty');
    const before = await system.processorTime();
    const triagesPerSecond = await throughput(system, studies.slice(single, single + many));
    const after = await system.processorTime();
    const each = (kind: keyof ProcessorTime) => (after[kind] - before[kind]) / many;
    tell('queries while the queue is never empty');
    const load = await latency(system, studies.slice(single + many));
    return {
      engine: alone.name,
      device: alone.device,
      secondsToReady: system.secondsToReady,
      requestToResultP50Ms: percentile(durations, 0.5),
      requestToResultP99Ms: percentile(durations, 0.99),
      engineImagesPerSecond: alone.imagesPerSecond,
      triagesPerSecond,
      systemOverEngine: triagesPerSecond / alone.imagesPerSecond,
      storedInstancesPerSecond,
      graphqlUnderLoadP50Ms: percentile(load.queryMs, 0.5),
      graphqlUnderLoadP99Ms: percentile(load.queryMs, 0.99),
      estimateOverTruth: load.estimateOverTruth,
      peakMemoryMegabytes: system.peakBytes() / 1e6,
      engineProcessorMs: alone.processorMs,
      workerProcessorMs: each('worker'),
      serverProcessorMs: each('server'),
      databaseProcessorMs: each('database'),
    };
  } finally {
    await system.stop();
  }
}

async function engineAlone(engine: EngineChoice) {
  const modelDir = await defaultModelFolder('cxr-triage');
  const service = await createInferenceService({ engine, modelDir, batchSize, batchWaitMs: 0 });
  const before = process.cpuUsage();
  const { imagesPerSecond } = await service.benchmark(engineImages);
  const { user, system } = process.cpuUsage(before);
  const { name, device } = service.describe();
  await service.close();
  return { name, device, imagesPerSecond, processorMs: (user + system) / 1000 / engineImages };
}

async function store(system: System, studies: readonly BenchStudy[]): Promise<number> {
  const started = performance.now();
  for (let at = 0; at < studies.length; at += storeAtOnce) {
    await system.store(studies.slice(at, at + storeAtOnce).map(({ bytes }) => bytes));
  }
  return studies.length / ((performance.now() - started) / 1000);
}

async function request(system: System, { studyInstanceUid }: BenchStudy): Promise<string> {
  const { requestTriage } = await system.graphql<{ requestTriage: { triage: { id: string } } }>(
    `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
      ... on RequestTriageSuccess { triage { id } } } }`,
    { uid: studyInstanceUid },
  );
  return requestTriage.triage.id;
}

interface Life {
  status: string;
  requestedAt: string;
  startedAt: string;
  finishedAt: string | null;
}
type Ended = Life & { id: string; finishedAt: string };

/** By the server's own instants: how often this process asks adds nothing. */
async function requestToResult(system: System, study: BenchStudy): Promise<number> {
  const id = await request(system, study);
  for (;;) {
    const { triage } = await system.graphql<{ triage: Life }>(
      'query ($id: ID!) { triage(id: $id) { status requestedAt startedAt finishedAt } }',
      { id },
    );
    if (triage.status === 'FAILED') throw new Error('a triage failed');
    if (triage.finishedAt !== null) return Date.parse(triage.finishedAt) - Date.parse(triage.requestedAt);
    await pause(20);
  }
}

/** How fast triages end while nothing else asks. */
async function throughput(system: System, studies: readonly BenchStudy[]): Promise<number> {
  const ids = new Set<string>();
  for (const study of studies) ids.add(await request(system, study));
  await untilQueueIsEmpty(system);
  const ended = await endedOf(system, ids);
  const starts = ended.map(({ startedAt }) => Date.parse(startedAt));
  const ends = ended.map(({ finishedAt }) => Date.parse(finishedAt));
  return ids.size / ((Math.max(...ends) - Math.min(...starts)) / 1000);
}

interface Estimate {
  id: string;
  askedAt: number;
  seconds: number;
}

/** How fast queries are answered, and how true the estimates of the time left are, while the queue is never empty. */
async function latency(system: System, studies: readonly BenchStudy[]) {
  const queryMs: number[] = [];
  const estimates: Estimate[] = [];
  let pending = true;
  const asking = (async () => {
    while (pending) {
      const started = performance.now();
      const { worklist } = await system.graphql<{
        worklist: { nodes: { id: string; status: string; estimatedSecondsLeft: number | null }[] };
      }>(`{ worklist(first: 20) { nodes { id status queuePosition estimatedSecondsLeft
        patient { id name } study { studyInstanceUid } result { covidProbability findings { code probability } } } } }`);
      queryMs.push(performance.now() - started);
      for (const { id, status, estimatedSecondsLeft: seconds } of worklist.nodes)
        if (status === 'QUEUED' && seconds !== null) estimates.push({ id, askedAt: Date.now(), seconds });
      await pause(50);
    }
  })();
  const ids = new Set<string>();
  for (const study of studies) ids.add(await request(system, study));
  await untilQueueIsEmpty(system);
  pending = false;
  await asking;
  const ends = new Map(
    (await endedOf(system, ids)).map(({ id, finishedAt }) => [id, Date.parse(finishedAt)]),
  );
  const ratios = estimates.flatMap(({ id, askedAt, seconds }) => {
    const left = ((ends.get(id) ?? NaN) - askedAt) / 1000;
    return left > 0.5 ? [seconds / left] : [];
  });
  return { queryMs, estimateOverTruth: percentile(ratios, 0.5) };
}

async function untilQueueIsEmpty(system: System): Promise<void> {
  for (let waiting = 1; waiting > 0;) {
    await pause(500);
    const { worklist } = await system.graphql<{ worklist: { nodes: object[] } }>(
      '{ worklist(first: 1, filter: { status: [QUEUED, RUNNING] }) { nodes { id } } }',
    );
    waiting = worklist.nodes.length;
  }
}

async function endedOf(system: System, ids: ReadonlySet<string>): Promise<Ended[]> {
  const found: Ended[] = [];
  let after: string | null = null;
  do {
    const page: {
      worklist: {
        nodes: (Life & { id: string })[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    } = await system.graphql(
      `query ($after: String) { worklist(first: 100, after: $after) {
        nodes { id status requestedAt startedAt finishedAt } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    const { nodes, pageInfo } = page.worklist;
    found.push(...nodes.filter((node): node is Ended => ids.has(node.id) && node.finishedAt !== null));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
