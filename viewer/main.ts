import { findPatients, firstOfWorklist, patientOfStudy, readPatient, readSlices } from './api.js';
import type { Instance, JudgedSlice, Patient, PatientSummary, Series, Study } from './api.js';
import { byId } from './dom.js';
import { connectGestures, toolActions } from './gestures.js';
import { ImageView } from './image-view.js';
import { renderBanner, renderPatients, renderRecord } from './record.js';
import { connectOverlays } from './overlays.js';
import { connectSettings } from './settings.js';
import { readStack, singlesOf, stacksOf } from './stack.js';
import { StackView, type Place } from './stack-view.js';
import { renderStripOf } from './strip.js';
import { text } from './texts.js';
import { connectUploads } from './uploads.js';
import type { Window } from './window.js';

const triage = byId('triage');
const stageMessage = byId('stage-message');
let patient: Patient | null = null;
let study: Study | null = null;
let instance: Instance | null = null;
/** The CT series that is shown as a stack, in place of a single picture. */
let series: Series | null = null;
let judged: JudgedSlice[] = [];
let found: PatientSummary[] = [];
let opening = new AbortController();
/** Counts what was asked to be opened, so that a late answer never replaces a newer choice. */
let asked = 0;

let shownWindow: Window | null = null;
const view = new ImageView(byId<HTMLCanvasElement>('canvas'), (window) => {
  shownWindow = window;
  renderWindow();
});

const overlays = connectOverlays(view);
const stack = new StackView(view, {
  shown: () => {
    stageMessage.textContent = '';
    setExplanation();
  },
  failed: pictureFailed,
});

function renderWindow(): void {
  byId('window').textContent = shownWindow
    ? text('windowReading', {
        center: Math.round(shownWindow.center),
        width: Math.round(shownWindow.width),
      })
    : '';
}

const uidPattern = /^\d+(\.\d+)+$/;
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

function complain(error: unknown): void {
  if (isAbort(error)) return;
  const message = byId('message');
  message.textContent = text('apiFailed', { reason: error instanceof Error ? error.message : String(error) });
  message.hidden = false;
}

/** Runs what talks to the server; a failure is told and ends there. */
function attempt(action: () => Promise<void>): void {
  byId('message').hidden = true;
  action().catch(complain);
}

function renderAll(): void {
  renderBanner(patient);
  renderRecord(patient, study, (chosen) => chooseStudy(chosen));
  renderPatients(found, patient, ({ id, issuer }) => attempt(() => openPatient(id, issuer)));
  renderStrip();
  renderWindow();
  stack.tell();
}

/** Everything of the last patient leaves the screen before anything of the next one comes. */
function close(): void {
  opening.abort();
  opening = new AbortController();
  patient = study = instance = series = null;
  judged = [];
  stack.close();
  triage.removeAttribute('patient-id');
  triage.removeAttribute('study-uid');
  view.clear();
  overlays.clear();
  stageMessage.textContent = '';
}

async function openPatient(id: string, issuer: string | null, studyUid?: string): Promise<void> {
  asked++;
  close();
  renderAll();
  const { signal } = opening;
  stageMessage.textContent = text('loading');
  const read = await readPatient(id, issuer, signal);
  signal.throwIfAborted();
  stageMessage.textContent = '';
  patient = read;
  const chosen = patient?.studies.find((one) => one.studyInstanceUid === studyUid) ?? patient?.studies[0];
  if (chosen) chooseStudy(chosen);
  else renderAll();
}

async function openStudy(studyUid: string): Promise<void> {
  if (studyUid === study?.studyInstanceUid) return;
  const ticket = ++asked;
  const owner = await patientOfStudy(studyUid);
  if (ticket !== asked) return;
  if (!owner) {
    stageMessage.textContent = text('studyUnknown');
    return;
  }
  await openPatient(owner.id, owner.issuer, studyUid);
}

function chooseStudy(chosen: Study): void {
  study = chosen;
  // Only the UID: a name or a Patient ID in an address would end up in logs and histories.
  history.replaceState(null, '', `#${chosen.studyInstanceUid}`);
  triage.setAttribute('patient-id', patient?.id ?? '');
  triage.setAttribute('study-uid', chosen.studyInstanceUid);
  series = stacksOf(chosen)[0] ?? null;
  instance = series ? null : (singlesOf(chosen)[0] ?? null);
  judged = [];
  renderAll();
  if (series) showStack();
  else showInstance();
}

/** Shows a CT series, beginning at a place, else at the slice that the triage rests on most. */
function showStack(start: Place | null = null): void {
  view.clear();
  stack.close();
  overlays.clear();
  const [shown, owner] = [series, study];
  if (!shown || !owner) return;
  stageMessage.textContent = text('loading');
  const { signal } = opening;
  Promise.all([
    readStack(owner.studyInstanceUid, shown.seriesInstanceUid, signal),
    readSlices(owner.studyInstanceUid, signal),
  ]).then(([slices, said]) => {
    if (signal.aborted || series !== shown || study !== owner) return;
    judged = said;
    stack.open(slices, start ?? owner.latestTriage?.result?.explanation ?? null);
    stack.mark(judged.filter(({ evidence }) => evidence));
    if (slices.length === 0) stageMessage.textContent = text('noPicture');
  }, pictureFailed);
}

/** The element's reader chose a slice: the stack goes there, to another series of the study if need be. */
async function goToSlice(place: Place): Promise<void> {
  const owner = study;
  if (!owner || stack.goToPlace(place)) return;
  for (const other of stacksOf(owner)) {
    const slices = await readStack(owner.studyInstanceUid, other.seriesInstanceUid, opening.signal);
    if (study !== owner) return;
    if (!slices.some(({ sopInstanceUid }) => sopInstanceUid === place.sopInstanceUid)) continue;
    series = other;
    renderStrip();
    showStack(place);
    return;
  }
}

