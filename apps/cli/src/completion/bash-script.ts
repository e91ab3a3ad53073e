import { choiceArms, entersArm, placeArms, quoted, valueArm } from './case-arms.js';
import type { Place } from './command-tree.js';

const list = (words: readonly string[]): string => quoted(words.join(' '));
const indented = (arms: readonly string[], by: number): string => arms.map((arm) => `${' '.repeat(by)}${arm}`).join('\n');

/** A function and its registration, for bash 3.2 and newer. Where it has nothing to say, bash completes file names. */
export const bashScript = (places: readonly Place[]): string => `# Completion of countersign in bash: source <(countersign completion bash)
_countersign_takes_value() {
  case "$1" in
${indented(valueArm(places, 'return 0'), 4)}
  esac
  return 1
}

_countersign() {
  local at='' before='' word='' commands='' options='' now="$2" i=0
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]}"; do
    if ((i == COMP_CWORD)); then break; fi
    ((i += 1))
    # bash takes \`--format=json\` for three words.
    if ((i == 1)) || [[ $word == '=' ]]; then continue; fi
    if ! _countersign_takes_value "$at $before"; then
      case "$at $word" in
${indented(entersArm(places, 'at="$at $word"'), 8)}
      esac
    fi
    before=$word
  done
  if [[ $now == '=' ]]; then now=''; fi
  if _countersign_takes_value "$at $before"; then
    case "$at $before" in
${indented(choiceArms(places, (choices) => `commands=${list(choices)}`), 6)}
    esac
  else
    case "$at" in
${indented(
  placeArms(
    places,
    ({ commands, options, operands }) => `commands=${list([...commands.flatMap(({ words }) => words), ...operands])} options=${list(options.flatMap(({ words }) => words))}`,
  ),
  6,
)}
    esac
    if [[ $now == -* ]]; then commands=$options; fi
  fi
  COMPREPLY=($(compgen -W "$commands" -- "$now"))
}

complete -o default -F _countersign countersign
`;
