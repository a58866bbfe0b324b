/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | Part[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(written).join('');
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A template whose inserted strings are escaped. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(texts.map((text, i) => text + (i < parts.length ? written(parts[i] ?? '') : '')).join(''));
}

export type Cell = Html | string | number;

/** A table with its caption; the first column heads its row. Numbers are set to the right. */
export function table(caption: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const cell = (value: Cell, index: number) => {
    if (index === 0) return html`<th scope="row">${value}</th>`;
    return typeof value === 'number' || (typeof value === 'string' && /^[-\d]/.test(value))
      ? html`<td class="number">${value}</td>`
      : html`<td>${value}</td>`;
  };
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${header.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * A plot with its caption and what it shows in words, for those who do not see it.
 *
 * @param svg from `render`
 */
export function figure(svg: string, caption: string, alternative: string): Html {
  return html`<figure>
    <div role="img" aria-label="${alternative}">${new Html(svg)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** A part of the page with a heading of its own, listed in the contents. */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

export function section(id: string, title: string, ...parts: Part[]): Section {
  const body = html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${parts.map((part) => html`${part} `)}
  </section>`;
  return { id, title, body };
}
