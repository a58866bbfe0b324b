import { demoPatients } from '../demo/patients.js';
import { writeRadiograph } from '../demo/radiograph.js';
import { thoraxFilm } from '../demo/thorax/thorax.js';

/** A study of one generated film. */
export interface BenchStudy {
  studyInstanceUid: string;
  bytes: Uint8Array;
}

const size = 1024;
const differentFilms = 4;

/** Studies with UIDs of their own, from a few generated chest films. */
export async function benchStudies(count: number): Promise<BenchStudy[]> {
  const films = await Promise.all(
    Array.from({ length: differentFilms }, (_, index) =>
      thoraxFilm({
        person: `bench ${index}`,
        seed: 'bench',
        disease: { finding: 'NORMAL' },
        view: 'PA',
        size,
      }),
    ),
  );
  const [someone] = demoPatients;
  return Array.from({ length: count }, (_, index) => {
    const film = films[index % films.length];
    if (!film || !someone) throw new RangeError('no film to write');
    const { bytes, studyInstanceUid } = writeRadiograph(film, {
      patientId: `BENCH-${index % 50}`,
      patientName: 'Bench^Nobody',
      birthDate: someone.birthDate,
      sex: someone.sex,
      studyDate: '20260105',
      studyTime: '080000',
      accessionNumber: `B${index}`,
      description: 'Chest X-ray (synthetic)',
      bodyPart: 'CHEST',
      view: 'PA',
      key: `bench ${index}`,
    });
    return { studyInstanceUid, bytes };
  });
}
