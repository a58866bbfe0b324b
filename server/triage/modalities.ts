import type { Task } from '../inference/models.js';

export type { Task };

/** DICOM modalities that the models of each task judge: computed, digital and digitised radiography; CT. */
export const modalitiesOf: Readonly<Record<Task, readonly string[]>> = {
  'cxr-triage': ['CR', 'DX', 'RG'],
  'ct-triage': ['CT'],
};

/** Every modality that is judged, while there is a model for it. */
export const supportedModalities: readonly string[] = Object.values(modalitiesOf).flat();

/** Fewer CT frames beside an X-ray are localisers and captures. */
const leastFrames = 20;

/**
 * The tasks that fit a study, the one that says most first: a series of CT before an X-ray, an X-ray before a few CT
 * images.
 */
export function tasksOf(images: readonly { modality: string; frames: number }[]): Task[] {
  const framesOf = (task: Task) =>
    images
      .filter(({ modality }) => modalitiesOf[task].includes(modality))
      .reduce((sum, { frames }) => sum + frames, 0);
  const tasks: Task[] =
    framesOf('ct-triage') >= leastFrames ? ['ct-triage', 'cxr-triage'] : ['cxr-triage', 'ct-triage'];
  return tasks.filter((task) => framesOf(task) > 0);
}
