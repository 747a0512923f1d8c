# bash completion of outpostd. Made by outpostd --print-completion bash.

_outpostd_facts() {
  case $1 in
    '')
      commands=''
      options='-h --help --version --config --check-config --print-config --daemon --pid-file'
      valued='--config --pid-file'
      ;;
  esac
}

_outpostd_value() {
  case $1 in
    '') ;;
    ' --config') files=yes ;;
    ' --pid-file') files=yes ;;
  esac
}

_outpostd() {
  local current=${COMP_WORDS[COMP_CWORD]} command='' option='' place=1 word i
  local commands='' options='' valued='' words='' files=''
  COMPREPLY=()
  _outpostd_facts ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $option ]]; then
      [[ $word == '=' ]] || option=''
    elif [[ $word == -* ]]; then
      [[ " $valued " != *" $word "* ]] || option=$word
    elif [[ $place == 1 && " $commands " == *" $word "* ]]; then
      command=${command:+$command }$word
      _outpostd_facts "$command"
    else
      place=$((place + 1))
    fi
  done
  [[ $current != '=' ]] || current=''
  if [[ $option ]]; then
    _outpostd_value "$command $option"
  elif [[ $current == -* ]]; then
    words=$options
  else
    words=$commands
    _outpostd_value "$command $place"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[outpostd]}" COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _outpostd outpostd
