import { html, nothing, svg, type TemplateResult } from 'lit';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';
import { involvementView } from './involvement-view.js';

type Result = NonNullable<TriageFieldsFragment['result']>;

/**
 * What the model says: bars with numbers, severity, warnings, and what it was computed by.
 *
 * @param lungMap of a CT, shown with its involvement
 */
export function resultView(
  triage: TriageFieldsFragment,
  result: Result,
  t: Texts,
  f: Formats,
  lungMap: unknown,
): TemplateResult {
  return html`
    <ol class="findings" part="findings" aria-label=${t.probabilities}>
      ${result.findings.map((finding) => findingView(finding, t, f))}
    </ol>
    ${kindView(result.pneumoniaKind, t, f)}
    <slot name="severity">${severityView(result, t, f, lungMap)}</slot>
    ${
      result.quality.warnings.length > 0 || !result.quality.inDistribution
        ? html`<h3>${t.warnings}</h3>
            <ul class="alert">
              ${result.quality.inDistribution ? nothing : html`<li>${t.outside}</li>`}
              ${result.quality.warnings.map((text, i) => html`<li>${warningText(text, i, result, t)}</li>`)}
            </ul>`
        : nothing
    }
    <dl class="facts" part="facts">
      <dt>${t.model}</dt>
      <dd>${result.model.id}, ${t.version} ${result.model.version}</dd>
      <dt>${t.engine}</dt>
      <dd>${result.engine}</dd>
      <dt>${t.computed}</dt>
      <dd>
        ${triage.finishedAt === null ? '' : f.instant(triage.finishedAt)},
        ${t.seconds(f.score(result.durations.totalMs / 1000))}
      </dd>
    </dl>
  `;
}

/** In the reader's language where the code is known, else as the server wrote it. */
function warningText(text: string, index: number, { quality, findings }: Result, t: Texts): string {
  const name = (place: number) => {
    const code = findings[place]?.code ?? '';
    return t.findings[code] ?? code;
  };
  return t.warningTexts[quality.warningCodes[index] ?? '']?.(name(0), name(1)) ?? text;
}

function findingView({ code, probability, low, high }: Result['findings'][number], t: Texts, f: Formats) {
  const hasInterval = low !== null && high !== null;
  return html`<li>
    <span>${t.findings[code] ?? code}</span>
    <span class="value">${f.percent(probability)}</span>
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width="100" height="10" />
      <rect class="bar" width=${probability * 100} height="10" />
      ${
        hasInterval
          ? svg`<rect class="range" x=${low * 100} y="4" width=${Math.max(0.5, (high - low) * 100)} height="2" />`
          : nothing
      }
    </svg>
    ${hasInterval ? html`<span class="interval quiet">${t.interval(f.percent(low), f.percent(high))}</span>` : nothing}
  </li>`;
}

/** Bacterial or viral: small, since it is a second opinion from narrow data. */
function kindView(kind: Result['pneumoniaKind'], t: Texts, f: Formats) {
  if (kind === null) return nothing;
  const { bacterialProbability, low, high } = kind;
  return html`<p class="quiet" part="pneumonia-kind">
    ${t.pneumoniaKind(f.percent(bacterialProbability), f.percent(1 - bacterialProbability))}
    ${low !== null && high !== null ? `(${t.interval(f.percent(low), f.percent(high))})` : nothing}.
    ${t.pneumoniaKindNote}
  </p>`;
}

function severityView({ severity, involvement }: Result, t: Texts, f: Formats, lungMap: unknown) {
  if (severity === null)
    return html`<h3>${t.severity}</h3>
      <p class="quiet">${t.noSeverity}</p>`;
  const { level, scale, score, low, high, zones } = severity;
  return html`
    <h3>${t.severity}</h3>
    <p part="severity">
      <strong>${t.level(level, t.levels[level - 1] ?? '')}</strong>.
      ${t.scores[scale](f.score(score))}${low !== null && high !== null ? ` (${f.score(low)}–${f.score(high)})` : ''}
    </p>
    ${
      zones.length === 6
        ? html`<table class="zones">
            <caption class="hidden">
              ${t.zones}
            </caption>
            <thead>
              <tr>
                <td></td>
                <th scope="col">${t.right}</th>
                <th scope="col">${t.left}</th>
              </tr>
            </thead>
            <tbody>
              ${t.zoneRows.map(
                (name, row) =>
                  html`<tr>
                    <th scope="row">${name}</th>
                    <td>${f.score(zones[row] ?? 0)}</td>
                    <td>${f.score(zones[row + 3] ?? 0)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
        : nothing
    }
    ${involvement ? involvementView(involvement, lungMap, t, f) : nothing}
  `;
}
