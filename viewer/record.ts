import type { Patient, PatientSummary, Study } from './api.js';
import { byId, make } from './dom.js';
import { locale, text, type TextKey } from './texts.js';

const demoIssuer = 'COVID-TRIAGE-DEMO';
const demoNotes: Record<string, TextKey> = {
  'DEMO-001': 'noteNormal',
  'DEMO-002': 'notePneumonia',
  'DEMO-003': 'noteCovid1',
  'DEMO-004': 'noteCovid2',
  'DEMO-005': 'noteCovid3',
  'DEMO-006': 'noteCourse',
  'DEMO-007': 'noteHand',
};

function sexText(sex: PatientSummary['sex']): string {
  switch (sex) {
    case 'FEMALE':
      return text('female');
    case 'MALE':
      return text('male');
    case 'OTHER':
      return text('other');
    case null:
      return text('unknown');
  }
}

/** Full years between two dates. */
export function yearsBetween(birth: Date, now: Date): number {
  const years = now.getUTCFullYear() - birth.getUTCFullYear();
  const before =
    now.getUTCMonth() < birth.getUTCMonth() ||
    (now.getUTCMonth() === birth.getUTCMonth() && now.getUTCDate() < birth.getUTCDate());
  return before ? years - 1 : years;
}

function birthText(birthDate: string | null): string {
  const date = birthDate === null ? null : new Date(`${birthDate}T00:00:00Z`);
  if (!date || Number.isNaN(date.getTime())) return text('unknown');
  const day = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
  return `${day} (${text('age', { years: yearsBetween(date, new Date()) })})`;
}

/** Who is shown, always in sight: name, ID, birth date, sex. */
export function renderBanner(patient: Patient | null): void {
  const banner = byId('banner');
  if (!patient) {
    banner.replaceChildren(make('span', text('noPatient'), { class: 'empty' }));
    return;
  }
  const entry = (key: TextKey, value: string) => make('div', [make('dt', text(key)), make('dd', value)]);
  const issuer = patient.issuer ? ` (${patient.issuer})` : '';
  banner.replaceChildren(
    make('strong', patient.name ?? text('unnamed')),
    make('dl', [
      entry('patientId', patient.id + issuer),
      entry('birthDate', birthText(patient.birthDate)),
      entry('sex', sexText(patient.sex)),
    ]),
  );
}

function dateText(studiedAt: string | null): string {
  if (studiedAt === null) return text('noDate');
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(studiedAt),
  );
}

/** The patient's studies, newest first, and what is known of a demo patient. */
export function renderRecord(
  patient: Patient | null,
  chosen: Study | null,
  onChoose: (study: Study) => void,
): void {
  const list = byId('studies');
  const studies = patient?.studies ?? [];
  list.replaceChildren(
    ...studies.map((study) => {
      const button = make(
        'button',
        [
          document.createTextNode(dateText(study.studiedAt)),
          make('small', `${study.modalities.join(', ')} · ${study.description ?? text('noDescription')}`),
        ],
        { type: 'button', 'aria-current': String(study.studyInstanceUid === chosen?.studyInstanceUid) },
      );
      button.addEventListener('click', () => onChoose(study));
      return make('li', [button]);
    }),
  );
  if (studies.length === 0) list.append(make('li', text('noStudies'), { class: 'empty' }));
  const notes = byId('notes');
  const isDemo = patient?.issuer === demoIssuer;
  notes.hidden = !isDemo;
  const note = patient ? demoNotes[patient.id] : undefined;
  notes.replaceChildren(make('p', text('synthetic')), ...(note && isDemo ? [make('p', text(note))] : []));
}

/** Patients that match the search. */
export function renderPatients(
  patients: PatientSummary[],
  chosen: PatientSummary | null,
  onChoose: (patient: PatientSummary) => void,
): void {
  const list = byId('patients');
  list.replaceChildren(
    ...patients.map((patient) => {
      const current = patient.id === chosen?.id && patient.issuer === chosen.issuer;
      const button = make(
        'button',
        [document.createTextNode(patient.name ?? text('unnamed')), make('small', patient.id)],
        { type: 'button', 'aria-current': String(current) },
      );
      button.addEventListener('click', () => onChoose(patient));
      return make('li', [button]);
    }),
  );
  if (patients.length === 0) list.append(make('li', text('noPatients'), { class: 'empty' }));
}
