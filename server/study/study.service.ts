export {
  hasPatients,
  instancesOfSeries,
  patientByPatientId,
  patientPage,
  patientsByIds,
  seriesOfStudies,
  studiesByIds,
  studiesOfPatients,
  storedInstances,
  studyByUid,
  type StoredInstance,
} from './study.repository.js';
