import type { LeftOut } from '../../ct/index.js';
import { failureText, seriesWarnings, studyWarnings } from '../problem-texts.js';
import type { SeriesWarningCode, StoredQuality } from '../triage.result.js';
import type { CtExamination, CtFindings } from './examine.js';

/** Two findings whose probabilities are closer than this are undecided. */
const undecided = 0.2;
/** A tilt that is worth saying, degrees. */
const slightTilt = 3;

/** What is to be borne in mind with the result of a series. */
export function qualityOf(
  { leftOut, unreadable }: CtExamination,
  { analysis, stack }: CtFindings,
  probability: number,
  isContradictory: boolean,
): StoredQuality {
  const warnings: string[] = [];
  const warningCodes: StoredQuality['warningCodes'] = [];
  const warn = (code: SeriesWarningCode, detail?: string) => {
    warnings.push([seriesWarnings[code], detail].filter(Boolean).join(' '));
    warningCodes.push(code);
  };
  if (Math.abs(2 * probability - 1) < undecided) {
    warnings.push('Undecided between COVID and NON_COVID.');
    warningCodes.push('UNDECIDED');
  }
  if (isContradictory) warn('INVOLVEMENT_CONTRADICTS');
  const { gaps, mixedSpacing, duplicates } = stack.problems;
  if (gaps > 0) warn('SLICES_MISSING', `Places: ${gaps}.`);
  if (mixedSpacing) warn('SPACING_UNEVEN');
  if (duplicates > 0) warn('SLICES_DUPLICATED', `Slices: ${duplicates}.`);
  if (stack.tilt > slightTilt) warn('GANTRY_TILTED', `By ${Math.round(stack.tilt)} degrees.`);
  for (const code of analysis.warnings) warn(code);
  if (unreadable.first) {
    const { message } = failureText(unreadable.first.code);
    warnings.push(`${studyWarnings.IMAGE_UNREADABLE} ${message} Images: ${unreadable.count}.`);
    warningCodes.push('IMAGE_UNREADABLE');
  }
  for (const [code, { count, detail }] of leftOutBy(leftOut))
    warn(code, detail ?? (count > 1 ? `Times: ${count}.` : undefined));
  // Lungs that were found are what a series is accepted by; there is no distance to measure.
  return { inDistribution: true, distance: 0, threshold: 0, warnings, warningCodes };
}

/** Each reason once, with how often it was met; of a series that would have done, what speaks against it. */
function leftOutBy(leftOut: readonly LeftOut[]) {
  const reasons = new Map<SeriesWarningCode, { count: number; detail?: string }>();
  for (const { code, reason } of leftOut) {
    const warning: SeriesWarningCode = code === 'ANOTHER_IS_BETTER' ? 'SERIES_LEFT_OUT' : `LEFT_OUT_${code}`;
    const known = reasons.get(warning);
    if (known) known.count++;
    else reasons.set(warning, { count: 1, ...(code === 'ANOTHER_IS_BETTER' && { detail: `It ${reason}.` }) });
  }
  return reasons;
}
