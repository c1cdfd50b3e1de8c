#!/bin/bash
#$ -clear
#$ -cwd
#$ -l cpu_40=1
#$ -l h_rt=24:00:00
#$ -N mt-preview-prepare-1-1
#$ -j y
#$ -o /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/prepare-1/
#$ -r n

# preview, stage prepare, segment 1. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=preview
export MARTLET_RUN_DIR=/gs/bs/my-group/USER-NOT-SET/martlet/runs/preview
export MARTLET_STAGE=prepare
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/prepare-1
export MARTLET_NODES=1
export MARTLET_GPUS_PER_NODE=0
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=8
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=/etc/profile.d/modules.sh
export MARTLET_JOB_ID="${JOB_ID}"
export MARTLET_JOB_NAME="${JOB_NAME}"
export MARTLET_WALLTIME_SECONDS=86400
export MARTLET_MARGIN_SECONDS=900
export MARTLET_RESTARTS=2
export MARTLET_STALL_SECONDS=0
export MARTLET_NEEDS=''
export MARTLET_MADE=files
export MARTLET_MASTER=interface:bond0
export MARTLET_IMAGE=/gs/fs/my-group/USER-NOT-SET/martlet/images/megatron-lm.sif
export MARTLET_SITE_BIN=''

hosts() {
  awk '!seen[$1]++ { print $1 }' "${PE_HOSTFILE}"
}

modules() {
  module purge || return
  module load openmpi/5.0.7-gcc || return
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME=bond0
  export GLOO_SOCKET_IFNAME=bond0
  export NCCL_IB_TIMEOUT=22
  export UB_SKIPMC=1
  limit core 0
}

inputs() {
  :
}

made_files() {
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/ja-wikipedia_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/ja-wikipedia_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/laboro-paracorpus_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/laboro-paracorpus_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/en-wikipedia_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/en-wikipedia_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/cosmopedia_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/cosmopedia_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/dclm-baseline_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/dclm-baseline_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-code_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-code_text_document.bin
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-math_text_document.idx
  "$1" /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-math_text_document.bin
}

launch() {
  start mpirun \
    -np 1 \
    --hostfile "${MARTLET_HOSTFILE}" \
    --map-by ppr:1:node \
    --bind-to none \
    -x PATH \
    -x LD_LIBRARY_PATH \
    bash \
    /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/prepare-1/node.sh \
    "${MARTLET_ENV}"
}

# ---- templates/job/common-site.sh, as it is ----
# shellcheck shell=bash
# What a site wants before anything runs; the same on the job's side and on every node. modules is written above.

# Modules and activate scripts read variables that may not be set.
set_up_site() {
  local code=0 init=${MARTLET_PRETEND_MODULES:-$MARTLET_MODULES_INIT}
  set +u
  if [ -e "$MARTLET_JOB_DIR/prologue.sh" ]; then
    # shellcheck disable=SC1091
    . "$MARTLET_JOB_DIR/prologue.sh" || code=$?
  fi
  # Batch shells do not know `module` until this file is read.
  if ((code == 0)) && [ -n "$init" ]; then
    # shellcheck disable=SC1090
    . "$init" || code=$?
  fi
  if ((code == 0)); then modules || code=$?; fi
  set -u
  return "$code"
}

# A soft limit below what we want is raised; a refusal is told and survived: limit NAME VALUE
limit() {
  case $1 in
    core) ulimit -c "$2" ;;
    data) ulimit -d "$2" ;;
    fsize) ulimit -f "$2" ;;
    memlock) ulimit -l "$2" ;;
    nofile) ulimit -n "$2" ;;
    nproc) ulimit -u "$2" ;;
    stack) ulimit -s "$2" ;;
    *) false ;;
  esac || echo "martlet: ulimit $1 $2 was refused"
}

# Folders first in a path variable: put_in_front NAME FOLDERS
put_in_front() {
  export "$1=$2${!1:+:${!1}}"
}

# ---- templates/job/10-identity.sh, as it is ----
# shellcheck shell=bash
# Who we are: the attempt, its folder, and how often the scheduler has started it (boot).
set -u
umask "$MARTLET_UMASK"
# The site's own commands come last, so that the stand-ins of a rehearsal are found first.
PATH=$PATH${MARTLET_SITE_BIN:+:$MARTLET_SITE_BIN}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin

