export {
  objectDigestOf,
  instancesOfSeries,
  patientByPatientId,
  patientPage,
  patientsByIds,
  seriesOfStudies,
  studiesByIds,
  studiesOfPatients,
  studyByUid,
} from './study.repository.js';
