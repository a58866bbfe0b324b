import { html, nothing, type TemplateResult } from 'lit';
import type { CourseFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';

/** Earlier and other triages of the patient, newest first. */
export function courseView(
  course: readonly CourseFieldsFragment[],
  shownId: string | null,
  t: Texts,
  f: Formats,
  open: (studyInstanceUid: string) => void,
): TemplateResult | typeof nothing {
  if (course.every(({ id }) => id === shownId)) return nothing;
  return html`<h3>${t.course}</h3>
    <table class="course" part="course">
      <thead>
        <tr>
          ${t.courseColumns.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${course.map((one) => {
          const day = f.day(one.study.studiedAt, t.unknownDate);
          const state =
            one.id === shownId ? t.current : one.superseded ? t.supersededShort : t.status[one.status];
          return html`<tr>
            <td>
              <button
                type="button"
                aria-label=${t.openStudy(day)}
                @click=${() => open(one.study.studyInstanceUid)}
              >
                ${day}
              </button>
            </td>
            <td>${one.result ? f.percent(one.result.covidProbability) : '–'}</td>
            <td>${one.result?.severity ? one.result.severity.level : '–'}</td>
            <td>${state}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
}
