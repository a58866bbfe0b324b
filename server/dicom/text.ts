// Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1) by way of the Encoding Standard's decoders.

const SINGLE: Record<string, string> = {
  '6': 'latin1',
  '100': 'latin1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '144': 'iso-8859-5',
  '127': 'iso-8859-6',
  '126': 'iso-8859-7',
  '138': 'iso-8859-8',
  '148': 'windows-1254',
  '203': 'iso-8859-15',
  '13': 'shift_jis',
  '166': 'windows-874',
  '192': 'utf-8',
};

/** Escape sequences of PS3.3 tables C.12-3 and C.12-4, without the escape, and what decodes the bytes after them. */
const ESCAPES: [sequence: string, label: string, lead?: string][] = [
  ['$(D', 'euc-jp', '0212'],
  ['$)C', 'euc-kr'],
  ['$)A', 'gbk'],
  ['$B', 'iso-2022-jp', '\x1b$B'],
  ['(B', 'latin1'],
  ['(J', 'shift_jis'],
  [')I', 'shift_jis'],
  ['-A', 'latin1'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-L', 'iso-8859-5'],
  ['-G', 'iso-8859-6'],
  ['-F', 'iso-8859-7'],
  ['-H', 'iso-8859-8'],
  ['-M', 'windows-1254'],
  ['-b', 'iso-8859-15'],
  ['-T', 'windows-874'],
];

function labelOf(term: string): string {
  const name = term.trim().toUpperCase();
  if (name === 'GB18030') return 'gb18030';
  if (name === 'GBK') return 'gbk';
  const number = /^ISO(?:_IR|[ _]2022[ _]IR)[ _](\d+)$/.exec(name)?.[1];
  return (number === undefined ? undefined : SINGLE[number]) ?? 'latin1';
}

function decodeEscaped(part: string): string {
  const found = ESCAPES.find(([sequence]) => part.startsWith(sequence));
  if (found === undefined) return part;
  const [sequence, label, lead] = found;
  const rest = part.slice(sequence.length);
  if (lead === '0212') {
    const bytes = [...rest].flatMap((char, i) => [...(i % 2 === 0 ? [0x8f] : []), char.charCodeAt(0) | 0x80]);
    return new TextDecoder(label).decode(Uint8Array.from(bytes));
  }
  return new TextDecoder(label).decode(Buffer.from((lead ?? '') + rest, 'latin1'));
}

/**
 * Decodes a text value.
 *
 * @param characterSets values of Specific Character Set (0008,0005); empty means the default repertoire, where bytes
 * beyond ASCII are read as UTF-8 if they are valid UTF-8, else as Latin 1, since senders often leave the element out
 */
export function decodeText(bytes: Uint8Array, characterSets: string[]): string {
  if (bytes.every((byte) => byte < 0x80 && byte !== 0x1b)) return Buffer.from(bytes).toString('latin1');
  const first = characterSets[0]?.trim() ?? '';
  if (bytes.includes(0x1b) && characterSets.some((term) => term.includes('2022'))) {
    const initial = new TextDecoder(labelOf(first));
    // Delimiters put the initial character set back (PS3.5 6.1.2.5.3).
    return Buffer.from(bytes)
      .toString('latin1')
      .split(/([\^=\\\r\n])/)
      .map((part) => {
        const [plain = '', ...escaped] = part.split('\x1b');
        return initial.decode(Buffer.from(plain, 'latin1')) + escaped.map(decodeEscaped).join('');
      })
      .join('');
  }
  if (first === '') {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return new TextDecoder('latin1').decode(bytes);
    }
  }
  return new TextDecoder(labelOf(first)).decode(bytes);
}
