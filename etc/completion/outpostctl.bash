# bash completion of outpostctl. Made by outpostctl --print-completion bash.

_outpostctl_facts() {
  case $1 in
    '')
      commands='status metrics health top apply lists catalogue records record recall import imports export stats group sessions dnc token store test-call outbox nodes node services service resources subscriptions publish alarms reload reopen-logs switch role stop'
      options='-h --help --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'status')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'metrics')
      commands=''
      options='-h --help --json --openmetrics --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'health')
      commands=''
      options='-h --help --json --role --version --socket --timeout'
      valued='--role --socket --timeout'
      ;;
    'top')
      commands=''
      options='-h --help --json --interval --once --version --socket --timeout'
      valued='--interval --socket --timeout'
      ;;
    'apply')
      commands=''
      options='-h --help --json --dry-run --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'lists')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'catalogue')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'records')
      commands='set recycle delete undo'
      options='-h --help --json --watch --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --limit --all --version --socket --timeout'
      valued='--watch --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --limit --socket --timeout'
      ;;
    'records set')
      commands=''
      options='-h --help --json --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --all --dry-run --undo-file -y --yes --version --socket --timeout'
      valued='--status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --undo-file --socket --timeout'
      ;;
    'records recycle')
      commands=''
      options='-h --help --json --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --all --dry-run --undo-file -y --yes --version --socket --timeout'
      valued='--status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --undo-file --socket --timeout'
      ;;
    'records delete')
      commands=''
      options='-h --help --json --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --all --dry-run --undo-file -y --yes --version --socket --timeout'
      valued='--status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --undo-file --socket --timeout'
      ;;
    'records undo')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'record')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'recall')
      commands=''
      options='-h --help --json --agent --customer-id --record --due --dry-run --version --socket --timeout'
      valued='--agent --customer-id --record --due --socket --timeout'
      ;;
    'import')
      commands=''
      options='-h --help --json --rejects --skip --delimiter --encoding --chain-by --duplicates --dry-run --restart --version --socket --timeout'
      valued='--rejects --skip --delimiter --encoding --chain-by --duplicates --socket --timeout'
      ;;
    'imports')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'export')
      commands=''
      options='-h --help --json -o --output --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --version --socket --timeout'
      valued='-o --output --status --state --type --result --chain --contact --customer-id --agent --due-from --due-till --socket --timeout'
      ;;
    'stats')
      commands=''
      options='-h --help --json --watch --list --group --version --socket --timeout'
      valued='--watch --list --group --socket --timeout'
      ;;
    'group')
      commands='list load start stop unload mode'
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'group list')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'group load')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'group start')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'group stop')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'group unload')
      commands=''
      options='-h --help --json --force --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'group mode')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'sessions')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'dnc')
      commands='add remove list import export'
      options='-h --help --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'dnc add')
      commands=''
      options='-h --help --json --phone --customer-id --tenant --version --socket --timeout'
      valued='--phone --customer-id --tenant --socket --timeout'
      ;;
    'dnc remove')
      commands=''
      options='-h --help --json --phone --customer-id --tenant --version --socket --timeout'
      valued='--phone --customer-id --tenant --socket --timeout'
      ;;
    'dnc list')
      commands=''
      options='-h --help --json --watch --phone --customer-id --kind --tenant --limit --all --version --socket --timeout'
      valued='--watch --phone --customer-id --kind --tenant --limit --socket --timeout'
      ;;
    'dnc import')
      commands=''
      options='-h --help --rejects --skip --delimiter --encoding --json --tenant --version --socket --timeout'
      valued='--rejects --skip --delimiter --encoding --tenant --socket --timeout'
      ;;
    'dnc export')
      commands=''
      options='-h --help --json -o --output --tenant --version --socket --timeout'
      valued='-o --output --tenant --socket --timeout'
      ;;
    'token')
      commands='add list revoke'
      options='-h --help --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'token add')
      commands=''
      options='-h --help --json --resources --requests --expires-in --version --socket --timeout'
      valued='--resources --requests --expires-in --socket --timeout'
      ;;
    'token list')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'token revoke')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'store')
      commands='migrate'
      options='-h --help --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'store migrate')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'test-call')
      commands=''
      options='-h --help --json --group --method --data --header --client --version --socket --timeout'
      valued='--group --method --data --header --client --socket --timeout'
      ;;
    'outbox')
      commands='show list retry drop pause resume'
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'outbox show')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'outbox list')
      commands=''
      options='-h --help --json --watch --after --body --limit --all --version --socket --timeout'
      valued='--watch --after --limit --socket --timeout'
      ;;
    'outbox retry')
      commands=''
      options='-h --help --json --message --version --socket --timeout'
      valued='--message --socket --timeout'
      ;;
    'outbox drop')
      commands=''
      options='-h --help --json --message --older-than --all --dry-run -y --yes --version --socket --timeout'
      valued='--message --older-than --socket --timeout'
      ;;
    'outbox pause')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'outbox resume')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'nodes')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'node')
      commands='online offline'
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'node online')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'node offline')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'services')
      commands=''
      options='-h --help --json --watch --name --limit --all --version --socket --timeout'
      valued='--watch --name --limit --socket --timeout'
      ;;
    'service')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'resources')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'subscriptions')
      commands=''
      options='-h --help --json --watch --limit --all --version --socket --timeout'
      valued='--watch --limit --socket --timeout'
      ;;
    'publish')
      commands=''
      options='-h --help --json --parsed --localized --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'alarms')
      commands=''
      options='-h --help --json --watch --version --socket --timeout'
      valued='--watch --socket --timeout'
      ;;
    'reload')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'reopen-logs')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'switch')
      commands=''
      options='-h --help --json --to --version --socket --timeout'
      valued='--to --socket --timeout'
      ;;
    'role')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
    'stop')
      commands=''
      options='-h --help --json --version --socket --timeout'
      valued='--socket --timeout'
      ;;
  esac
}