# The highest N of a job folder's A1, A2, ...; nothing when it has none.
newest_attempt() {
  local folder number newest=0
  for folder in "$1"/A*; do
    number=${folder##*/A}
    if [[ $number =~ ^[1-9][0-9]*$ ]] && ((number > newest)); then newest=$number; fi
  done
  if ((newest > 0)); then echo "$newest"; fi
}

# The last part of our own name on the scheduler; a job started by hand takes the newest folder.
attempt_number() {
  local last=${MARTLET_JOB_NAME##*-}
  if [[ $last =~ ^[1-9][0-9]*$ && -d $MARTLET_JOB_DIR/A$last ]]; then
    echo "$last"
  else
    newest_attempt "$MARTLET_JOB_DIR"
  fi
}

# Beside its place and moved in, because others are watching it: write_file PATH TEXT
write_file() {
  printf '%s\n' "$2" >"$1.tmp.$$" && mv -f "$1.tmp.$$" "$1"
}

ATTEMPT=$(attempt_number)
ATTEMPT=${ATTEMPT:-1}
ATTEMPT_DIR=$MARTLET_JOB_DIR/A$ATTEMPT
mkdir -p "$ATTEMPT_DIR" || exit 1
BOOT=$(($(cat "$ATTEMPT_DIR/boot" 2>/dev/null || echo 0) + 1))
write_file "$ATTEMPT_DIR/boot" "$BOOT" || exit 1
# An exit file of an older boot says nothing about this one.
rm -f "$ATTEMPT_DIR/exit"
export MARTLET_ATTEMPT=$ATTEMPT MARTLET_ATTEMPT_DIR=$ATTEMPT_DIR MARTLET_BOOT=$BOOT

# Our own log, live on every scheduler: PBS would show its file only when the job has ended.
echo "martlet: $MARTLET_JOB_ID goes on in $ATTEMPT_DIR/log.txt"
exec </dev/null >>"$ATTEMPT_DIR/log.txt" 2>&1

# ---- templates/job/20-diary.sh, as it is ----
# shellcheck shell=bash
# What others read of us: events.jsonl (the diary), heartbeat, and the exit file, which alone is the verdict.

DIARY=$ATTEMPT_DIR/events.jsonl
# A line torn by a kill would swallow our first one.
if [ -s "$DIARY" ] && [ -n "$(tail -c 1 "$DIARY")" ]; then echo >>"$DIARY"; fi
DIARY_LINE=$(grep -c '' "$DIARY" 2>/dev/null)
DIARY_LINE=${DIARY_LINE:-0}
BEAT_AT=-1000
LEFT=''
CHILD=''

json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# One line of the diary; FIELDS is JSON without braces: say KIND FIELDS
say() {
  DIARY_LINE=$((DIARY_LINE + 1))
  printf '{"n":%d,"boot":%d,"at":"%s","kind":"%s",%s}\n' \
    "$DIARY_LINE" "$BOOT" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" >>"$DIARY"
}

# In the diary for programs, in the log for people: note WHAT TEXT
note() {
  say note "\"what\":\"$1\",\"text\":$(json_text "$2")"
  echo "martlet: $2"
}

# A file that grows old when we are dead or stuck; every 15 seconds.
beat() {
  if ((SECONDS - BEAT_AT < 15)); then return; fi
  BEAT_AT=$SECONDS
  date -u +"$BOOT %Y-%m-%dT%H:%M:%SZ" >"$ATTEMPT_DIR/heartbeat"
}

# The one way out: leave CODE OUTCOME. The exit file first, since it is what the next stage waits for.
leave() {
  local code=$1
  trap '' TERM INT HUP USR1 USR2
  LEFT=yes
  write_file "$ATTEMPT_DIR/exit" "$BOOT $code $2"
  say exited "\"code\":$code,\"outcome\":\"$2\""
  echo "martlet: boot $BOOT of attempt $ATTEMPT ends: $2, code $code"
  # Grid Engine runs a job that exits 99 once more, and puts one that exits 100 into an error state.
  case $code in 99 | 100) code=1 ;; esac
  exit "$code"
}

# Ends with a reason: fail CODE WHAT TEXT
fail() {
  note "$2" "$3"
  leave "$1" failed
}

# Reached only by an error in these scripts themselves.
on_exit() {
  local code=$?
  if [ -n "$LEFT" ]; then return; fi
  if [ -n "$CHILD" ]; then kill -TERM "$CHILD" 2>/dev/null; fi
  fail "$((code == 0 ? 70 : code))" preflight 'the job script ended before its end; its last lines are in log.txt'
}
trap on_exit EXIT

# ---- templates/job/30-signals.sh, as it is ----
# shellcheck shell=bash
# Being asked to end: by RUN/STOP, by our own clock, or by a signal of the scheduler. node.sh sees the file
# end.BOOT and tells its ranks to save; a signal sent to mpirun or torchrun would kill them instead.

CAUGHT=''
ASKED='' # stop, deadline, or signal; empty while nobody asked
END_BY=0 # seconds of this shell when the launcher is killed; 0: never
# Traps only write down what came: they may run in the middle of anything else.
trap 'CAUGHT=TERM' TERM
trap 'CAUGHT=INT' INT
trap 'CAUGHT=HUP' HUP
trap 'CAUGHT=USR1' USR1
trap 'CAUGHT=USR2' USR2

DEADLINE_AT=0
if ((MARTLET_WALLTIME_SECONDS > 0)); then
  DEADLINE_AT=$((MARTLET_WALLTIME_SECONDS > MARTLET_MARGIN_SECONDS + 1 ? MARTLET_WALLTIME_SECONDS - MARTLET_MARGIN_SECONDS : 1))
fi

# ask_to_end WHY PATIENCE_SECONDS TEXT; a later, shorter patience counts, the first reason stays.
ask_to_end() {
  local by=$((SECONDS + $2))
  if ((END_BY == 0 || by < END_BY)); then END_BY=$by; fi
  if [ -n "$ASKED" ]; then return; fi
  ASKED=$1
  : >"$ATTEMPT_DIR/end.$BOOT"
  note "$1" "$3"
}

# Long enough to save a checkpoint, short enough to write the exit file before the scheduler's KILL.
save_seconds() {
  local seconds=$((MARTLET_MARGIN_SECONDS - MARTLET_GRACE_SECONDS - 15))
  echo "$((seconds > 5 ? seconds : 5))"
}

# What others want of us: a signal that came, or RUN/STOP.
hear() {
  local caught=$CAUGHT
  CAUGHT=''
  case $caught in
    '') ;;
    # Slurm's --signal, Grid Engine's -notify and s_rt: a warning that the time limit is near.
    USR1 | USR2) ask_to_end deadline "$(save_seconds)" "SIG$caught: the scheduler warns of the time limit" ;;
    *) ask_to_end signal "$MARTLET_GRACE_SECONDS" "SIG$caught: somebody or the scheduler ends this job" ;;
  esac
  if [ -z "$ASKED" ] && [ -e "$MARTLET_RUN_DIR/STOP" ]; then
    ask_to_end stop "$(save_seconds)" 'RUN/STOP is there: the program is told to save and end'
  fi
}

# Called every second while we wait for anything.
look_around() {
  beat
  hear
  if ((DEADLINE_AT > 0 && SECONDS >= DEADLINE_AT)) && [ -z "$ASKED" ]; then
    ask_to_end deadline "$(save_seconds)" "$MARTLET_MARGIN_SECONDS seconds of walltime are left: the program is told to save and end"
  fi
}

# Before anything was started there is nothing to save.
leave_if_asked() {
  case $ASKED in
    '') ;;
    stop) leave 0 stopped ;;
    *) leave 143 stopped ;;
  esac
}

# A sleep that a signal ends at once: bash runs a trap only between commands, or in `wait`.
nap() {
  sleep "${1:-1}" &
  { wait "$!"; } 2>/dev/null
}

# ---- templates/job/40-checkpoint.sh, as it is ----
# shellcheck shell=bash
# Checkpoints. Megatron-LM's iter_0001200/ is whole when the file that its format writes last is in it, and
# latest_checkpointed_iteration.txt (the tracker) names the one to resume from. The tracker is truncated and rewritten, not
# moved in: a kill between the two leaves it empty, and the next start would print an error and exit 0.
# The legacy format (torch) has no marker; its tracker is written when every rank has written its part.

TRACKER=latest_checkpointed_iteration.txt

# The old format has no marker: a file for each part of the model (tensor x pipeline x expert), none of them empty.
has_all_parts() {
  local part parts=0
  for part in "$1"/mp_rank_*; do
    if [ ! -s "$part/model_optim_rng.pt" ]; then return 1; fi
    if [ -e "$part/distrib_optim.pt" ] && [ ! -s "$part/distrib_optim.pt" ]; then return 1; fi
    parts=$((parts + 1))
  done
  # A rehearsal's trainer is one process, whatever the layout.
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then ((parts > 0)); else ((parts >= ${MARTLET_MODEL_PARTS:-1})); fi
}

# Folders of the old format are whole up to the one the tracker names. When it is empty, all ranks have written the newest, for
# the tracker comes last. When there is none, all are whole but the newest (also one that was put aside), for a save begins after
# the one before has ended.
is_told_whole() {
  local step named folder name
  if [ "${1##*/}" = release ]; then return 0; fi
  step=$(step_of "$1") || return 1
  named=$(tr -d '[:space:]' 2>/dev/null <"${1%/*}/$TRACKER")
  if [[ $named =~ ^[0-9]{1,15}$ ]]; then
    ((step <= 10#$named))
    return
  fi
  if [ -e "${1%/*}/$TRACKER" ] && [ -z "$named" ]; then return 0; fi
  for folder in "${1%/*}"/iter_*; do
    name=${folder##*/}
    if ((step < $(step_of "/${name%%.*}" || echo 0))); then return 0; fi
  done
  return 1
}

own_format() { echo "${MARTLET_FORMAT:-torch_dist}"; }

# Is a checkpoint's folder whole? is_complete FOLDER FORMAT; without a format it is the job's own, and a conversion's is what
# the folder shows.
is_complete() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then
    is_complete_verl "$1"
    return
  fi
  case ${2:-${MARTLET_FORMAT:-}} in
    torch_dist) [ -s "$1/metadata.json" ] ;;
    fsdp_dtensor | torch_dcp) [ -s "$1/.metadata" ] ;;
    torch) has_all_parts "$1" && is_told_whole "$1" ;;
    *) is_complete_somehow "$1" ;;
  esac
}

