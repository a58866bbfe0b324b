import { findPatients, firstOfWorklist, patientOfStudy, readPatient } from './api.js';
import type { Instance, Patient, PatientSummary, Study } from './api.js';
import { byId, make } from './dom.js';
import { connectGestures, toolActions } from './gestures.js';
import { ImageView } from './image-view.js';
import { renderBanner, renderPatients, renderRecord } from './record.js';
import { connectSettings } from './settings.js';
import { text } from './texts.js';
import { connectUploads } from './uploads.js';
import type { Window } from './window.js';

const triage = byId('triage');
const heatmapButton = byId('heatmap');
const stageMessage = byId('stage-message');
let patient: Patient | null = null;
let study: Study | null = null;
let instance: Instance | null = null;
let found: PatientSummary[] = [];
let opening = new AbortController();
/** Counts what was asked to be opened, so that a late answer never replaces a newer choice. */
let asked = 0;

let shownWindow: Window | null = null;
const view = new ImageView(byId<HTMLCanvasElement>('canvas'), (window) => {
  shownWindow = window;
  renderWindow();
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
}

/** Everything of the last patient leaves the screen before anything of the next one comes. */
function close(): void {
  opening.abort();
  opening = new AbortController();
  patient = study = instance = null;
  triage.removeAttribute('patient-id');
  triage.removeAttribute('study-uid');
  view.clear();
  setExplanation();
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
  const [first] = chosen.series.flatMap(({ instances }) => instances).filter(({ rows }) => rows !== null);
  instance = first ?? null;
  renderAll();
  showInstance();
}

function showInstance(): void {
  view.clear();
  setExplanation();
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
      if (isAbort(error) || instance !== shown) return;
      const reason = error instanceof Error ? error.message : String(error);
      stageMessage.textContent = text('pictureFailed', { reason });
    },
  );
}

/** The heatmap of the current result, when there is one for this very picture. */
function setExplanation(): void {
  const explanation = study?.latestTriage?.result?.explanation ?? null;
  // Of an instance with several frames the stage shows the first.
  const fits =
    explanation !== null &&
    explanation.sopInstanceUid === instance?.sopInstanceUid &&
    explanation.frameNumber === 1;
  view.setOverlay(fits ? { url: explanation.heatmapUrl, opacity: explanation.opacity } : null);
  heatmapButton.setAttribute('aria-disabled', String(!fits));
  if (!fits) setHeatmap(false);
}

function setHeatmap(shown: boolean): void {
  heatmapButton.setAttribute('aria-pressed', String(shown));
  view.showOverlay(shown);
}

function toggleHeatmap(): void {
  if (heatmapButton.getAttribute('aria-disabled') === 'true') return;
  setHeatmap(heatmapButton.getAttribute('aria-pressed') !== 'true');
}

function renderStrip(): void {
  const instances = study?.series.flatMap((series) => series.instances) ?? [];
  const buttons = instances.map((one, index) => {
    const label = text('pictureNumber', { number: index + 1 });
    const thumbnail = make('img', '', {
      src: one.renderedUrl.replace(/\/rendered.*$/, '/thumbnail'),
      alt: label,
    });
    const button = make('button', [thumbnail], { type: 'button', 'aria-current': String(one === instance) });
    button.addEventListener('click', () => {
      instance = one;
      renderStrip();
      showInstance();
    });
    return make('li', [button]);
  });
  byId('instances').replaceChildren(...(instances.length > 1 ? buttons : []));
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
  renderAll();
  if (before !== study?.latestTriage?.result?.explanation?.heatmapUrl) setExplanation();
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
connectGestures(byId<HTMLCanvasElement>('canvas'), view, toggleHeatmap);
heatmapButton.addEventListener('click', toggleHeatmap);
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
document.addEventListener('covid-triage-changed', refreshSoon);
attempt(start);
