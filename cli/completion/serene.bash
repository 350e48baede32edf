# Completion of serene's commands, options and files. What there is to complete is read from --help, so that it
# is always that of the program at hand.

_serene() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done
  COMPREPLY=()
  case $previous in
    -m | --model)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -W 'default small trnet' -- "$current"
        compgen -f -- "$current")
      return
      ;;
    --device) mapfile -t COMPREPLY < <(compgen -W 'auto cpu cuda' -- "$current") && return ;;
    --precision) mapfile -t COMPREPLY < <(compgen -W 'fp32 tf32 bf16' -- "$current") && return ;;
    --channels) mapfile -t COMPREPLY < <(compgen -W 'mix each 0 1' -- "$current") && return ;;
    --manifest-format) mapfile -t COMPREPLY < <(compgen -W 'auto jsonl csv scp' -- "$current") && return ;;
    --labels-format) mapfile -t COMPREPLY < <(compgen -W 'auto jsonl csv' -- "$current") && return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'jsonl csv' -- "$current") && return ;;
  esac
  if [[ $current == -* ]]; then
    local options
    options=$("$program" ${command:+"$command"} --help 2>/dev/null | sed -n '/^Options:/,/^$/s/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n')
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -z $command ]]; then
    local commands
    commands=$("$program" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\)  .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _serene serene
