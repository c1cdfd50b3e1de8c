# shellcheck shell=bash disable=SC2034
# The questions: KIND SECONDS COUNT WORDS..., each answered by look_KIND. Those behind a word `then` are asked when the others
# have been answered.
if [ $# -gt 0 ]; then
  number=0
  while [ $# -gt 0 ]; do
    if [ "$1" = 'then' ]; then
      gather_all
      shift
      continue
    fi
    kind=$1 seconds=$2 count=$3
    shift 3
    ask "$number" "$seconds" "look_$kind" "${@:1:count}"
    shift "$count"
    number=$((number + 1))
  done
  gather_all
  NUMBER=hello
fi
fact clock.end "$(date +%s.%N)"
echo end
