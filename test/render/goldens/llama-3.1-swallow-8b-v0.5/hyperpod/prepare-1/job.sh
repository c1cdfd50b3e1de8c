#!/bin/bash
#SBATCH --job-name=mt-preview-prepare-1-1
#SBATCH --account=my-group
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=1-00:00:00
#SBATCH --output=/fsx/ubuntu/martlet/runs/preview/prepare-1/slurm-%j.out
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --signal=B:USR1@600
#SBATCH --export=ALL
#SBATCH --wait-all-nodes=1

# preview, stage prepare, segment 1. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=preview
export MARTLET_RUN_DIR=/fsx/ubuntu/martlet/runs/preview
export MARTLET_STAGE=prepare
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/fsx/ubuntu/martlet/runs/preview/prepare-1
export MARTLET_NODES=1
export MARTLET_GPUS_PER_NODE=8
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=25
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=''
export MARTLET_JOB_ID="${SLURM_JOB_ID}"
export MARTLET_JOB_NAME="${SLURM_JOB_NAME}"
export MARTLET_WALLTIME_SECONDS=86400
export MARTLET_MARGIN_SECONDS=900
export MARTLET_RESTARTS=2
export MARTLET_NEEDS=''
export MARTLET_MADE=files
export MARTLET_MASTER=first-host
export MARTLET_IMAGE=/fsx/ubuntu/martlet/images/megatron-lm.sqsh
export MARTLET_SITE_BIN=/opt/slurm/bin

hosts() {
  scontrol show hostnames "${SLURM_JOB_NODELIST}"
}

modules() {
  :
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'
  export FI_PROVIDER=efa
  export FI_EFA_USE_HUGE_PAGE=0
  export NCCL_NET='AWS Libfabric'
  export OMPI_MCA_pml='^cm,ucx'
  export OMPI_MCA_btl=tcp,self
  limit core 0
}

inputs() {
  :
}

made_files() {
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/ja-wikipedia_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/ja-wikipedia_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/laboro-paracorpus_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/laboro-paracorpus_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/en-wikipedia_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/en-wikipedia_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/cosmopedia_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/cosmopedia_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/dclm-baseline_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/dclm-baseline_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-code_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-code_text_document.bin
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-math_text_document.idx
  "$1" /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-math_text_document.bin
}

launch() {
  start only_where \
    /opt/sagemaker_cluster \
    --auto-resume=1 \
    srun \
    --nodes=1 \
    --ntasks-per-node=1 \
    --kill-on-bad-exit=1 \
    --wait=60 \
    --cpu-bind=none \
    --container-image=/fsx/ubuntu/martlet/images/megatron-lm.sqsh \
    --container-mounts=/fsx:/fsx,/opt/dlami/nvme:/opt/dlami/nvme \
    --container-workdir=/fsx/ubuntu/martlet/software/megatron-lm \
    --no-container-mount-home bash \
    /fsx/ubuntu/martlet/runs/preview/prepare-1/node.sh \
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

# ---- templates/job/launch-srun.sh, as it is ----
# shellcheck shell=bash
# A word for srun that only some machines know: only_where PATH WORD SRUN ARGUMENTS...
only_where() {
  local path=$1 word=$2 program=$3
  shift 3
  if [ -e "$path" ]; then set -- "$word" "$@"; fi
  exec "$program" "$@"
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

# Called every second while we wait for anything.
look_around() {
  local caught=$CAUGHT
  CAUGHT=''
  beat
  case $caught in
    '') ;;
    # Slurm's --signal, Grid Engine's -notify and s_rt: a warning that the time limit is near.
    USR1 | USR2) ask_to_end deadline "$(save_seconds)" "SIG$caught: the scheduler warns of the time limit" ;;
    *) ask_to_end signal "$MARTLET_GRACE_SECONDS" "SIG$caught: somebody or the scheduler ends this job" ;;
  esac
  if [ -z "$ASKED" ] && [ -e "$MARTLET_RUN_DIR/STOP" ]; then
    ask_to_end stop "$(save_seconds)" 'RUN/STOP is there: the program is told to save and end'
  fi
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
# Checkpoints. Megatron-LM's iter_0001200/ is whole when metadata.json is in it (torch_dist writes that last), and
# latest_checkpointed_iteration.txt (the tracker) names the one to resume from. The tracker is truncated and rewritten, not
# moved in: a kill between the two leaves it empty, and the next start would print an error and exit 0.