function pictureFailed(error: unknown): void {
  if (isAbort(error)) return;
  const reason = error instanceof Error ? error.message : String(error);
  stageMessage.textContent = text('pictureFailed', { reason });
}

function showInstance(): void {
  stack.close();
  view.clear();
  overlays.clear();
  if (!instance) {
    stageMessage.textContent = text('noPicture');
    return;
  }
  const shown = instance;
  stageMessage.textContent = text('loading');
  view.show(shown).then(
    () => {
      stageMessage.textContent = '';
      setExplanation();
    },
    (error: unknown) => {
      if (instance === shown) pictureFailed(error);
    },
  );
}

/** What the current result says of this very picture. */
function setExplanation(): void {
  const explanation = study?.latestTriage?.result?.explanation ?? null;
  const slice = stack.shown;
  if (slice) {
    const said = judged.find(
      ({ sopInstanceUid, frameNumber }) =>
        sopInstanceUid === slice.sopInstanceUid && frameNumber === slice.frameNumber,
    );
    const heatmapUrl = said?.heatmapUrl ?? null;
    const heatmap = heatmapUrl === null ? null : { url: heatmapUrl, opacity: explanation?.opacity ?? 0.5 };
    overlays.offer(heatmap, said?.overlayUrl ?? null);
    return;
  }
  // Of an instance with several frames the stage shows the first.
  const fits =
    explanation !== null &&
    explanation.sopInstanceUid === instance?.sopInstanceUid &&
    explanation.frameNumber === 1;
  overlays.offer(fits ? { url: explanation.heatmapUrl, opacity: explanation.opacity } : null, undefined);
}

function renderStrip(): void {
  renderStripOf(study, instance ?? series, {
    instance: (one) => {
      [instance, series] = [one, null];
      renderStrip();
      showInstance();
    },
    series: (one) => {
      series = one;
      renderStrip();
      showStack();
    },
  });
}

async function search(): Promise<void> {
  found = await findPatients(byId<HTMLInputElement>('search-text').value.trim());
  renderAll();
}

/** Reads the open patient again without touching what is on the screen otherwise. */
async function refresh(): Promise<void> {
  if (!patient) return;
  const read = await readPatient(patient.id, patient.issuer, opening.signal);
  if (!read || read.id !== patient.id || read.issuer !== patient.issuer) return;
  patient = read;
  const before = study?.latestTriage?.result?.explanation?.heatmapUrl;
  study = read.studies.find((one) => one.studyInstanceUid === study?.studyInstanceUid) ?? study;
  instance =
    study?.series
      .flatMap(({ instances }) => instances)
      .find((one) => one.sopInstanceUid === instance?.sopInstanceUid) ?? instance;
  const shownUid = series?.seriesInstanceUid;
  series = study
    ? (stacksOf(study).find(({ seriesInstanceUid }) => seriesInstanceUid === shownUid) ?? null)
    : null;
  renderAll();
  if (before === study?.latestTriage?.result?.explanation?.heatmapUrl) return;
  if (stack.isOpen && study) {
    judged = await readSlices(study.studyInstanceUid, opening.signal);
    stack.mark(judged.filter(({ evidence }) => evidence));
    stack.tell();
  }
  setExplanation();
}

let refreshTimer: ReturnType<typeof setTimeout> | undefined;
function refreshSoon(): void {
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(
    () => attempt(() => Promise.all([refresh(), search()]).then(() => undefined)),
    400,
  );
}

function openFromAddress(): void {
  const uid = location.hash.slice(1);
  if (uidPattern.test(uid)) attempt(() => openStudy(uid));
}

async function start(): Promise<void> {
  await search();
  if (uidPattern.test(location.hash.slice(1))) {
    openFromAddress();
    return;
  }
  const first = await firstOfWorklist();
  const [someone] = found;
  if (first) await openStudy(first);
  else if (someone) await openPatient(someone.id, someone.issuer);
}

connectSettings(renderAll);
connectGestures(byId<HTMLCanvasElement>('canvas'), view, stack, () => overlays.toggle('heatmap'));
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-preset]')) {
  button.addEventListener('click', () => stack.usePreset(button.dataset.preset ?? ''));
}
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-tool]')) {
  button.addEventListener('click', () => toolActions[button.dataset.tool ?? '']?.(view));
}
connectUploads((studyUid) =>
  attempt(async () => {
    await search();
    if (studyUid !== null) await (studyUid === study?.studyInstanceUid ? refresh() : openStudy(studyUid));
  }),
);
let typing: ReturnType<typeof setTimeout> | undefined;
byId('search').addEventListener('submit', (event) => event.preventDefault());
byId('search-text').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => attempt(search), 200);
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  byId('picture').focus();
});
addEventListener('hashchange', openFromAddress);
document.addEventListener('covid-triage-open-study', (event) => {
  const detail: unknown = event instanceof CustomEvent ? event.detail : null;
  const uid = (detail as { studyInstanceUid?: unknown } | null)?.studyInstanceUid;
  if (typeof uid === 'string') attempt(() => openStudy(uid));
});
document.addEventListener('covid-triage-slice', (event) => {
  const detail: unknown = event instanceof CustomEvent ? event.detail : null;
  const { sopInstanceUid, frameNumber } = (detail ?? {}) as Record<string, unknown>;
  if (typeof sopInstanceUid === 'string' && typeof frameNumber === 'number') {
    attempt(() => goToSlice({ sopInstanceUid, frameNumber }));
  }
});
document.addEventListener('covid-triage-changed', refreshSoon);
attempt(start);
