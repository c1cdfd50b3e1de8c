# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# Each text file of this task becomes a shard.

digest_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# make_shard FILE SHARD: beside its place, then moved in; the marker last.
make_shard() {
  local folder=${2%/*} name=${2##*/} work seen made
  rm -rf -- "$folder/.$name".*
  work=$(mktemp -d -- "$folder/.$name.XXXXXX")
  seen=$(input_of "$1")
  INPUT=$1 OUTPUT=$work/$name tokenise
  made=("$work/$name"_*.idx)
  if [ ${#made[@]} -ne 1 ] || [ ! -s "${made[0]}" ]; then die "preprocess_data.py ended well and made no one .idx of $1"; fi
  made=("${made[0]%.idx}")
  count_pair "${made[0]}"
  {
    printf 'input\t%s\nseen\t%s\n' "$1" "$seen"
    printf 'documents\t%s\ntokens\t%s\n' "$DOCUMENTS" "$TOKENS"
    printf 'bin\t%s\nidx\t%s\n' "$(stat -Lc %s -- "${made[0]}.bin")" "$(stat -Lc %s -- "${made[0]}.idx")"
    printf 'bin_sha256\t%s\nidx_sha256\t%s\n' "$(digest_of "${made[0]}.bin")" "$(digest_of "${made[0]}.idx")"
  } >"$work/done"
  rm -f -- "$2.done"
  mv -f -- "${made[0]}.bin" "$2.bin"
  mv -f -- "${made[0]}.idx" "$2.idx"
  mv -f -- "$work/done" "$2.done"
  rm -rf -- "$work"
  note "$name: $DOCUMENTS documents, $TOKENS tokens of $1"
}

# Sets SHARDS to a dataset's shards, in the order of FILES: name_shards NAME PREFIX
name_shards() {
  local i
  SHARDS=()
  for ((i = 0; i < ${#FILES[@]}; i++)); do SHARDS+=("$2.shards-$KEY.$RUN/$1.$(printf %05d "$i")"); done
}

# A name of its own for a file, so that whoever made it may take it away: link FROM TO
link() { ln -f -- "$1" "$2" 2>/dev/null || cp -f -- "$1" "$2" 2>/dev/null; }

# take_over FILE SHARD: what another run has of it, if that is whole. It may go while we look, so only our own copy counts.
take_over() {
  local other name=${2##*/} end
  for other in "${2%."$RUN"/*}".*/; do
    other=$other$name
    if [ "$other" = "$2" ] || ! is_done "$1" "$other" 2>/dev/null; then continue; fi
    for end in bin idx 'done'; do link "$other.$end" "$2.$end" || break; done
    if is_done "$1" "$2" 2>/dev/null; then
      note "$name is taken over from ${other%/*}"
      return
    fi
    rm -f -- "$2.bin" "$2.idx" "$2.done"
  done
  return 1
}

# shards NAME PREFIX PATTERN...: makes those of this task that are not done, AT_ONCE at once.
shards() {
  local i prefix=$2
  if is_there "$prefix"; then
    note "$prefix is there, so it is left as it is"
    return
  fi
  find_files "${@:3}"
  name_shards "$1" "$prefix"
  mkdir -p -- "$prefix.shards-$KEY.$RUN"
  for ((i = 0; i < ${#FILES[@]}; i++)); do
    if [ "$TASK" != merge ] && ((i % TASKS != TASK - 1)); then continue; fi
    if is_done "${FILES[i]}" "${SHARDS[i]}" || take_over "${FILES[i]}" "${SHARDS[i]}"; then continue; fi
    while (($(jobs -rp | wc -l) >= AT_ONCE)); do wait -n || true; done
    (make_shard "${FILES[i]}" "${SHARDS[i]}") &
  done
  wait
  for ((i = 0; i < ${#FILES[@]}; i++)); do
    if [ "$TASK" != merge ] && ((i % TASKS != TASK - 1)); then continue; fi
    if ! is_done "${FILES[i]}" "${SHARDS[i]}"; then die "${FILES[i]} could not be tokenised; the lines above say why"; fi
  done
}