TRACKER=latest_checkpointed_iteration.txt

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

is_complete() {
  if [ "$MARTLET_MADE" = verl-checkpoint ]; then is_complete_verl "$1"; else [ -s "$1/metadata.json" ]; fi
}

# Steps of all whole checkpoints of a folder, smallest first.
complete_steps() {
  local folder
  step_folders "$1" | while IFS= read -r folder; do
    if is_complete "$folder"; then step_of "$folder"; fi
  done | sort -n
}

# The step a right tracker names; status 1 when the tracker is missing, broken, or names what is not whole.
tracker_step() {
  local text
  text=$(tr -d '[:space:]' 2>/dev/null <"$1/$TRACKER") || return 1
  if [ "$text" = release ]; then
    is_complete "$1/release" && echo 0
  elif [[ $text =~ ^[0-9]+$ ]]; then
    is_complete "$(step_folder "$1" "$((10#$text))")" && echo "$((10#$text))"
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
    *) return 1 ;;
  esac
}

what_is_missing() {
  case $MARTLET_MADE in
    *-checkpoint) echo "the newest whole checkpoint is step $(progress) of $MARTLET_MADE_STEP in $MARTLET_MADE_DIR" ;;
    *) echo "$MISSING is missing" ;;
  esac
}

# ---- templates/job/50-ready.sh, as it is ----
# shellcheck shell=bash
# Before the start: the stages before us ended well, our inputs are whole, and there is room. Fails closed.

# A whole .bin/.idx pair (megatron/core/datasets/indexed_dataset.py): magic, version, S sequences, N documents; the last
# sequence's offset and length tell how long the .bin must be. Prints what is wrong, or nothing.
dataset_problem() {
  local idx=$1.idx bin=$1.bin sequences documents size item length offset
  local items=(0 1 1 2 4 8 8 4 2)
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
  length=$(od -An -v -td4 -j$((30 + 4 * sequences)) -N4 "$idx")
  offset=$(od -An -v -td8 -j$((26 + 12 * sequences)) -N8 "$idx")
  if (($(wc -c <"$bin") != offset + length * item)); then echo "$bin is not as long as $idx says"; fi
}

input_problem() {
  case $1 in
    dataset) dataset_problem "$2" ;;
    megatron-checkpoint) tracker_step "$2" >/dev/null || echo "no whole checkpoint in $2" ;;
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

find_hosts() {
  local file=$ATTEMPT_DIR/hosts.$BOOT count
  hosts >"$file"
  # A job on part of a node may get no host file at all.
  if [ ! -s "$file" ] && ((MARTLET_NODES == 1)); then uname -n >"$file"; fi
  count=$(grep -c . "$file")
  if ((count != MARTLET_NODES)); then fail 85 preflight "the scheduler gave $count nodes, the plan has $MARTLET_NODES"; fi
  awk -v slots="$MARTLET_RANKS_PER_NODE" '{ print $1 " slots=" slots }' "$file" >"$ATTEMPT_DIR/hostfile.$BOOT"
  export MARTLET_HOSTFILE=$ATTEMPT_DIR/hostfile.$BOOT
  MARTLET_HOSTS=$(tr '\n' ' ' <"$file")
  export MARTLET_HOSTS=${MARTLET_HOSTS% }
}

# This script runs on the first node, which has rank 0: the address of our own interface is the meeting point.
master_address() {
  case $MARTLET_MASTER in
    interface:*) ip -4 -o addr show dev "${MARTLET_MASTER#interface:}" | awk '{ split($4, part, "/"); print part[1]; exit }' ;;
    first-host) echo "${MARTLET_HOSTS%% *}" ;;
    *) echo "$MARTLET_MASTER" ;;
  esac
}

find_master() {
  MASTER_ADDR=$(master_address)
  if [ -z "$MASTER_ADDR" ]; then fail 85 preflight "no IPv4 address for $MARTLET_MASTER on $(uname -n)"; fi
  export MASTER_ADDR
}

