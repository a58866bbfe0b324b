import { createHash } from 'node:crypto';
import type { Db } from '../database/types.js';
import { imagesOfStudy, type StudyImage } from '../study/study.repository.js';
import { supportedModalities } from './modalities.js';

/** What a triage of a study is about. */
export interface TriageInputs {
  /** The images to judge, in order of their UIDs. */
  images: StudyImage[];
  /** SHA-256 over them: together with the model the key of a triage. */
  digest: string;
  /** Every modality of the study. */
  modalities: string[];
}

/** What a triage of the study would be about, as it is stored now. No images: nothing in it can be triaged. */
export async function inputsOfStudy(db: Db, studyId: string): Promise<TriageInputs> {
  const all = await imagesOfStudy(db, studyId);
  const images = all.filter(({ modality }) => supportedModalities.includes(modality));
  const hash = createHash('sha256');
  for (const { objectDigest } of images) hash.update(objectDigest);
  const modalities = [...new Set(all.map(({ modality }) => modality))];
  return { images, digest: hash.digest('hex'), modalities };
}