# A checkpoint that another stage or program made, whichever format its folder shows. Half of a torch_dist one looks like the
# formats without metadata.json, so these count only where the job's own is one of them.
is_complete_somehow() {
  if compgen -G "$1/mp_rank_*" >/dev/null; then
    MARTLET_MODEL_PARTS=1 is_complete "$1" torch
  else
    is_complete "$1" torch_dist || { [[ $(own_format) =~ ^(fsdp_dtensor|torch_dcp)$ ]] && is_complete "$1"; }
  fi
}

# Steps of all whole checkpoints of a folder, smallest first.
complete_steps() {
  local folder
  step_folders "$1" | while IFS= read -r folder; do
    if is_complete "$folder"; then step_of "$folder"; fi
  done | sort -n
}

# The step a right tracker names; status 1 when the tracker is missing, broken, or names what is not whole.
# tracker_step FOLDER [CHECK]
tracker_step() {
  local text check=${2:-is_complete}
  text=$(tr -d '[:space:]' 2>/dev/null <"$1/$TRACKER") || return 1
  if [ "$text" = release ]; then
    "$check" "$1/release" && echo 0
  elif [[ $text =~ ^[0-9]{1,15}$ ]]; then
    "$check" "$(step_folder "$1" "$((10#$text))")" && echo "$((10#$text))"
  else
    return 1
  fi
}

# A name beside FOLDER that is free: set_aside PATH SUFFIX
set_aside() {
  local to=$1.$2
  while [ -e "$to" ]; do to=$to+; done
  mv "$1" "$to" && note mended "${1##*/} was not whole; it is now ${to##*/}"
}

# Before every launch: what a kill has left half-written is put aside, and the tracker points to the newest whole one.
mend_checkpoints() {
  local dir folder newest
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  dir=$MARTLET_MADE_DIR
  for folder in "$dir"/iter_* "$dir"/global_step_*; do
    if step_of "$folder" >/dev/null && [ -d "$folder" ] && ! is_complete "$folder"; then
      set_aside "$folder" "incomplete-$BOOT"
    fi
  done
  if tracker_step "$dir" >/dev/null; then return; fi
  newest=$(complete_steps "$dir" | tail -n 1)
  if [ -n "$newest" ]; then
    printf '%s' "$newest" >"$dir/$TRACKER.tmp" && mv -f "$dir/$TRACKER.tmp" "$dir/$TRACKER"
    note mended "the tracker named no whole checkpoint; it now names step $newest"
  elif [ -e "$dir/$TRACKER" ]; then
    set_aside "$dir/$TRACKER" "broken-$BOOT"
  fi
}

# Keeps the tracker's checkpoint, the MARTLET_KEEP newest up to it, and multiples of MARTLET_RETAIN_EVERY; never touches
# newer ones, which may still be being written. Renamed first, so that half a removal is never taken for a checkpoint.
prune_checkpoints() {
  local dir current step kept=0 folder removed=''
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  dir=$MARTLET_MADE_DIR
  current=$(tracker_step "$dir") || return
  for step in $(complete_steps "$dir" | sort -rn); do
    if ((step > current)); then continue; fi
    kept=$((kept + 1))
    if ((kept <= MARTLET_KEEP || step == current)); then continue; fi
    if ((MARTLET_RETAIN_EVERY > 0 && step % MARTLET_RETAIN_EVERY == 0)); then continue; fi
    folder=$(step_folder "$dir" "$step")
    mv "$folder" "$folder.pruned" && removed="$step $removed"
  done
  if [ -n "$removed" ]; then note pruned "newer checkpoints are whole, so these steps were removed: ${removed% }"; fi
  # In the background: thousands of files take minutes on Lustre. What a kill leaves, the next call removes.
  for folder in "$dir"/iter_*.pruned "$dir"/global_step_*.pruned; do
    if [ -d "$folder" ]; then rm -rf "$folder" & fi
  done
}

# Where a release's first start takes other words than a later one: the folder it loads, and whether this start is the first.
choose_load() {
  if [ -z "${MARTLET_START_FROM:-}" ]; then return; fi
  export MARTLET_LOAD=$MARTLET_MADE_DIR MARTLET_FIRST=''
  if [ ! -e "$MARTLET_MADE_DIR/$TRACKER" ]; then MARTLET_LOAD=$MARTLET_START_FROM MARTLET_FIRST=yes; fi
}

# ---- templates/job/41-verl.sh, as it is ----
# shellcheck shell=bash
# Names of checkpoints' folders, and veRL's own: the program is told apart by MARTLET_MADE.

# iter_0001200 -> 1200, and global_step_20 of veRL -> 20; status 1 for other names.
step_of() {
  local digits=${1##*/iter_}
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then digits=${1##*/global_step_}; fi
  [[ $digits =~ ^[0-9]+$ ]] && echo "$((10#$digits))"
}

step_folder() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then printf '%s/global_step_%d' "$1" "$2"; else printf '%s/iter_%07d' "$1" "$2"; fi
}

step_folders() {
  local folder
  for folder in "$1"/iter_* "$1"/global_step_*; do
    if step_of "$folder" >/dev/null && [ -d "$folder" ]; then echo "$folder"; fi
  done
}

# veRL (verl/utils/checkpoint): reinforcement learning writes actor/ and then data.pt, fine-tuning everything into the folder
# itself. Megatron's part is whole when ckpt_contents.json is there; FSDP writes model, optimizer and rest of each rank, with
# the number of ranks in the names. Another number than ours is whole all the same, and for the program to refuse.
is_complete_verl() {
  local actor=$1 kind rank ranks
  if [ -d "$1/actor" ]; then
    actor=$1/actor
    if [ ! -s "$1/data.pt" ]; then return 1; fi
  fi
  if ((MARTLET_SHARDS == 0)); then
    [ -s "$actor/ckpt_contents.json" ]
    return
  fi
  ranks=$(cd "$actor" && printf '%s\n' model_world_size_*_rank_0.pt | head -n 1)
  ranks=${ranks#model_world_size_}
  ranks=${ranks%_rank_0.pt}
  if [[ ! $ranks =~ ^[0-9]+$ ]]; then return 1; fi
  for kind in model optim extra_state; do
    for ((rank = 0; rank < ranks; rank++)); do
      if [ ! -s "$actor/${kind}_world_size_${ranks}_rank_$rank.pt" ]; then return 1; fi
    done
  done
}

# ---- templates/job/42-huggingface.sh, as it is ----
# shellcheck shell=bash
# A Hugging Face model folder is whole when its config, a tokenizer and every weight file are there; with several weight files the
# index names them. Their insides are looked at by hf_folder.py of a conversion; this needs no Python.

HF_INDEX=model.safetensors.index.json

# The weight files of a folder, one a line: shards are plain names between quotes in the index.
hf_shards() {
  if [ -s "$1/$HF_INDEX" ]; then
    grep -o '"[^"/]*\.safetensors"' "$1/$HF_INDEX" | tr -d '"' | sort -u
  else
    echo model.safetensors
  fi
}

# Prints what is wrong, or nothing.
hf_problem() {
  local shard name tokenizer='' count=0
  if [ ! -s "$1/config.json" ]; then echo "$1 has no config.json"; return; fi
  for name in tokenizer.json tokenizer.model vocab.json tiktoken.model; do
    if [ -s "$1/$name" ]; then tokenizer=$name; fi
  done
  if [ -z "$tokenizer" ]; then echo "$1 has no tokenizer"; return; fi
  while IFS= read -r shard; do
    count=$((count + 1))
    if [ ! -s "$1/$shard" ]; then echo "$1/$shard is missing or empty"; return; fi
  done < <(hf_shards "$1")
  if ((count == 0)); then echo "$1/$HF_INDEX names no weights"; fi
}

# ---- templates/job/42-layout.sh, as it is ----
# shellcheck shell=bash
# How the model was split when a checkpoint was saved: martlet-layout.txt beside the checkpoints, a line for each change,
# `STEP NAME=VALUE...`: every checkpoint after STEP has it. Written before a launch, so that no kill can lose it. What may
# change from one start to the next depends on the format (src/model/checkpoint-layout.ts has the same rules).

LAYOUTS=martlet-layout.txt

# layout_value LAYOUT NAME
layout_value() {
  if [[ " $1 " == *" $2="* ]]; then
    local rest=${1#*"$2="}
    echo "${rest%% *}"
  fi
}

# The layout that the checkpoint of a step was saved with; nothing when it is not known: saved_layout STEP
saved_layout() {
  awk -v step="$1" '$1 ~ /^[0-9]+$/ && $1 < step && / tensor=[0-9]+ .* end$/ { $1 = ""; line = $0 } END { print line }' \
    "$MARTLET_MADE_DIR/$LAYOUTS" 2>/dev/null | sed 's/^ *//; s/ end$//'
}

# The names whose values differ: layout_changes BEFORE NOW NAME...
layout_changes() {
  local before=$1 now=$2 name text=''
  shift 2
  for name in "$@"; do
    if [ "$(layout_value "$before" "$name")" != "$(layout_value "$now" "$name")" ]; then
      text="$text, $name $(layout_value "$before" "$name") to $(layout_value "$now" "$name")"
    fi
  done
  echo "${text#, }"
}

# Why a checkpoint saved with BEFORE cannot be gone on with by NOW; nothing when it can.
layout_problem() {
  local before=$1 now=$2 format split
  format=$(layout_value "$before" format)
  split=$(layout_changes "$before" "$now" tensor pipeline expert)
  if [ "$format" != "$(layout_value "$now" format)" ]; then
    echo "it was saved as $format, and $(layout_value "$now" format) is to read it"
  elif [ "$format" = torch ]; then
    split=$(layout_changes "$before" "$now" gpus tensor pipeline context expert)
    if [ -n "$split" ]; then echo "the format torch is read by the very layout that wrote it ($split)"; fi
  elif [ -n "$split" ] && [ "$format" = torch_dist ] && [ "$(layout_value "$before" optimizer)" = distributed ] &&
    [ "$(layout_value "$before" reshardable)" = no ] && [ "$(layout_value "$now" loads)" != weights ]; then
    echo "its optimizer was saved without --dist-ckpt-optim-fully-reshardable, so only the number of data-parallel ranks may change ($split)"
  fi
}

# Before anything is mended: folders of another format would all look half-written.
check_format() {
  local before
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  before=$(saved_layout 999999999999999)
  if [ -z "$before" ] || ! compgen -G "$MARTLET_MADE_DIR/iter_*" >/dev/null; then return; fi
  if [ "$(layout_value "$before" format)" = "$(layout_value "$MARTLET_LAYOUT" format)" ]; then return; fi
  fail 90 layout "the checkpoints in $MARTLET_MADE_DIR cannot be gone on with: $(layout_problem "$before" "$MARTLET_LAYOUT")"
}

# Before the start: is the checkpoint one that this layout can go on with?
check_layout() {
  local step before problem change
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  step=$(tracker_step "$MARTLET_MADE_DIR") || return 0
  before=$(saved_layout "$step")
  if [ -z "$before" ]; then return; fi
  problem=$(layout_problem "$before" "$MARTLET_LAYOUT")
  if [ -n "$problem" ]; then fail 90 layout "the checkpoint of step $step cannot be gone on with: $problem"; fi
  change=$(layout_changes "$before" "$MARTLET_LAYOUT" gpus tensor pipeline context expert)
  if [ -n "$change" ]; then note layout "goes on from step $step with another layout, which its format allows: $change"; fi
}

# Before each launch: what will be saved behind the newest step has our layout.
write_layout() {
  local step
  if [ "$MARTLET_MADE" != megatron-checkpoint ] || [ -z "${MARTLET_LAYOUT:-}" ]; then return; fi
  step=$(progress)
  if [ "$(saved_layout $((step + 1)))" = "$MARTLET_LAYOUT" ]; then return; fi
  mkdir -p "$MARTLET_MADE_DIR"
  # A line torn by a kill must not swallow this one.
  if [ -n "$(tail -c 1 "$MARTLET_MADE_DIR/$LAYOUTS" 2>/dev/null)" ]; then echo >>"$MARTLET_MADE_DIR/$LAYOUTS"; fi
  echo "$step $MARTLET_LAYOUT end" >>"$MARTLET_MADE_DIR/$LAYOUTS"
}

# ---- templates/job/45-made.sh, as it is ----
# shellcheck shell=bash
# What the job must have made before it may call itself complete. Programs exit 0 on some failures, so the code alone is
# no proof. made_files is written above: it calls its argument with each path.

is_there() { [ -d "$1" ] || [ -s "$1" ]; }

FOUND=0
MISSING=''
find_file() {
  if is_there "$1"; then FOUND=$((FOUND + 1)); else MISSING=${MISSING:-$1}; fi
}

# A number that grows as the stage gets on: the checkpoint's step, or how many of its files are there.
progress() {
  case $MARTLET_MADE in
    *-checkpoint) tracker_step "$MARTLET_MADE_DIR" || echo 0 ;;
    files)
      FOUND=0
      made_files find_file
      echo "$FOUND"
      ;;
    hf-folder) if [ -z "$(hf_problem "$MARTLET_MADE_DIR")" ]; then echo 1; else echo 0; fi ;;
  esac
}

is_made() {
  local step
  case $MARTLET_MADE in
    *-checkpoint) step=$(tracker_step "$MARTLET_MADE_DIR") && ((step >= MARTLET_MADE_STEP)) ;;
    files)
      MISSING=''
      made_files find_file
      [ -z "$MISSING" ]
      ;;
    hf-folder) [ -z "$(hf_problem "$MARTLET_MADE_DIR")" ] ;;
    *) return 1 ;;
  esac
}