# 1234[7].pbs1 -> 1234; one more for each restart, since the old port may still be taken.
master_port() {
  local digits=${MARTLET_JOB_ID%%[.\[]*}
  digits=${digits//[!0-9]/}
  # A substring from the end is empty when the text is shorter.
  if ((${#digits} > 9)); then digits=${digits: -9}; fi
  echo "$((10000 + (10#${digits:-0} + LAUNCH - 1) % 50000))"
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
  MARTLET_ATTEMPT MARTLET_ATTEMPT_DIR MARTLET_BOOT MARTLET_LAUNCH MARTLET_BARRIER_DIR
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
  mkdir -p "$MARTLET_BARRIER_DIR"
  for name in $FORWARD; do
    if [ -n "${!name+set}" ]; then printf 'export %s=%q\n' "$name" "${!name}"; fi
  done >"$file.tmp"
  mv -f "$file.tmp" "$file"
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

end_launch() {
  local i patience=8
  # After the scheduler's TERM its KILL is near, and the exit file comes first.
  if [ "$ASKED" = signal ]; then patience=1; fi
  note deadline 'the program did not end in time and is killed'
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
  write_environment
  LOG_BEGIN=$(wc -c <"$ATTEMPT_DIR/log.txt")
  note launch "launch $LAUNCH on $MARTLET_NODES nodes; master $MASTER_ADDR:$MASTER_PORT; $MARTLET_MINUTES_LEFT minutes"
  launch &
  CHILD=$!
  while kill -0 "$CHILD" 2>/dev/null; do
    look_around
    if ((END_BY > 0 && SECONDS >= END_BY)); then
      END_BY=0
      end_launch
    fi
    if ((SECONDS >= prune_at)); then
      prune_at=$((SECONDS + 60))
      prune_checkpoints
    fi
    nap "$((SECONDS < 30 ? 0 : 1)).3"
  done
  { wait "$CHILD"; } 2>/dev/null
  CODE=$?
  CHILD=''
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

# ---- templates/job/90-main.sh, as it is ----
# shellcheck shell=bash
# The order of things. Exit codes of our own: 70 these scripts, 81 the stage before, 82 nothing was made, 84 set-up,
# 85 nodes, 86 a node failed its checks, 87 inputs, 88 disk, 89 image, 124 no progress before the time limit.

check_all() {
  check_disk
  check_image
  inputs check_input
  find_hosts
  check_peers
  find_master
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then
    note preflight "rehearsal: GPUs, peers and the image are not looked at; inputs and disk are ready"
  else
    note preflight "inputs, disk and image are ready; $MARTLET_NODES nodes: $MARTLET_HOSTS"
  fi
}

# What each node wrote when it refused to start.
tell_node_trouble() {
  local line
  if [ ! -s "$ATTEMPT_DIR/trouble.$BOOT" ]; then return 1; fi
  while IFS= read -r line; do note preflight "$line"; done <"$ATTEMPT_DIR/trouble.$BOOT"
}

# The verdict, from what is there and not from the code alone.
conclude() {
  local reached=$1 now
  mend_checkpoints
  prune_checkpoints
  rm -rf "$ATTEMPT_DIR/barrier.$BOOT".*
  now=$(progress)
  if is_made; then leave 0 complete; fi
  case $ASKED in
    stop) leave 0 stopped ;;
    signal) leave "$((CODE == 0 ? 0 : 143))" stopped ;;
    deadline)
      if ((now > reached)); then leave 0 continue; fi
      fail 124 deadline "no progress before the time limit: $(what_is_missing)"
      ;;
  esac
  if tell_node_trouble; then leave 86 failed; fi
  if ((CODE != 0)); then leave "$CODE" failed; fi
  if ((now > reached)); then leave 0 continue; fi
  fail 82 preflight "the program ended with code 0 but made nothing: $(what_is_missing)"
}

main() {
  local need reached
  echo "martlet: $MARTLET_RUN/$MARTLET_STAGE/$MARTLET_SEGMENT attempt $ATTEMPT boot $BOOT, job $MARTLET_JOB_ID"
  say started "\"host\":$(json_text "$(uname -n)"),\"job\":$(json_text "$MARTLET_JOB_ID")"
  beat
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
