import type { Instance, Series, Study } from './api.js';
import { byId, make } from './dom.js';
import { singlesOf, stacksOf } from './stack.js';
import { text } from './texts.js';

/** The series and pictures of a study to choose from, where there are several. */
export function renderStripOf(
  study: Study | null,
  shown: Instance | Series | null,
  choose: { instance(one: Instance): void; series(one: Series): void },
): void {
  const entry = (label: string, one: Instance | undefined, isCurrent: boolean, open: () => void) => {
    const src = one?.renderedUrl.replace(/\/rendered.*$/, '/thumbnail') ?? '';
    const button = make('button', [make('img', '', { src, alt: label })], {
      type: 'button',
      'aria-current': String(isCurrent),
    });
    button.addEventListener('click', open);
    return make('li', [button]);
  };
  const stacks = (study ? stacksOf(study) : []).map((one, i) =>
    entry(text('seriesNumber', { number: i + 1 }), one.instances[0], one === shown, () => choose.series(one)),
  );
  const singles = (study ? singlesOf(study) : []).map((one, i) =>
    entry(text('pictureNumber', { number: i + 1 }), one, one === shown, () => choose.instance(one)),
  );
  const entries = [...stacks, ...singles];
  byId('instances').replaceChildren(...(entries.length > 1 ? entries : []));
}
