export {
  findingsOfTriages,
  meanSeconds,
  newestReviews,
  queuePositions,
  triageById,
  triagesOfStudies,
  worklistPage,
} from './triage.repository.js';
