import { createHash } from 'node:crypto';
import type { Db } from '../database/types.js';
import { imagesOfStudy, type StudyImage } from '../study/study.repository.js';
import { modalitiesOf, type Task } from './modalities.js';

/** What a triage of a study is about. */
export interface TriageInputs {
  /** The images to judge, in order of their UIDs. */
  images: StudyImage[];
  /** SHA-256 over them: together with the model the key of a triage. */
  digest: string;
}

/** Those images of a study, in order of their UIDs, that a task's models judge. */
export function inputsFor(task: Task, all: readonly StudyImage[]): TriageInputs {
  const images = all.filter(({ modality }) => modalitiesOf[task].includes(modality));
  const hash = createHash('sha256');
  for (const { objectDigest } of images) hash.update(objectDigest);
  return { images, digest: hash.digest('hex') };
}

export async function inputsOfStudy(db: Db, studyId: string, task: Task): Promise<TriageInputs> {
  return inputsFor(task, await imagesOfStudy(db, studyId));
}