what_is_missing() {
  case $MARTLET_MADE in
    *-checkpoint) echo "the newest whole checkpoint is step $(progress) of $MARTLET_MADE_STEP in $MARTLET_MADE_DIR" ;;
    hf-folder) hf_problem "$MARTLET_MADE_DIR" ;;
    *) echo "$MISSING is missing" ;;
  esac
}

# Steps are counted over all segments and attempts: where this launch begins.
steps_text() {
  if [[ $MARTLET_MADE != *-checkpoint ]]; then return; fi
  echo "; from step $(progress) of $MARTLET_MADE_STEP"
}

# ---- templates/job/50-ready.sh, as it is ----
# shellcheck shell=bash
# Before the start: the stages before us ended well, our inputs are whole, and there is room. Fails closed.

# A whole .bin/.idx pair (megatron/core/datasets/indexed_dataset.py): magic, version, S sequences, N documents; the last
# sequence's offset and length tell how long the .bin must be. Prints what is wrong, or nothing.
dataset_problem() {
  local idx=$1.idx bin=$1.bin sequences documents size item length offset
  # By dtype code; 6 and 7 are floating point and hold no tokens.
  local items=(0 1 1 2 4 8 0 0 2)
  if [ ! -s "$idx" ] || [ ! -e "$bin" ]; then echo "$1.idx or .bin is missing"; return; fi
  if [ "$(od -An -v -tx1 -N17 "$idx" | tr -d ' \n')" != 4d4d494449445800000100000000000000 ]; then
    echo "$idx does not begin as an index file of version 1"
    return
  fi
  sequences=$(od -An -v -tu8 -j18 -N8 "$idx" | tr -d ' ')
  documents=$(od -An -v -tu8 -j26 -N8 "$idx" | tr -d ' ')
  size=$(wc -c <"$idx")
  if ((sequences < 1 || (size != 34 + 12 * sequences + 8 * documents && size != 34 + 13 * sequences + 8 * documents))); then
    echo "$idx has $size bytes, which does not fit its $sequences sequences"
    return
  fi
  item=${items[$(od -An -v -tu1 -j17 -N1 "$idx")]:-0}
  if ((item == 0)); then echo "$idx holds no tokens: its dtype code is$(od -An -v -tu1 -j17 -N1 "$idx")"; return; fi
  length=$(od -An -v -td4 -j$((30 + 4 * sequences)) -N4 "$idx")
  offset=$(od -An -v -td8 -j$((26 + 12 * sequences)) -N8 "$idx")
  if (($(wc -c <"$bin") != offset + length * item)); then echo "$bin is not as long as $idx says"; fi
}