_outpostctl_value() {
  case $1 in
    '') ;;
    ' --socket') files=yes ;;
    'status --socket') files=yes ;;
    'metrics --socket') files=yes ;;
    'health --role') words='primary backup node' ;;
    'health --socket') files=yes ;;
    'top --socket') files=yes ;;
    'apply --socket') files=yes ;;
    'apply 1') files=yes ;;
    'lists --socket') files=yes ;;
    'catalogue --socket') files=yes ;;
    'records --socket') files=yes ;;
    'records set --undo-file') files=yes ;;
    'records set --socket') files=yes ;;
    'records recycle --undo-file') files=yes ;;
    'records recycle --socket') files=yes ;;
    'records delete --undo-file') files=yes ;;
    'records delete --socket') files=yes ;;
    'records undo --socket') files=yes ;;
    'records undo 1') files=yes ;;
    'record --socket') files=yes ;;
    'recall --socket') files=yes ;;
    'import --rejects') files=yes ;;
    'import --duplicates') words='keep skip refuse' ;;
    'import --socket') files=yes ;;
    'import 2') files=yes ;;
    'imports --socket') files=yes ;;
    'export -o' | 'export --output') files=yes ;;
    'export --socket') files=yes ;;
    'stats --socket') files=yes ;;
    'group --socket') files=yes ;;
    'group list --socket') files=yes ;;
    'group load --socket') files=yes ;;
    'group start --socket') files=yes ;;
    'group stop --socket') files=yes ;;
    'group unload --socket') files=yes ;;
    'group mode --socket') files=yes ;;
    'sessions --socket') files=yes ;;
    'dnc --socket') files=yes ;;
    'dnc add --socket') files=yes ;;
    'dnc remove --socket') files=yes ;;
    'dnc list --kind') words='phone customer_id' ;;
    'dnc list --socket') files=yes ;;
    'dnc import --rejects') files=yes ;;
    'dnc import --socket') files=yes ;;
    'dnc import 1') files=yes ;;
    'dnc export -o' | 'dnc export --output') files=yes ;;
    'dnc export --socket') files=yes ;;
    'token --socket') files=yes ;;
    'token add --socket') files=yes ;;
    'token list --socket') files=yes ;;
    'token revoke --socket') files=yes ;;
    'store --socket') files=yes ;;
    'store migrate --socket') files=yes ;;
    'test-call --socket') files=yes ;;
    'outbox --socket') files=yes ;;
    'outbox show --socket') files=yes ;;
    'outbox list --socket') files=yes ;;
    'outbox retry --socket') files=yes ;;
    'outbox drop --socket') files=yes ;;
    'outbox pause --socket') files=yes ;;
    'outbox resume --socket') files=yes ;;
    'nodes --socket') files=yes ;;
    'node --socket') files=yes ;;
    'node online --socket') files=yes ;;
    'node offline --socket') files=yes ;;
    'services --socket') files=yes ;;
    'service --socket') files=yes ;;
    'resources --socket') files=yes ;;
    'subscriptions --socket') files=yes ;;
    'publish --socket') files=yes ;;
    'alarms --socket') files=yes ;;
    'reload --socket') files=yes ;;
    'reopen-logs --socket') files=yes ;;
    'switch --socket') files=yes ;;
    'role --socket') files=yes ;;
    'role 1') words='primary backup' ;;
    'stop --socket') files=yes ;;
  esac
}

_outpostctl() {
  local current=${COMP_WORDS[COMP_CWORD]} command='' option='' place=1 word i
  local commands='' options='' valued='' words='' files=''
  COMPREPLY=()
  _outpostctl_facts ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $option ]]; then
      [[ $word == '=' ]] || option=''
    elif [[ $word == -* ]]; then
      [[ " $valued " != *" $word "* ]] || option=$word
    elif [[ $place == 1 && " $commands " == *" $word "* ]]; then
      command=${command:+$command }$word
      _outpostctl_facts "$command"
    else
      place=$((place + 1))
    fi
  done
  [[ $current != '=' ]] || current=''
  if [[ $option ]]; then
    _outpostctl_value "$command $option"
  elif [[ $current == -* ]]; then
    words=$options
  else
    words=$commands
    _outpostctl_value "$command $place"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[outpostctl]}" COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _outpostctl outpostctl
