/** Probability that a positive scores above a negative, ties half (Mann-Whitney); 0.5 when one side is empty. */
export function areaUnderCurve(positives: number[], negatives: number[]): number {
  if (positives.length === 0 || negatives.length === 0) return 0.5;
  let wins = 0;
  for (const a of positives) {
    for (const b of negatives) wins += a > b ? 1 : a === b ? 0.5 : 0;
  }
  return wins / (positives.length * negatives.length);
}
