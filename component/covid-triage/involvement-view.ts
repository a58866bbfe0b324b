import { html, svg, type TemplateResult } from 'lit';
import type { TriageFieldsFragment } from '../operations/generated/operations.js';
import type { Formats, Texts } from '../texts/texts.js';

type Involvement = NonNullable<NonNullable<TriageFieldsFragment['result']>['involvement']>;

/** The two lungs from the front, the patient's right on the left. */
const outlines = [
  'M50 8 C36 4 16 34 10 92 C22 82 42 82 54 86 C56 60 56 30 50 8 Z',
  'M70 8 C84 4 104 34 110 92 C98 82 82 82 66 86 C64 60 64 30 70 8 Z',
] as const;
const zoneHeight = 30;

/**
 * How much of the lungs is involved: the whole, each lung and each zone as numbers, and the same as a small diagram
 * for those who see it.
 *
 * @param map the lung map beside the numbers
 */
export function involvementView(
  { percent, leftPercent, rightPercent, zones }: Involvement,
  map: unknown,
  t: Texts,
  f: Formats,
): TemplateResult {
  const share = (value: number) => f.percent(value / 100);
  const rows = [
    ...t.zoneRows.map((name, row) => [name, zones[row], zones[row + 3]] as const),
    [t.wholeLung, rightPercent, leftPercent] as const,
  ];
  return html`<p part="involvement">${t.lungsInvolved(share(percent))}</p>
    <div class="lungs">
      ${diagram(zones)} ${map}
      <table class="zones">
        <caption class="hidden">
          ${t.zoneShares}
        </caption>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${t.right}</th>
            <th scope="col">${t.left}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([name, right, left]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${right === undefined ? '–' : share(right)}</td>
                <td>${left === undefined ? '–' : share(left)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function diagram(zones: readonly number[]) {
  const zone = (side: number) => (row: number) => {
    const share = Math.min(1, Math.max(0, (zones[side * 3 + row] ?? 0) / 100));
    // By the root, so that little involvement is seen too.
    return svg`<rect class="share" x=${side * 60} y=${4 + row * zoneHeight} width="60" height=${zoneHeight}
      fill-opacity=${Math.sqrt(share)} clip-path="url(#lung-${side})" />`;
  };
  return html`<svg class="diagram" viewBox="0 0 120 98" aria-hidden="true">
    ${outlines.map(
      (path, side) => svg`<clipPath id="lung-${side}"><path d=${path} /></clipPath>
        <path class="lung" d=${path} />
        ${[0, 1, 2].map(zone(side))}
        <path class="outline" d=${path} />`,
    )}
    ${[1, 2].map((row) => svg`<path class="outline thin" d="M8 ${4 + row * zoneHeight} H112" />`)}
  </svg>`;
}
