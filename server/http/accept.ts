// Content negotiation (RFC 9110 12.5.1) with the media type parameters of DICOMweb (PS3.18 8.7).

/** One media range of an Accept header; names are in lower case. */
export interface MediaRange {
  type: string;
  parameters: ReadonlyMap<string, string>;
  /** 0 (not acceptable) to 1. */
  quality: number;
}

/** Splits at a character outside of quoted strings. */
function split(text: string, at: ',' | ';'): string[] {
  return text.match(at === ',' ? /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g : /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}

function unquoted(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}

/** The ranges of an Accept header; without one, everything is accepted. What is no media range is left out. */
export function parseAccept(header: string | undefined): MediaRange[] {
  const ranges = split(header?.trim() || '*/*', ',').map((range): MediaRange => {
    const [type = '', ...rest] = split(range, ';').map((part) => part.trim());
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const [name = '', ...value] = parameter.split('=');
      parameters.set(name.trim().toLowerCase(), unquoted(value.join('=').trim()));
    }
    const given = Number(parameters.get('q') ?? 1);
    const quality = given >= 0 && given <= 1 ? given : 0;
    return { type: type.toLowerCase(), parameters, quality };
  });
  return ranges.filter(({ type }) => /^[^/\s]+\/[^/\s]+$/.test(type));
}

/** How closely a range fits a media type: 0 not at all, 1 as anything, 2 as one of its kind, 3 by name. */
function fit(range: string, type: string): number {
  if (range === type) return 3;
  if (range === `${type.split('/')[0] ?? ''}/*`) return 2;
  return range === '*/*' ? 1 : 0;
}

/** How welcome a media type is, from 0 (not acceptable) to 1: what the range that fits it closest says. */
export function qualityOf(ranges: readonly MediaRange[], type: string): number {
  const fitting = ranges
    .map((range) => ({ fit: fit(range.type, type), quality: range.quality }))
    .filter((one) => one.fit > 0)
    .sort((a, b) => b.fit - a.fit || b.quality - a.quality);
  return fitting[0]?.quality ?? 0;
}

/** The offered media type that is most welcome, the first of equals; null when none is acceptable. */
export function chooseType<T extends string>(header: string | undefined, offered: readonly T[]): T | null {
  const ranges = parseAccept(header);
  let best: T | null = null;
  for (const type of offered) {
    if (qualityOf(ranges, type) > (best === null ? 0 : qualityOf(ranges, best))) best = type;
  }
  return best;
}

/** The transfer syntaxes in which DICOM objects are accepted as the parts of a message; null for any. */
export type AcceptedSyntaxes = ReadonlySet<string> | null;

/**
 * Whether `multipart/related; type="application/dicom"` is accepted, and in which transfer syntaxes (PS3.18 8.7.3.5).
 * Without a transfer-syntax parameter objects are sent as they are stored: none is changed here.
 *
 * @returns undefined when it is not accepted
 */
export function acceptedDicom(header: string | undefined): AcceptedSyntaxes | undefined {
  const fitting = parseAccept(header).filter(({ type, parameters, quality }) => {
    if (quality === 0 || fit(type, 'multipart/related') === 0) return false;
    return ['application/dicom', '*/*', undefined].includes(parameters.get('type')?.toLowerCase());
  });
  if (fitting.length === 0) return undefined;
  const syntaxes = fitting.map(({ parameters }) => parameters.get('transfer-syntax') ?? '*');
  return syntaxes.includes('*') ? null : new Set(syntaxes);
}