input_problem() {
  case $1 in
    dataset) dataset_problem "$2" ;;
    megatron-checkpoint) tracker_step "$2" is_complete_somehow >/dev/null || echo "no whole checkpoint in $2" ;;
    hf-folder) hf_problem "$2" ;;
    *) is_there "$2" || echo "$2 is missing" ;;
  esac
}

# inputs is written above: it calls its argument with the kind and the path of each.
check_input() {
  local problem
  problem=$(input_problem "$1" "$2")
  if [ -n "$problem" ]; then fail 87 preflight "an input is not complete: $problem"; fi
}

# The newest attempt's exit file of a stage we need, while it may still be on its way (file systems are late).
wait_for() {
  local folder=$MARTLET_RUN_DIR/$1 until=$((SECONDS + ${MARTLET_PATIENCE_SECONDS:-120})) verdict=''
  while [ -z "$verdict" ]; do
    verdict=$(cat "$folder/A$(newest_attempt "$folder")/exit" 2>/dev/null)
    if [ -n "$verdict" ]; then break; fi
    if ((SECONDS >= until)); then fail 81 waiting "$1 has no exit file, so its work is not known to be complete"; fi
    look_around
    leave_if_asked
    nap
  done
  if [[ $verdict != *' 0 complete' ]]; then fail 81 waiting "$1 is not complete: its exit file says \"$verdict\""; fi
}

check_disk() {
  local free_mib least=${MARTLET_LEAST_FREE_MIB:-$((${MARTLET_REHEARSAL:-0} ? 64 : 5120))}
  free_mib=$(df -Pk "$MARTLET_RUN_DIR" | awk 'NR == 2 { print int($4 / 1024) }')
  if [ -n "$free_mib" ] && ((free_mib < least)); then
    fail 88 preflight "$MARTLET_RUN_DIR has $free_mib MiB free; at least $least are wanted"
  fi
}

# An image that is a file must be there; one of a registry is the runtime's business.
check_image() {
  if [[ $MARTLET_IMAGE != /* ]] || [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  if [ ! -r "$MARTLET_IMAGE" ]; then fail 89 preflight "the container image $MARTLET_IMAGE cannot be read"; fi
}

# Only the first node's name has to mean something to the others, and only where it is the meeting point: Slurm's node names
# need not be host names.
check_peers() {
  local host=${MARTLET_HOSTS%% *}
  if [ -n "${MARTLET_REHEARSAL:-}" ] || [ "$MARTLET_MASTER" != first-host ] || ! command -v getent >/dev/null; then return; fi
  if ! getent ahosts "$host" >/dev/null; then fail 85 preflight "the name of node $host, where the ranks are to meet, cannot be resolved"; fi
}

# ---- templates/job/60-nodes.sh, as it is ----
# shellcheck shell=bash
# The nodes we got, and env.BOOT: what is known only now. node.sh reads that file, so nothing hangs on what a launcher
# forwards to the other nodes. hosts and environment are written above.

# mpirun gives rank 0 to the first host of its file, and the ranks are to meet on this node: our own line comes first.
own_host_first() {
  awk -v us="$(uname -n)" '
    function short(name) { sub(/[.].*/, "", name); return name }
    short($1) == short(us) && own == "" { own = $0; next }
    { rest[++count] = $0 }
    END { if (own != "") print own; for (i = 1; i <= count; i++) print rest[i] }'
}

# In the scheduler's order, each node once (hosts sees to that); the host file has the slots of each.
find_hosts() {
  local file=$ATTEMPT_DIR/hosts.$BOOT count told=''
  # In a shell of its own: a variable that the scheduler did not set ends that one, not us.
  (hosts) >"$file.given" || told=', and its list could not be read: see the lines above'
  awk 'NF { print $1 }' "$file.given" | own_host_first >"$file"
  rm -f "$file.given"
  # A job on part of a node may get no host file at all.
  if [ ! -s "$file" ] && ((MARTLET_NODES == 1)); then uname -n >"$file"; fi
  count=$(grep -c . "$file")
  if ((count != MARTLET_NODES)); then fail 85 preflight "the scheduler gave $count nodes, the plan has $MARTLET_NODES$told"; fi
  awk -v slots="$MARTLET_RANKS_PER_NODE" '{ print $1 " slots=" slots }' "$file" >"$ATTEMPT_DIR/hostfile.$BOOT"
  export MARTLET_HOSTFILE=$ATTEMPT_DIR/hostfile.$BOOT
  MARTLET_HOSTS=$(tr '\n' ' ' <"$file")
  export MARTLET_HOSTS=${MARTLET_HOSTS% }
}

# The IPv4 address of an interface of this node.
interface_address() {
  ip -4 -o addr show dev "$1" 2>/dev/null | awk '{ split($4, part, "/"); print part[1]; exit }'
}

# This script runs on the first node, which has rank 0: the address of our own interface is the meeting point.
master_address() {
  case $MARTLET_MASTER in
    interface:*) interface_address "${MARTLET_MASTER#interface:}" ;;
    first-host) echo "${MARTLET_HOSTS%% *}" ;;
    *) echo "$MARTLET_MASTER" ;;
  esac
}

