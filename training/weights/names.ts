/**
 * Older files call some layers otherwise. Each scheme maps a file's layer names to today's, or leaves them.
 */
export function translate(stored: string[], expected: string[]): Map<string, string> {
  const known = new Set(expected);
  const result = new Map<string, string>();
  const numbers = renumber(stored, expected);
  for (const name of stored) {
    const candidates = [numbers.get(name), name, resnet(name)];
    const found = candidates.find((candidate) => candidate !== undefined && known.has(candidate));
    if (found !== undefined) result.set(name, found);
  }
  return result;
}

/** `res4b_branch2a`, `bn4b_branch2a`, `bn_conv1`: Keras before 2.2.5. */
function resnet(name: string): string | undefined {
  if (name === 'conv1') return 'conv1_conv';
  if (name === 'bn_conv1') return 'conv1_bn';
  const match = /^(res|bn)(\d)([a-z])_branch(1|2[abc])$/.exec(name);
  if (!match) return undefined;
  const [, kind, stage, letter = 'a', branch = '1'] = match;
  const block = letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1;
  const position = branch === '1' ? 0 : 'abc'.indexOf(branch.charAt(1)) + 1;
  return `conv${stage}_block${block}_${position}_${kind === 'res' ? 'conv' : 'bn'}`;
}

/**
 * Automatic names count on through a session, so a file may begin anywhere: `conv2d_1` or `conv2d_95` for `conv2d`.
 * The order of creation is what the number tells, so the n-th of a kind is the n-th of that kind.
 */
function renumber(stored: string[], expected: string[]): Map<string, string> {
  const result = new Map<string, string>();
  const kinds: [today: string, before: RegExp][] = [
    ['conv2d', /^(?:conv2d|convolution2d)(?:_(\d+))?$/],
    ['batch_normalization', /^(?:batch_normalization|batchnormalization)(?:_(\d+))?$/],
  ];
  for (const [today, before] of kinds) {
    const wanted = inOrder(expected, new RegExp(`^${today}(?:_(\\d+))?$`));
    const found = inOrder(stored, before);
    // With some missing, the order no longer tells which.
    if (found.length !== wanted.length) continue;
    found.forEach((name, i) => {
      const target = wanted[i];
      if (target !== undefined) result.set(name, target);
    });
  }
  return result;
}

function inOrder(names: string[], pattern: RegExp): string[] {
  return names
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match ? [{ name, n: Number(match[1] ?? 0) }] : [];
    })
    .sort((a, b) => a.n - b.n)
    .map(({ name }) => name);
}
