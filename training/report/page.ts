import { createHash } from 'node:crypto';
import type { Thumbnail } from '../evaluation/thumbnails.js';
import type { Evaluation } from '../evaluation/types.js';
import { Html, html, type Section } from './html.js';
import { classesSection, groupsSection, rankingSection, summarySection } from './sections/classes.js';
import { costSection, hardestSection, protocolSection, trainingSection } from './sections/details.js';
import { severitySection } from './sections/severity.js';
import { shortcutSection } from './sections/shortcuts.js';
import { calibrationSection, gateSection } from './sections/trust.js';
import { style } from './style.js';

function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents">
    <ul>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li> `)}
    </ul>
  </nav>`;
}

/**
 * A page that needs nothing else: no script, the style by its digest, the drawings inline, so that it opens under the
 * strictest Content-Security-Policy and from a file.
 */
export function pageShell(
  title: string,
  { notice, facts, footer }: { notice: string; facts: Html; footer: string },
  sections: readonly Section[],
): string {
  const digest = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the figures</a>
        <header>
          <h1>${title}</h1>
          <p class="notice">${notice}</p>
          <p class="facts">${facts}</p>
        </header>
        ${contents(sections)}
        <main id="content">${sections.map(({ body }) => html`${body} `)}</main>
        <footer>${footer}</footer>
      </body>
    </html> `.text;
}

/**
 * The report of an evaluation as one page.
 *
 * @param thumbnails pictures of the hardest films by name; empty for a page that leaves this machine
 */
export async function reportPage(
  evaluation: Evaluation,
  thumbnails: ReadonlyMap<string, Thumbnail>,
): Promise<string> {
  const { model, heldOut } = evaluation;
  const sections = [
    summarySection(evaluation),
    await groupsSection(evaluation),
    await classesSection(evaluation),
    await rankingSection(evaluation),
    await calibrationSection(evaluation),
    await gateSection(evaluation),
    await severitySection(evaluation),
    await shortcutSection(evaluation),
    ...protocolSection(evaluation),
    hardestSection(evaluation, thumbnails),
    ...(await trainingSection(evaluation)),
    costSection(evaluation),
  ];
  const facts = html`${heldOut.films} frontal films of ${heldOut.patients} patients held out of training,
    judged through the serving path on ${evaluation.createdAt.slice(0, 10)}. Intervals are of 95 %: Wilson's
    for proportions, which take films as independent, else percentiles of ${heldOut.resamples} bootstrap draws
    of whole patients. Model digest <code>${model.digest.slice(0, 16)}</code>. Made by
    <code>${evaluation.command}</code>.`;
  return pageShell(
    `Evaluation of ${model.id} ${model.version}`,
    {
      notice:
        'Not for diagnosis. The films are of new patients, but of the same hospitals as the training films: at other ' +
        'hospitals expect less.',
      facts,
      footer: "All numbers are in report.json beside this page; each film's judgement is in predictions.csv.",
    },
    sections,
  );
}