# Why there is no meeting point: the command, the interface, or its address.
master_problem() {
  local name=${MARTLET_MASTER#interface:} others
  if ! command -v ip >/dev/null; then
    echo "the command ip is not there to ask for the address of interface $name"
    return
  fi
  others=$(ip -4 -o addr show 2>/dev/null | awk '{ printf " %s (%s)", $2, $4 }')
  if ip -o link show dev "$name" >/dev/null 2>&1; then
    echo "interface $name has no IPv4 address; this node has:${others:- none}"
  else
    echo "there is no interface $name; this node has:${others:- none}"
  fi
}

find_master() {
  MASTER_ADDR=$(master_address)
  if [ -z "$MASTER_ADDR" ]; then fail 85 preflight "no address on $(uname -n) where the ranks could meet: $(master_problem)"; fi
  export MASTER_ADDR
}

# A number that differs between jobs, array tasks and het components: 1234[7].pbs1, 1234.7, 1234_7 and 1234+7 are 1241.
job_number() {
  local id=$MARTLET_JOB_ID number index=0
  if [[ $id =~ ^([0-9]+)(\[([0-9]+)\].*|[._+]([0-9]+))$ ]]; then
    index=${BASH_REMATCH[3]:-${BASH_REMATCH[4]}}
  elif [[ ${SGE_TASK_ID:-} =~ ^[0-9]+$ ]]; then
    index=$SGE_TASK_ID
  fi
  number=${id%%[.\[_+]*}
  number=${number//[!0-9]/}
  # The last nine digits: the ports repeat every 50000, and no id is too long for arithmetic.
  if ((${#number} > 9)); then number=${number: -9}; fi
  if ((${#index} > 9)); then index=${index: -9}; fi
  echo "$((10#${number:-0} + 10#$index))"
}

# Does somebody listen on this port of this node? (/proc/net/tcp: hexadecimal, state 0A is LISTEN)
is_taken() {
  grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# 10000 + job % 50000; one more for each restart, since the old port may still be taken, and for each that is: two jobs on
# one node (TSUBAME's parts of a node) may come to the same number.
master_port() {
  local port=$(((($(job_number) + LAUNCH - 1) % 50000) + 10000)) tries
  for ((tries = 0; tries < 100; tries++)); do
    if ! is_taken "$port"; then break; fi
    port=$(((port - 10000 + 1) % 50000 + 10000))
  done
  echo "$port"
}

# For Megatron's --exit-duration-in-mins. A rehearsal lives in virtual time, where nothing has passed yet.
minutes_left() {
  local passed=$SECONDS minutes
  if ((MARTLET_WALLTIME_SECONDS == 0)); then
    echo 525600
    return
  fi
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then passed=0; fi
  minutes=$(((MARTLET_WALLTIME_SECONDS - MARTLET_MARGIN_SECONDS - passed) / 60))
  echo "$((minutes > 1 ? minutes : 1))"
}

# Names a node needs and cannot know by itself; scheduler variables because mpirun does not forward them.
FORWARD='MASTER_ADDR MASTER_PORT MARTLET_MINUTES_LEFT MARTLET_HOSTS MARTLET_HOSTFILE MARTLET_JOB_ID MARTLET_JOB_NAME
  MARTLET_LOAD MARTLET_FIRST
  MARTLET_ATTEMPT MARTLET_ATTEMPT_DIR MARTLET_BOOT MARTLET_LAUNCH MARTLET_BARRIER_DIR MARTLET_NODE_LOGS
  PBS_JOBID PBS_LOCALDIR PBS_NODEFILE JOB_ID T4TMPDIR PE_HOSTFILE SLURM_JOB_ID
  MARTLET_REHEARSAL MARTLET_REHEARSAL_STEP_SECONDS MARTLET_REHEARSAL_BIN MARTLET_NODE MARTLET_RECORD_DIR
  MARTLET_PRETEND_MODULES'

# Written anew before each launch.
write_environment() {
  local name file=$ATTEMPT_DIR/env.$BOOT
  MASTER_PORT=$(master_port)
  MARTLET_MINUTES_LEFT=$(minutes_left)
  MARTLET_BARRIER_DIR=$ATTEMPT_DIR/barrier.$BOOT.$LAUNCH
  export MASTER_PORT MARTLET_MINUTES_LEFT MARTLET_BARRIER_DIR MARTLET_LAUNCH=$LAUNCH MARTLET_ENV=$file
  choose_load
  mkdir -p "$MARTLET_BARRIER_DIR"
  for name in $FORWARD; do
    if [ -n "${!name+set}" ]; then printf 'export %s=%q\n' "$name" "${!name}"; fi
  done >"$file.tmp"
  mv -f "$file.tmp" "$file"
}

# ---- templates/job/65-logs.sh, as it is ----
# shellcheck shell=bash
# One log for each node, and one merged for reading. On several nodes the program of each writes A1/nodes/NODE.BOOT.log itself:
# launchers cut lines of many ranks into each other. Here they are copied into log.txt, whole lines only, while the job runs:
# the first node's (rank 0: checkpoints, exits) and the last node's (the training line) as they are, others with their node.

NODE_FDS=()
NODE_PARTS=()
NODE_NAMES=()
LAST_NODE=${MARTLET_LAST_NODE:-$((MARTLET_NODES - 1))}
# Lines of one node in one round: a node that writes without end must not keep us from the clock.
LINES_A_ROUND=2000

node_log() { printf '%s/%d.%d.log' "$1" "$2" "$BOOT"; }

# Before the first launch; with one node log.txt is its log.
open_node_logs() {
  local node fd file
  if ((MARTLET_NODES == 1)); then return; fi
  read -r -a NODE_NAMES <<<"$MARTLET_HOSTS"
  mkdir -p "$ATTEMPT_DIR/nodes" || fail 88 preflight "$ATTEMPT_DIR/nodes cannot be made"
  for ((node = 0; node < MARTLET_NODES; node++)); do
    file=$(node_log "$ATTEMPT_DIR/nodes" "$node")
    : >>"$file"
    exec {fd}<"$file" || fail 88 preflight "$file cannot be read"
    NODE_FDS[node]=$fd
    NODE_PARTS[node]=''
  done
  export MARTLET_NODE_LOGS=$ATTEMPT_DIR/nodes
}

# One line into log.txt: tell_line NODE TEXT
tell_line() {
  if (($1 == 0 || $1 == LAST_NODE)); then
    printf '%s\n' "$2"
  else
    printf '[node %d %s] %s\n' "$1" "${NODE_NAMES[$1]:-?}" "$2"
  fi
}

# What came since the last round. Status 0: there is more of it.
merge_node_logs() {
  # Bytes, not characters: a log may hold anything.
  local LC_ALL=C node line count more=1
  for node in "${!NODE_FDS[@]}"; do
    count=0
    while IFS= read -r -u "${NODE_FDS[node]}" line; do
      tell_line "$node" "${NODE_PARTS[node]}$line"
      NODE_PARTS[node]=''
      count=$((count + 1))
      if ((count >= LINES_A_ROUND)); then
        more=0
        continue 2
      fi
    done
    # Half a line waits for its end, but not for ever: a progress bar never ends its line.
    NODE_PARTS[node]+=$line
    if ((${#NODE_PARTS[node]} > 65536)); then
      tell_line "$node" "${NODE_PARTS[node]}"
      NODE_PARTS[node]=''
    fi
  done
  return "$more"
}

# Everything, when the launcher has ended; half lines too.
finish_node_logs() {
  local node
  if ((${#NODE_FDS[@]} == 0)); then return; fi
  # Another node's last words may take a moment to be seen from here; after the scheduler's TERM there is none.
  if ((CODE != 0)) && [ "$ASKED" != signal ]; then nap; fi
  while merge_node_logs && [ "$ASKED" != signal ]; do beat; done
  for node in "${!NODE_PARTS[@]}"; do
    if [ -n "${NODE_PARTS[node]}" ]; then tell_line "$node" "${NODE_PARTS[node]}"; fi
    NODE_PARTS[node]=''
  done
}

# ---- templates/job/68-quiet.sh, as it is ----
# shellcheck shell=bash disable=SC2034
# A program that prints nothing any more. Megatron-LM core_v0.19.0 on an H100: a rank whose data loader was killed printed its
# exception and never ended, and torchrun waited for it; without this the job would have stayed until its walltime.

LOG_SIZE=0
QUIET_SINCE=0
QUIET_LOOK_AT=0
QUIET_PROBLEM=''

# PyTorch puts [rankN]: before an exception that nobody caught (torch/distributed/distributed_c10d.py): that rank is over.
has_failed_rank() {
  tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt" | tail -c 65536 |
    grep -aqE '\[rank[0-9]+\]: ([A-Za-z_]+\.)*[A-Za-z_]*(Error|Exception|Interrupt|Failure)(: |:?$)'
}

forget_quiet() {
  LOG_SIZE=0
  QUIET_SINCE=$SECONDS
  QUIET_PROBLEM=''
}

# Every few seconds; leaves what is wrong in QUIET_PROBLEM, else status 1. A size, because clocks of file servers differ.
is_too_quiet() {
  local size quiet
  if ((SECONDS < QUIET_LOOK_AT)); then return 1; fi
  QUIET_LOOK_AT=$((SECONDS + ${MARTLET_QUIET_LOOK_SECONDS:-5}))
  size=$(wc -c <"$ATTEMPT_DIR/log.txt")
  if ((size != LOG_SIZE)); then
    LOG_SIZE=$size QUIET_SINCE=$SECONDS
    return 1
  fi
  quiet=$((SECONDS - QUIET_SINCE))
  if ((MARTLET_STALL_SECONDS > 0 && quiet >= MARTLET_STALL_SECONDS)); then
    QUIET_PROBLEM="it has printed nothing for $quiet seconds (stall_after)"
  elif ((quiet >= ${MARTLET_FAILED_RANK_SECONDS:-120})) && has_failed_rank; then
    QUIET_PROBLEM="a rank has failed, and the others have waited for it for $quiet seconds"
  else
    return 1
  fi
}

# ---- templates/job/70-launch.sh, as it is ----
# shellcheck shell=bash
# Starts the program on all nodes, waits, and starts it again after a passing fault. launch is written above.

LAUNCH=0
CODE=0

# mpirun complains about a variable that -x names and nobody set.
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH-}

# A function of ours runs as it is; a program takes this process's place, so that a signal to CHILD reaches it.
start() {
  if [ "$(type -t "$1")" = function ]; then "$@"; else exec "$@"; fi
}

# end_launch WHAT TEXT: told to end, then killed.
end_launch() {
  local i patience=8
  # After the scheduler's TERM its KILL is near, and the exit file comes first.
  if [ "$ASKED" = signal ]; then patience=1; fi
  note "$1" "$2"
  kill -TERM "$CHILD" 2>/dev/null
  for ((i = 0; i < patience; i++)); do
    kill -0 "$CHILD" 2>/dev/null || return
    nap
  done
  kill -KILL "$CHILD" 2>/dev/null
}

# Leaves the launcher's exit code in CODE.
launch_once() {
  local prune_at=$((SECONDS + 60))
  LAUNCH=$((LAUNCH + 1))
  write_layout
  write_environment
  LOG_BEGIN=$(wc -c <"$ATTEMPT_DIR/log.txt")
  note launch "launch $LAUNCH on $MARTLET_NODES nodes; master $MASTER_ADDR:$MASTER_PORT; $MARTLET_MINUTES_LEFT minutes$(steps_text)"
  forget_quiet
  launch &
  CHILD=$!
  while kill -0 "$CHILD" 2>/dev/null; do
    look_around
    if ((END_BY > 0 && SECONDS >= END_BY)); then
      END_BY=0
      end_launch deadline 'the program did not end in time and is killed'
    elif [ -z "$QUIET_PROBLEM" ] && is_too_quiet; then
      end_launch stall "the program is ended: $QUIET_PROBLEM"
    fi
    if ((SECONDS >= prune_at)); then
      prune_at=$((SECONDS + 60))
      prune_checkpoints
    fi
    if ! merge_node_logs; then nap "$((SECONDS < 30 ? 0 : 1)).3"; fi
  done
  { wait "$CHILD"; } 2>/dev/null
  CODE=$?
  CHILD=''
  # The nodes see RUN/STOP by themselves, and the program may have ended of it before we have looked.
  hear
  finish_node_logs
}

# Faults of the network that a second start on the same nodes may well survive, and signs that it would not. The earliest
# line counts: when one rank runs out of memory, the others report broken connections.
PASSING='NCCL (error|WARN).*(unhandled system error|remote process exited|internal error|Connection closed)
ncclSystemError|ncclRemoteError|ncclInternalError
NET/IB.*(Got completion.*error|async event|timeout)
Watchdog caught collective operation timeout
DistNetworkError|DistStoreError|TCPStore.*(timed out|failed)|RendezvousTimeoutError
Connection refused|Connection reset by peer
Address already in use|The server socket has failed to listen|EADDRINUSE
srun: error: .*(Unable to contact slurm controller|Socket timed out on send/recv)'
LASTING='OutOfMemoryError|CUDA out of memory|uncorrectable ECC|fallen off the bus|illegal memory access|unspecified launch failure
No space left on device|Disk quota exceeded|Permission denied|ModuleNotFoundError|ImportError|unrecognized arguments|error: argument
found (NaN|Inf) in|AssertionError|size mismatch for|CheckpointingException|Segmentation fault|oom-kill'

is_passing_fault() {
  local first
  if [[ $QUIET_PROBLEM == *stall_after* ]]; then
    FAULT=$QUIET_PROBLEM
    return
  fi
  first=$(tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt" | grep -aiEm1 -e "$PASSING" -e "$LASTING") || return 1
  if grep -qiE -e "$LASTING" <<<"$first"; then return 1; fi
  FAULT=${first:0:200}
}

# The first fault is always forgiven; a later one only when a checkpoint was made since the launch before.
may_restart() {
  local now
  now=$(progress)
  if ((CODE == 0 || LAUNCH > MARTLET_RESTARTS)) || [ -n "$ASKED" ]; then return 1; fi
  if ((LAUNCH > 1 && now <= REACHED)); then return 1; fi
  is_passing_fault || return 1
  REACHED=$now
}

launch_until_done() {
  REACHED=$(progress)
  open_node_logs
  while :; do
    mend_checkpoints
    launch_once
    if is_made || ! may_restart; then return; fi
    note restart "code $CODE looks like a passing fault, so it is started again ($LAUNCH of $MARTLET_RESTARTS): $FAULT"
    nap "${MARTLET_RESTART_PAUSE:-20}"
    look_around
    if [ -n "$ASKED" ]; then return; fi
  done
}

# ---- templates/job/75-reasons.sh, as it is ----
# shellcheck shell=bash
# Why the program ended, in its own words. Megatron-LM exits 0 on some failures, and torchrun makes 1 of every code; the lines
# are those of megatron/training/{training,checkpointing,arguments,global_vars}.py (0.18, 0.19) and torch/distributed/elastic.

# An end it was asked for, or the end of training.
PLANNED_ENDS='\[after training is done\] datetime|\[exiting program (after|at) |Exiting during evaluation, timelimit reached'
# After these lines it exits 0 although it failed. The first column is looked for, the second is said.
ZERO_FAILURES="ERROR: Invalid metadata file|the checkpoint's tracker names no step
could not load the checkpoint|a checkpoint file cannot be read
A metadata file exists but unable to load iteration|the checkpoint does not hold its step (weights that were imported need --pretrained-checkpoint or --finetune)
Unable to load rng state from checkpoint|the checkpoint holds no random states (--no-load-rng)
'--exit-on-missing-checkpoint' set|there is no checkpoint to load, and --exit-on-missing-checkpoint is given
Invalid checkpoint version|the checkpoint is of a version that is not known
--checkpoint-activations is no longer valid|--checkpoint-activations is no flag of this release
ADLR autoresume is not available|--adlr-autoresume needs a library that is not there"

# The log of this launch alone.
launch_log() { tail -c "+$((LOG_BEGIN + 1))" "$ATTEMPT_DIR/log.txt"; }

ended_as_planned() { launch_log | grep -aqE -e "$PLANNED_ENDS"; }

is_trained_out() { launch_log | grep -aqF -e '[after training is done] datetime'; }

# What failed although the code is 0; nothing when no such line is there.
zero_failure() {
  local line
  while IFS= read -r line; do
    if launch_log | grep -aqF -e "${line%%|*}"; then
      echo "${line#*|}: \"${line%%|*}\""
      return
    fi
  done <<<"$ZERO_FAILURES"
}

# torchrun's tables, one for each node: `CODE RANK HOST` of the rank that ended first. Codes of the rerun machine count wherever
# they are: the other ranks end because of it.
first_failure() {
  launch_log | awk '
    /Root Cause \(first observed failure\)/ { table = 1; time = host = rank = code = "" }
    table && match($0, /time +: [0-9_:.-]+/) { time = substr($0, RSTART, RLENGTH); sub(/.*: /, "", time) }
    table && match($0, /host +: [^ ]+/) { host = substr($0, RSTART, RLENGTH); sub(/.*: /, "", host) }
    table && match($0, /rank +: [0-9]+/) { rank = substr($0, RSTART, RLENGTH); sub(/.*: /, "", rank) }
    table && match($0, /exitcode +: -?[0-9]+/) {
      code = substr($0, RSTART, RLENGTH); sub(/.*: /, "", code); table = 0
      verdict = code == 16 || code == 17
      if (!found || verdict > best || (verdict == best && time < first)) {
        found = 1; best = verdict; first = time; line = code " " rank " " host
      }
    }
    END { print line }'
}

# What the rerun state machine found out (megatron/core/rerun_state_machine.py).
rerun_text() {
  if launch_log | grep -aq 'Correct result (but possible Application error)'; then
    echo 'the same NaN came again on another run of the step: look at data, learning rate and precision'
  elif launch_log | grep -aq 'Possible persistent error!'; then
    echo 'a GPU computes wrong results: leave its node out'
  elif launch_log | grep -aq 'Possible transient error!'; then
    echo 'a GPU computed a wrong result once: going on from the newest checkpoint is right, and its node is to be watched'
  else
    echo 'a result was not valid, and was not computed again'
  fi
}

# Puts the first rank's own code into CODE, and says what is known of it. A signal N is 128 + N, as everywhere.
explain_code() {
  local code='' rank='' host='' where='' how=''
  read -r code rank host <<<"$(first_failure)"
  if [[ $code =~ ^-?[0-9]+$ ]]; then
    CODE=$((code < 0 ? 128 - code : code))
    where=" (rank ${rank:-?} on ${host:-?})"
    how="with code $code"
    if ((code < 0)); then how="by signal ${code#-}"; fi
  fi
  case $CODE in
    16) note program "code 16$where: Megatron-LM wants another GPU to decide whether a result is wrong; it has saved: resume without this node" ;;
    17) note program "code 17$where: $(rerun_text)" ;;
    *) if [ -n "$where" ]; then note program "rank ${rank:-?} on ${host:-?} ended first, $how"; fi ;;
  esac
}

# ---- templates/job/90-main.sh, as it is ----
# shellcheck shell=bash
# The order of things. Exit codes of our own: 70 these scripts, 81 the stage before, 82 nothing was made, 84 set-up,
# 85 nodes, 86 a node failed its checks, 87 inputs, 88 disk, 89 image, 90 another layout than its checkpoint's format allows,
# 91 another release than the recipe's, 124 no progress before the time limit. 16 and 17 are Megatron-LM's rerun machine.

check_all() {
  check_disk
  check_image
  inputs check_input
  check_layout
  find_hosts
  check_peers
  find_master
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then
    note preflight "rehearsal: GPUs, peers and the image are not looked at; inputs and disk are ready"
  else
    note preflight "inputs, disk and image are ready; $MARTLET_NODES nodes: $MARTLET_HOSTS"
  fi
}

# What each node wrote when it refused to start, `CODE TEXT` a line; the release has a code of its own.
tell_node_trouble() {
  local code text
  if [ ! -s "$ATTEMPT_DIR/trouble.$BOOT" ]; then return 1; fi
  CODE=86
  while read -r code text; do
    note preflight "$text"
    if [ "$code" = 91 ]; then CODE=91; fi
  done <"$ATTEMPT_DIR/trouble.$BOOT"
}

# After code 0: either it got on, or it failed and said so only in words.
conclude_zero() {
  local reached=$1 now=$2 failure=''
  if ! ended_as_planned; then failure=$(zero_failure); fi
  if [ -n "$failure" ]; then fail 82 program "the program ended with code 0 but failed: $failure"; fi
  if ((now > reached)); then
    if [ "$MARTLET_MADE" = megatron-checkpoint ] && ! ended_as_planned; then
      note program 'the program ended with code 0 and no word why; its newest checkpoint is whole, so the next job goes on from there'
    fi
    leave 0 continue
  fi
  if is_trained_out; then
    fail 82 program "the program says that its training is done, though $(what_is_missing)"
  fi
  fail 82 preflight "the program ended with code 0 but made nothing: $(what_is_missing)"
}

# The verdict, from what is there and not from the code alone.
conclude() {
  local reached=$1 now
  mend_checkpoints
  prune_checkpoints
  rm -rf "$ATTEMPT_DIR/barrier.$BOOT".*
  now=$(progress)
  if [[ $MARTLET_MADE == *-checkpoint ]] && ((now > reached)); then
    note progress "steps $reached to $now of $MARTLET_MADE_STEP are in checkpoints"
  fi
  if is_made; then leave 0 complete; fi
  case $ASKED in
    stop) leave 0 stopped ;;
    signal) leave "$((CODE == 0 ? 0 : 143))" stopped ;;
    deadline)
      if ((now > reached)); then leave 0 continue; fi
      fail 124 deadline "no progress before the time limit: $(what_is_missing)"
      ;;
  esac
  if tell_node_trouble; then leave "$CODE" failed; fi
  if ((CODE != 0)); then
    explain_code
    leave "$CODE" failed
  fi
  conclude_zero "$reached" "$now"
}

main() {
  local need reached
  echo "martlet: $MARTLET_RUN/$MARTLET_STAGE/$MARTLET_SEGMENT attempt $ATTEMPT boot $BOOT, job $MARTLET_JOB_ID"
  say started "\"host\":$(json_text "$(uname -n)"),\"job\":$(json_text "$MARTLET_JOB_ID")"
  beat
  check_format
  mend_checkpoints
  if is_made; then leave 0 complete; fi
  if [ -e "$MARTLET_RUN_DIR/STOP" ]; then leave 0 stopped; fi
  for need in $MARTLET_NEEDS; do wait_for "$need"; done
  set_up_site || fail 84 preflight 'the prologue or a module could not be loaded; see the lines above'
  environment
  check_all
  reached=$(progress)
  launch_until_done
  conclude "$reached"
}

main
