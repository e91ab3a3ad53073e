import type { Command, Option } from 'commander';

/** A word that can be typed at some place, and what it is for. */
export interface Entry {
  readonly words: readonly string[];
  readonly description: string;
}

export interface OptionEntry extends Entry {
  /** The next word is its value. */
  readonly takesValue: boolean;
  /** All that the value may be; empty where it may be anything. */
  readonly choices: readonly string[];
}

/** What can follow the words of a command. */
export interface Place {
  /** The words after `countersign`, each behind a space: ` dev up`. */
  readonly at: string;
  readonly commands: readonly Entry[];
  readonly options: readonly OptionEntry[];
  /** All that its operands may be; empty where they may be anything. */
  readonly operands: readonly string[];
}

const optionEntry = ({ short, long, description, required, optional, argChoices = [] }: Option): OptionEntry => ({
  words: [long, short].filter((word) => word !== undefined),
  description,
  takesValue: required || optional,
  choices: argChoices,
});

/** Every place of a program, its own first; hidden commands and options are left out, as `--help` does. */
export const placesOf = (command: Command, at = ''): readonly Place[] => {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const place: Place = {
    at,
    commands: commands.map((each) => ({ words: [each.name(), ...each.aliases()], description: each.description() })),
    options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map(optionEntry),
    operands: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [place, ...command.commands.flatMap((each) => placesOf(each, `${at} ${each.name()}`))];
};
