import { Command, CommanderError } from 'commander';
import { exitCodeOf } from './exit.js';

/** Each command's file is read only when it is called, so that none waits for what another needs. */
const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./start.js')).startCommand(),
  serve: async () => (await import('./services.js')).serveCommand(),
  worker: async () => (await import('./services.js')).workerCommand(),
  migrate: async () => (await import('./services.js')).migrateCommand(),
  import: async () => (await import('./import.js')).importCommand(),
  classify: async () => (await import('./classify.js')).classifyCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  evaluate: async () => (await import('./evaluate.js')).evaluateCommand(),
  models: async () => (await import('./models.js')).modelsCommand(),
  bench: async () => (await import('./bench.js')).benchCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
};

const program = new Command('covid-triage')
  .description('AI triage of chest X-rays for clinical viewers')
  .showHelpAfterError('(add --help for the options)')
  // What follows a command is for it alone: `bench` and `bench ct` both have --write and --json.
  .enablePositionalOptions();
const wanted = process.argv[2] ?? '';
const names = wanted in commands ? [wanted] : Object.keys(commands);
for (const name of names) {
  const command = await commands[name]?.();
  if (command) program.addCommand(command);
}
const nested = program.commands.flatMap(({ commands: inner }) => inner);
for (const command of [program, ...program.commands, ...nested]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
