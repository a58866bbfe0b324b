import type { Migration } from 'kysely';
import * as initial from './0001_initial.js';
import * as worker from './0002_worker.js';
import * as pixelDigest from './0003_pixel_digest_and_milestones.js';
import * as triageRecovery from './0004_triage_recovery.js';
import * as ct from './0005_ct.js';

/** Every migration by name, in the order of the names. A migration is frozen once it has landed. */
export const migrations: Record<string, Migration> = {
  '0001_initial': initial,
  '0002_worker': worker,
  '0003_pixel_digest_and_milestones': pixelDigest,
  '0004_triage_recovery': triageRecovery,
  '0005_ct': ct,
};
