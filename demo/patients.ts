import type { Disease } from './thorax/opacities.js';

/** One examination of a demo patient. */
export interface DemoExamination {
  /** YYYYMMDD and HHMMSS. */
  date: string;
  time: string;
  description: string;
  view: 'PA' | 'AP';
  /** What the film shows; 'HAND' is no chest. */
  shows: Disease | 'HAND';
}

/** A demo patient: invented, like everything about it. */
export interface DemoPatient {
  id: string;
  name: string;
  birthDate: string;
  sex: 'M' | 'F';
  examinations: DemoExamination[];
}

const covid = (grade: 1 | 2 | 3, extent: number): Disease => ({ finding: 'COVID', grade, extent });

/** The patients that a first start holds. */
export const demoPatients: readonly DemoPatient[] = [
  {
    id: 'DEMO-001',
    name: 'Demo^Anna',
    birthDate: '19790314',
    sex: 'F',
    examinations: [
      {
        date: '20260105',
        time: '081500',
        description: 'Chest X-ray, routine (synthetic)',
        view: 'PA',
        shows: { finding: 'NORMAL' },
      },
    ],
  },
  {
    id: 'DEMO-002',
    name: 'Demo^Bruno',
    birthDate: '19550822',
    sex: 'M',
    examinations: [
      {
        date: '20260105',
        time: '094200',
        description: 'Chest X-ray, fever and cough (synthetic)',
        view: 'PA',
        shows: { finding: 'PNEUMONIA', side: -1, extent: 0.2 },
      },
    ],
  },
  {
    id: 'DEMO-003',
    name: 'Demo^Clara',
    birthDate: '19910630',
    sex: 'F',
    examinations: [
      {
        date: '20260106',
        time: '102000',
        description: 'Chest X-ray, day 4 of symptoms (synthetic)',
        view: 'PA',
        shows: covid(1, 0.16),
      },
    ],
  },
  {
    id: 'DEMO-004',
    name: 'Demo^David',
    birthDate: '19620117',
    sex: 'M',
    examinations: [
      {
        date: '20260106',
        time: '133500',
        description: 'Chest X-ray, day 7 of symptoms (synthetic)',
        view: 'AP',
        shows: covid(2, 0.45),
      },
    ],
  },
  {
    id: 'DEMO-005',
    name: 'Demo^Elena',
    birthDate: '19481203',
    sex: 'F',
    examinations: [
      {
        date: '20260107',
        time: '021000',
        description: 'Chest X-ray, bedside, oxygen need (synthetic)',
        view: 'AP',
        shows: covid(3, 0.8),
      },
    ],
  },
  {
    id: 'DEMO-006',
    name: 'Demo^Felix',
    birthDate: '19660509',
    sex: 'M',
    examinations: [
      {
        date: '20251212',
        time: '171000',
        description: 'Chest X-ray, day 3 of symptoms (synthetic)',
        view: 'AP',
        shows: covid(1, 0.15),
      },
      {
        date: '20251218',
        time: '064500',
        description: 'Chest X-ray, day 9 of symptoms (synthetic)',
        view: 'AP',
        shows: covid(3, 0.75),
      },
      {
        date: '20260104',
        time: '110500',
        description: 'Chest X-ray, day 26, recovering (synthetic)',
        view: 'PA',
        shows: covid(1, 0.08),
      },
    ],
  },
  {
    id: 'DEMO-007',
    name: 'Demo^Greta',
    birthDate: '20010228',
    sex: 'F',
    examinations: [
      {
        date: '20260107',
        time: '153000',
        description: 'Right hand X-ray (synthetic)',
        view: 'PA',
        shows: 'HAND',
      },
    ],
  },
];
