import { courseFields, triageFields, worklistFields } from './fragments.js';
import type * as types from './generated/operations.js';
import { operation } from './operation.js';

/** One study: its newest triage and the course of its patient. */
export const studyTriage = operation<types.StudyTriageQuery, types.StudyTriageQueryVariables>(/* GraphQL */ `
  query StudyTriage($studyInstanceUid: ID!) {
    study(studyInstanceUid: $studyInstanceUid) {
      studyInstanceUid
      latestTriage {
        ...TriageFields
      }
      patient {
        id
        triages {
          ...CourseFields
        }
      }
    }
  }
  ${triageFields}
  ${courseFields}
`);

/** One patient: the newest triage, the course, and the newest study, which a new triage would be of. */
export const patientTriage = operation<types.PatientTriageQuery, types.PatientTriageQueryVariables>(
  /* GraphQL */ `
    query PatientTriage($patientId: ID!, $issuer: String) {
      patient(id: $patientId, issuer: $issuer) {
        id
        latestTriage {
          ...TriageFields
        }
        triages {
          ...CourseFields
        }
        studies {
          studyInstanceUid
        }
      }
    }
    ${triageFields}
    ${courseFields}
  `,
);

/** Addresses of the pictures of a study. */
export const studyPictures = operation<types.StudyPicturesQuery, types.StudyPicturesQueryVariables>(
  /* GraphQL */ `
    query StudyPictures($studyInstanceUid: ID!) {
      study(studyInstanceUid: $studyInstanceUid) {
        series(first: 45) {
          instances(first: 1000) {
            sopInstanceUid
            renderedUrl
          }
        }
      }
    }
  `,
);

/** One page of the reading list. */
export const worklistPage = operation<types.WorklistPageQuery, types.WorklistPageQueryVariables>(
  /* GraphQL */ `
    query WorklistPage($filter: WorklistFilter, $first: Int, $after: String) {
      worklist(filter: $filter, first: $first, after: $after) {
        nodes {
          ...WorklistFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
    ${worklistFields}
  `,
);

/** Each change of the triages of a patient or a study. */
export const triageChanged = operation<
  types.TriageChangedSubscription,
  types.TriageChangedSubscriptionVariables
>(/* GraphQL */ `
  subscription TriageChanged($patientId: ID, $studyInstanceUid: ID) {
    triageChanged(patientId: $patientId, studyInstanceUid: $studyInstanceUid) {
      ...TriageFields
    }
  }
  ${triageFields}
`);

/** That some triage changed, for a list that asks again. */
export const anyTriageChanged = operation<
  types.AnyTriageChangedSubscription,
  types.AnyTriageChangedSubscriptionVariables
>(/* GraphQL */ `
  subscription AnyTriageChanged {
    triageChanged {
      id
    }
  }
`);
