export {
  currentTriages,
  findingsOfTriages,
  newestReviews,
  queuePositions,
  statusCounts,
  triageById,
  triagesOfStudies,
  worklistPage,
} from './triage.repository.js';
export {
  involvementOfTriages,
  lungMapOf,
  slicePictures,
  slicesOfTriages,
  type InvolvementSummary,
  type SliceSummary,
} from './series.repository.js';
export { allModels } from './model.repository.js';
export { liveWorkers, queueState, type QueueState } from './worker.repository.js';
export { modelKey } from './queue.js';
