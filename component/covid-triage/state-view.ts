import { html, nothing, type TemplateResult } from 'lit';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';
import { problemText } from '../triage-element.js';

/** A triage on its way: its place in the queue, the time left, progress. */
export function waitingView(triage: TriageFieldsFragment, t: Texts, f: Formats): TemplateResult {
  const { status, queuePosition, estimatedSecondsLeft, progress } = triage;
  return html`<p>
      <strong>${t.status[status]}</strong>
      <span class="quiet">
        ${queuePosition === null ? nothing : t.queuePosition(queuePosition)}
        ${progress === null ? nothing : f.percent(progress)}
        ${estimatedSecondsLeft === null ? nothing : t.secondsLeft(estimatedSecondsLeft)}
      </span>
    </p>
    ${
      progress === null
        ? html`<progress aria-label=${t.progress}></progress>`
        : html`<progress aria-label=${t.progress} .value=${progress}></progress>`
    }`;
}

/** Why a triage ended without a result, and what to do next. */
export function problemView({ status, problem }: TriageFieldsFragment, t: Texts): TemplateResult {
  if (problem === null) return html`<p>${t.status[status]}</p>`;
  const { message, advice } = problemText(t, problem);
  return html`<p class="alert"><strong>${t.status[status]}.</strong> ${message}</p>
    <h3>${t.nextStep}</h3>
    <p>${advice}</p>
    ${problem.detail === null ? nothing : html`<p class="quiet">${t.detail}: ${problem.detail}</p>`}`;
}
