export const triageFields = /* GraphQL */ `
  fragment TriageFields on Triage {
    id
    status
    queuePosition
    estimatedSecondsLeft
    progress
    requestedAt
    finishedAt
    priority
    priorityReason
    superseded
    study {
      studyInstanceUid
      description
      studiedAt
    }
    result {
      findings {
        code
        probability
        low
        high
      }
      topFinding {
        code
        probability
      }
      covidProbability
      severity {
        level
        scale
        score
        low
        high
        zones
      }
      pneumoniaKind {
        bacterialProbability
        low
        high
      }
      explanation {
        heatmapUrl
        opacity
        sopInstanceUid
        frameNumber
      }
      quality {
        inDistribution
        warnings
        warningCodes
      }
      model {
        id
        version
        labels
      }
      engine
      durations {
        totalMs
      }
      slices {
        index
        positionMm
        sopInstanceUid
        frameNumber
        covidProbability
        involvementPercent
        evidence
        overlayUrl
        heatmapUrl
      }
      involvement {
        percent
        leftPercent
        rightPercent
        zones
        score
        lungMapUrl
      }
    }
    problem {
      code
      message
      advice
      detail
      retryable
    }
    review {
      verdict
      finding
      severityLevel
      comment
      reviewer
      reviewedAt
    }
  }
`;

export const courseFields = /* GraphQL */ `
  fragment CourseFields on Triage {
    id
    status
    requestedAt
    finishedAt
    superseded
    study {
      studyInstanceUid
      studiedAt
    }
    result {
      covidProbability
      severity {
        level
        score
      }
    }
  }
`;

export const worklistFields = /* GraphQL */ `
  fragment WorklistFields on Triage {
    id
    status
    queuePosition
    progress
    requestedAt
    priority
    superseded
    patient {
      id
      issuer
      name
    }
    study {
      studyInstanceUid
      description
      studiedAt
    }
    result {
      topFinding {
        code
        probability
      }
      covidProbability
      severity {
        level
      }
    }
    problem {
      code
      message
    }
    review {
      verdict
    }
  }
`;
