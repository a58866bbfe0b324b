export {
  instancesOfSeries,
  patientByPatientId,
  patientPage,
  patientsByIds,
  seriesOfStudies,
  settleDemo,
  studiesByIds,
  studiesOfPatients,
  storedInstances,
  studyByUid,
  wantsDemo,
  type StoredInstance,
} from './study.repository.js';
