// Person names as DICOM writes them (PN, PS3.5 6.2.1): components by `^`, representations by `=`.

/**
 * A name for display: family name, given names. The alphabetic representation, where that is empty the ideographic, then
 * the phonetic one.
 *
 * @returns null where no representation has a family or given name
 */
export function displayName(name: string | null): string | null {
  for (const representation of (name ?? '').split('=')) {
    const [family = '', given = '', middle = ''] = representation.split('^').map((part) => part.trim());
    const rest = [given, middle].filter((part) => part !== '').join(' ');
    const shown = [family, rest].filter((part) => part !== '').join(', ');
    if (shown !== '') return shown;
  }
  return null;
}

/** The words of a search, whether typed as displayed, in the order of speech or as in the image. */
export function nameWords(search: string): string[] {
  return search.split(/[\s,，^=]+/u).filter((word) => word !== '');
}

/**
 * A regular expression for a word in text that PostgreSQL's `lower` went over. In the locale C that knows ASCII alone, so
 * that other letters may be there in either case.
 */
export function anyCase(word: string): string {
  const letter = (lower: string) => {
    const upper = lower.toUpperCase();
    const isOther = lower > '\x7f' && upper !== lower && [...upper].length === 1;
    return isOther ? `[${lower}${upper}]` : lower.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  };
  return [...word.toLowerCase()].map(letter).join('');
}
