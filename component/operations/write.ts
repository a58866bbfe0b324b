import { triageFields } from './fragments.js';
import type * as types from './generated/operations.js';
import { operation } from './operation.js';

/** Asks for a triage of a study. */
export const requestTriage = operation<types.RequestTriageMutation, types.RequestTriageMutationVariables>(
  /* GraphQL */ `
    mutation RequestTriage($input: RequestTriageInput!) {
      outcome: requestTriage(input: $input) {
        __typename
        ... on RequestTriageSuccess {
          triage {
            ...TriageFields
          }
        }
        ... on Problem {
          code
          message
        }
      }
    }
    ${triageFields}
  `,
);

/** Stops a triage that has not ended. */
export const cancelTriage = operation<types.CancelTriageMutation, types.CancelTriageMutationVariables>(
  /* GraphQL */ `
    mutation CancelTriage($id: ID!) {
      outcome: cancelTriage(id: $id) {
        __typename
        ... on CancelTriageSuccess {
          triage {
            ...TriageFields
          }
        }
        ... on Problem {
          code
          message
        }
      }
    }
    ${triageFields}
  `,
);

/** Puts a failed or cancelled triage back in the queue. */
export const retryTriage = operation<types.RetryTriageMutation, types.RetryTriageMutationVariables>(
  /* GraphQL */ `
    mutation RetryTriage($id: ID!) {
      outcome: retryTriage(id: $id) {
        __typename
        ... on RetryTriageSuccess {
          triage {
            ...TriageFields
          }
        }
        ... on Problem {
          code
          message
        }
      }
    }
    ${triageFields}
  `,
);

/** Records what a clinician thinks of a finished triage. */
export const reviewTriage = operation<types.ReviewTriageMutation, types.ReviewTriageMutationVariables>(
  /* GraphQL */ `
    mutation ReviewTriage($input: ReviewTriageInput!) {
      outcome: reviewTriage(input: $input) {
        __typename
        ... on ReviewTriageSuccess {
          triage {
            ...TriageFields
          }
        }
        ... on Problem {
          code
          message
        }
      }
    }
    ${triageFields}
  `,
);
