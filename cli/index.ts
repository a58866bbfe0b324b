import { Command, CommanderError } from 'commander';
import { evaluateCommand } from './evaluate.js';
import { exitCodeOf } from './exit.js';
import { trainCommand } from './train.js';

const program = new Command('covid-triage')
  .description('AI triage of chest X-rays for clinical viewers')
  .showHelpAfterError('(add --help for the options)');
for (const command of [trainCommand(), evaluateCommand()]) program.addCommand(command);
for (const command of [program, ...program.commands]) command.exitOverride();

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
