import { createHash } from 'node:crypto';

/**
 * A UID under 2.25 (PS3.5 B.2) that is always the same for the same name: a UUID of version 8 made of a SHA-256.
 */
export function uidOf(name: string): string {
  const digest = createHash('sha256').update(`covid-triage demo ${name}`).digest().subarray(0, 16);
  digest.writeUInt8(((digest[6] ?? 0) & 0x0f) | 0x80, 6);
  digest.writeUInt8(((digest[8] ?? 0) & 0x3f) | 0x80, 8);
  return `2.25.${BigInt(`0x${digest.toString('hex')}`).toString()}`;
}
