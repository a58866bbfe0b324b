import { byId, make } from './dom.js';
import { sendFile } from './stow.js';
import { text } from './texts.js';

/** Files in flight at once: enough to hide latency, few enough to keep the order readable. */
const atOnce = 2;

/** File button and drag and drop; `onStored` is told once a batch is through, with a study that was stored. */
export function connectUploads(onStored: (studyInstanceUid: string | null) => void): void {
  const input = byId<HTMLInputElement>('upload-files');
  byId('upload-button').addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    void sendAll([...(input.files ?? [])], onStored);
    input.value = '';
  });
  const drop = byId('drop');
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.hidden = true;
  });
  addEventListener('drop', (event) => {
    drop.hidden = true;
    if (!holdsFiles(event)) return;
    event.preventDefault();
    void sendAll([...(event.dataTransfer?.files ?? [])], onStored);
  });
}

async function sendAll(files: File[], onStored: (studyInstanceUid: string | null) => void): Promise<void> {
  if (files.length === 0) return;
  byId('uploads').hidden = false;
  const rows = files.map((file) => ({ file, ...row(file.name) }));
  byId('upload-list').prepend(...rows.map(({ item }) => item));
  let stored = false;
  let study: string | null = null;
  const waiting = [...rows];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, progress, status } = next;
      const outcome = await sendFile(file, (share) => {
        progress.value = share;
        status.textContent =
          share < 1 ? text('sending', { percent: Math.round(share * 100) }) : text('storing');
      });
      progress.remove();
      status.textContent = outcome.message;
      status.className = outcome.stored ? 'done' : 'failed';
      stored ||= outcome.stored;
      study ??= outcome.studyInstanceUid;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (stored) onStored(study);
}

function row(name: string) {
  const progress = make('progress', '', { max: '1', value: '0', 'aria-label': name });
  const status = make('span', '', { role: 'status' });
  const item = make('li', [make('div', name), progress, status]);
  return { item, progress, status };
}
