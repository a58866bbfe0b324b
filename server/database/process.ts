// Which processes live: the one answer for everything that leaves its process number in a file.
import { readFileSync } from 'node:fs';

/** The fields of /proc/<pid>/stat from the state on; null where the system has none. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may hold blanks and brackets itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** True while a process of this number lives, whoever owns it. One that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // There, but of another account.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statOf(pid)?.[0] !== 'Z';
}

/**
 * What tells a living process from a later one of the same number: where the system says it, the start in ticks since
 * boot. In a container every start has the same numbers.
 *
 * @returns null when no such process lives
 */
export function identityOf(pid: number): string | null {
  return isAlive(pid) ? `${pid}:${statOf(pid)?.[19] ?? ''}` : null;
}
