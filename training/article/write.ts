import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { articleMarkdown } from './markdown.js';
import { confusionPlot, curvesPlot } from './plots.js';
import type { ArticleReport } from './report.js';

/** Writes report.json, report.md and the plots that it shows into a folder. */
export async function writeReport(report: ArticleReport, folder: string): Promise<void> {
  const files: Record<string, string> = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.md': articleMarkdown(report),
    'curves.svg': await curvesPlot(report.history),
    'confusion.svg': await confusionPlot(report.test.confusion, report.labels),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}
