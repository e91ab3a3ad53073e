import { choiceArms, entersArm, placeArms, quoted, valueArm } from './case-arms.js';
import type { Entry, Place } from './command-tree.js';

const indented = (arms: readonly string[], by: number): string => arms.map((arm) => `${' '.repeat(by)}${arm}`).join('\n');

/** `_describe` takes `word:what it is`. */
const described = (entries: readonly Entry[]): string => entries.flatMap(({ words, description }) => words.map((word) => quoted(`${word.replaceAll(':', '\\:')}:${description}`))).join(' ');

/** A function and its registration. Where it has nothing to say, it completes file names. `path` and `words` belong to zsh itself. */
export const zshScript = (places: readonly Place[]): string => `#compdef countersign
# Completion of countersign in zsh: source <(countersign completion zsh)
_countersign_takes_value() {
  case "$1" in
${indented(valueArm(places, 'return 0'), 4)}
  esac
  return 1
}

_countersign() {
  local at='' before='' word=''
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if ! _countersign_takes_value "$at $before"; then
      case "$at $word" in
${indented(entersArm(places, 'at="$at $word"'), 8)}
      esac
    fi
    before=$word
  done
  if _countersign_takes_value "$at $before"; then
    case "$at $before" in
${indented(choiceArms(places, (choices) => `commands=(${choices.map(quoted).join(' ')})`), 6)}
    esac
  else
    case "$at" in
${indented(
  placeArms(
    places,
    ({ commands, options, operands }) => `commands=(${described([...commands, ...operands.map((word) => ({ words: [word], description: '' }))])}) options=(${described(options)})`,
  ),
  6,
)}
    esac
    if [[ $PREFIX == -* ]]; then
      _describe -o option options
      return
    fi
  fi
  if (( $#commands )); then _describe command commands; else _files; fi
}

if ! (( $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _countersign countersign
`;
