# shellcheck shell=bash disable=SC2154
# All shards of this task; the last one of a stage merges, the others leave a mark.

datasets shards
if [ "$TASK" = merge ]; then
  datasets finish
else
  echo "$TASK of $TASKS" >"$DONE.tmp"
  mv -f -- "$DONE.tmp" "$DONE"
fi
