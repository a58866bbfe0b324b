import { createInferenceService } from '../server/inference/service.js';
import { defaultModelFolder } from '../server/inference/models.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { benchStudies, type BenchStudy } from './films.js';
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
  peakMemoryMegabytes: number;
}

export interface XrayBenchOptions {
  engine: EngineChoice;
  /** Triages computed one at a time. */
  single: number;
  /** Triages computed with the queue never empty. */
  many: number;
  tell(text: string): void;
}

const batchSize = 8;
const storeAtOnce = 20;

export async function benchXray({ engine, single, many, tell }: XrayBenchOptions): Promise<XrayBench> {
  tell('the engine alone');
  const alone = await engineAlone(engine);
  tell('generating films');
  const studies = await benchStudies(single + many);
  tell('starting the system');
  const system = await startSystem(engine);
  try {
    tell('storing');
    const storedInstancesPerSecond = await store(system, studies);
    tell('one triage at a time');
    const durations: number[] = [];
    for (const study of studies.slice(0, single)) durations.push(await requestToResult(system, study));
    tell('the queue never empty');
    const load = await underLoad(system, studies.slice(single));
    return {
      engine: alone.name,
      device: alone.device,
      secondsToReady: system.secondsToReady,
      requestToResultP50Ms: percentile(durations, 0.5),
      requestToResultP99Ms: percentile(durations, 0.99),
      engineImagesPerSecond: alone.imagesPerSecond,
      triagesPerSecond: load.triagesPerSecond,
      systemOverEngine: load.triagesPerSecond / alone.imagesPerSecond,
      storedInstancesPerSecond,
      graphqlUnderLoadP50Ms: percentile(load.queryMs, 0.5),
      graphqlUnderLoadP99Ms: percentile(load.queryMs, 0.99),
      peakMemoryMegabytes: system.peakBytes() / 1e6,
    };
  } finally {
    await system.stop();
  }
}

async function engineAlone(engine: EngineChoice) {
  const modelDir = await defaultModelFolder('cxr-triage');
  const service = await createInferenceService({ engine, modelDir, batchSize, batchWaitMs: 0 });
  const { imagesPerSecond } = await service.benchmark(200);
  const { name, device } = service.describe();
  await service.close();
  return { name, device, imagesPerSecond };
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
type Ended = Life & { finishedAt: string };

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

async function underLoad(system: System, studies: readonly BenchStudy[]) {
  const queryMs: number[] = [];
  let pending = true;
  const asking = (async () => {
    while (pending) {
      const started = performance.now();
      await system.graphql(`{ worklist(first: 20) { nodes { id status queuePosition estimatedSecondsLeft
        patient { id name } study { studyInstanceUid } result { covidProbability findings { code probability } } } } }`);
      queryMs.push(performance.now() - started);
      await pause(50);
    }
  })();
  const ids = new Set<string>();
  for (const study of studies) ids.add(await request(system, study));
  let ended: Ended[] = [];
  while (ended.length < ids.size) {
    await pause(250);
    ended = await endedOf(system, ids);
  }
  pending = false;
  await asking;
  const starts = ended.map(({ startedAt }) => Date.parse(startedAt));
  const ends = ended.map(({ finishedAt }) => Date.parse(finishedAt));
  const seconds = (Math.max(...ends) - Math.min(...starts)) / 1000;
  return { queryMs, triagesPerSecond: ids.size / seconds };
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
    found.push(
      ...nodes.filter((node): node is Ended & { id: string } => ids.has(node.id) && node.finishedAt !== null),
    );
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
