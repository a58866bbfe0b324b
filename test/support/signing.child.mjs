// A process whose supervisor hears from it as from a real one; it does nothing else.
const { giveSigns } = await import('../../dist/server/supervise.js');
giveSigns();
process.send({ pid: process.pid });
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
