# shellcheck shell=bash disable=SC2153,SC2154
# The pairs of a dataset become one, with a manifest beside it.

# A text as JSON.
json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//	/\\t}"
}

# One shard of the manifest: SHARD
manifest_line() {
  printf '    {"input": %s, "documents": %s, "tokens": %s, ' "$(json_text "$(marked "$1.done" input)")" \
    "$(marked "$1.done" documents)" "$(marked "$1.done" tokens)"
  printf '"bin_sha256": "%s", "idx_sha256": "%s"}' "$(marked "$1.done" bin_sha256)" "$(marked "$1.done" idx_sha256)"
}

# manifest NAME PAIR SHARD...: what the pair holds, and what it was made of.
manifest() {
  local shard comma=''
  printf '{\n  "dataset": %s,\n  "made_by": %s,\n' "$(json_text "$1")" "$(json_text "$RUN")"
  printf '  "documents": %s,\n  "tokens": %s,\n' "$DOCUMENTS" "$TOKENS"
  printf '  "bin_sha256": "%s",\n  "idx_sha256": "%s",\n  "shards": [' "$(digest_of "$2.bin")" "$(digest_of "$2.idx")"
  for shard in "${@:3}"; do
    printf '%s\n%s' "$comma" "$(manifest_line "$shard")"
    comma=','
  done
  printf '\n  ]\n}\n'
}

# place PAIR PREFIX: moves .bin, .json and .idx in, where nobody else has. The folder is the lock; it is held for moments, so
# one that is a minute old was left by somebody who was killed.
place() {
  local waited=0
  until mkdir -- "$2.placing" 2>/dev/null; do
    if [ ! -d "$2.placing" ]; then die "$2.placing cannot be made: may you write there?"; fi
    sleep 1
    waited=$((waited + 1))
    if ((waited >= ${PLACING_SECONDS:-60})); then
      # One of several that wait wins the move.
      if mv -T -- "$2.placing" "$2.placing.left.$RUN.$$" 2>/dev/null; then rm -rf -- "$2.placing.left.$RUN.$$"; fi
      waited=0
    fi
  done
  : >"$2.placing/$RUN"
  if [ -s "$2.idx" ] && [ -e "$2.bin" ]; then
    note "$2 was made by another run meanwhile"
  else
    mv -f -- "$1.bin" "$2.bin"
    mv -f -- "$1.json" "$2.json"
    mv -f -- "$1.idx" "$2.idx"
  fi
  rm -rf -- "$2.placing"
}

# clean PREFIX: what we do not need any more, also when we were killed before.
clean() {
  if [ -e "$1.placing/$RUN" ]; then rm -rf -- "$1.placing"; fi
  rm -rf -- "$1.shards-$KEY.$RUN"
}

# Shards of runs that have died are nobody's to remove but a person's: another run may be at work there.
left_over() {
  local folder
  for folder in "$1".shards-*/; do
    if [ -d "$folder" ]; then note "$folder holds shards of another run; remove it when that run has ended"; fi
  done
}

# finish NAME PREFIX PATTERN...: the shards of a dataset as one pair. Those without a token are left out: numpy maps no
# empty file.
finish() {
  local name=$1 prefix=$2 work shard end documents=0 tokens=0 full=()
  if is_there "$prefix"; then
    clean "$prefix"
    return
  fi
  find_files "${@:3}"
  name_shards "$name" "$prefix"
  for shard in "${SHARDS[@]}"; do
    if (($(marked "$shard.done" tokens) == 0)); then continue; fi
    full+=("$shard")
    documents=$((documents + $(marked "$shard.done" documents)))
    tokens=$((tokens + $(marked "$shard.done" tokens)))
  done
  if ((${#full[@]} == 0)); then die "the texts of $name hold no token"; fi
  rm -rf -- "$prefix.shards-$KEY.$RUN/.merge".*
  work=$(mktemp -d -- "$prefix.shards-$KEY.$RUN/.merge.XXXXXX")
  mkdir -- "$work/in" "$work/out"
  for shard in "${full[@]}"; do
    for end in bin idx; do link "$shard.$end" "$work/in/${shard##*/}.$end"; done
  done
  if ((${#full[@]} > 1)); then
    INPUT=$work/in OUTPUT=$work/out/$name merge
  else
    # The one shard is the dataset.
    for end in bin idx; do link "${full[0]}.$end" "$work/out/$name.$end"; done
  fi
  count_pair "$work/out/$name"
  if ((DOCUMENTS != documents || TOKENS != tokens)); then
    die "$name merged has $DOCUMENTS documents and $TOKENS tokens, its shards have $documents and $tokens"
  fi
  manifest "$name" "$work/out/$name" "${SHARDS[@]}" >"$work/out/$name.json"
  place "$work/out/$name" "$prefix"
  note "$name: $documents documents, $tokens tokens in ${#full[@]} shards, in $prefix.bin"
  clean "$prefix"
  left_over "$prefix"
}
