# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# Tokenises text files (shards), each into an .idx/.bin pair of its own, and merges the pairs of a dataset into one.
# Set by prepare.sh: RUN; TASK, from 1, of TASKS, or "merge"; AT_ONCE; KEY; MADE_UP; DONE; and the functions tokenise (INPUT,
# OUTPUT), merge (INPUT, OUTPUT) and datasets, which calls its argument with NAME PREFIX PATTERN... for each dataset.
#
# Task I of N makes every N-th shard. "merge" makes those that are still missing, merges, and writes PREFIX.json.
# Safe to run again at any time, and by several runs at once: everything is made in a folder of its own and moved in whole; the
# .idx comes last, so its presence says that a pair is whole. The shards of a run lie in PREFIX.shards-KEY.RUN, and KEY stands
# for how they are tokenised: what another run has left there is taken over where it would have been made alike.

note() { printf 'martlet: %s\n' "$1"; }

die() {
  printf 'martlet: %s\n' "$1" >&2
  exit 1
}

# Whole numbers of an index: the bytes are little-endian, and so are the machines that train.
number_in() { od -An -v -t "u$3" -j "$2" -N "$3" -- "$1" | tr -d ' '; }

# Sets DOCUMENTS and TOKENS of a pair, or fails with a sentence: count_pair PREFIX
count_pair() {
  local items=(0 1 1 2 4 8 0 0 2) item sequences entries size bin end=0
  size=$(stat -Lc %s -- "$1.idx") || return
  bin=$(stat -Lc %s -- "$1.bin") || return
  sequences=$(number_in "$1.idx" 18 8)
  entries=$(number_in "$1.idx" 26 8)
  item=${items[$(number_in "$1.idx" 17 1)]:-0}
  if ((size != 34 + 12 * sequences + 8 * entries || item == 0)); then
    note "$1.idx is no whole index of tokens" >&2
    return 1
  fi
  # The offset and the length of the last sequence.
  if ((sequences)); then end=$(($(number_in "$1.idx" $((26 + 12 * sequences)) 8) + item * $(number_in "$1.idx" $((30 + 4 * sequences)) 4))); fi
  if ((bin != end)); then
    note "$1.bin has $bin bytes, $1.idx asks for $end" >&2
    return 1
  fi
  DOCUMENTS=$((entries - 1))
  TOKENS=$((bin / item))
}

# is_there PREFIX: the dataset is there and whole. A broken one is never written over: somebody may want to know why.
is_there() {
  if [ ! -s "$1.idx" ]; then return 1; fi
  if [ -e "$1.bin" ] && count_pair "$1"; then return; fi
  die "$1 is there, but not whole: remove its .idx and .bin, or name another copy in copies:"
}

# Sets FILES to the text files of a dataset: the first path that names any counts. A path is a file, a folder of *.jsonl, or,
# where neither of that name is there, a pattern: find_files PATH...
find_files() {
  local LC_ALL=C path file i
  FILES=()
  for path in "$@"; do
    if [ -f "$path" ]; then
      FILES=("$path")
    elif [ -d "$path" ]; then
      for file in "${path%/}"/*.jsonl; do if [ -f "$file" ]; then FILES+=("$file"); fi; done
    else
      while IFS= read -r file; do if [ -f "$file" ]; then FILES+=("$file"); fi; done < <(compgen -G "$path" | sort)
    fi
    if ((${#FILES[@]})); then break; fi
  done
  for file in ${FILES[@]+"${FILES[@]}"}; do
    case $file in *.gz) die "$file is compressed; preprocess_data.py reads plain JSONL here: gunzip it first" ;; esac
  done
  if ((${#FILES[@]})); then return; fi
  # The program itself says that it is not there; a rehearsal makes texts of its own up.
  FILES=("$1")
  if ((MADE_UP > 1)); then
    FILES=()
    for ((i = 1; i <= MADE_UP; i++)); do FILES+=("${1%.jsonl}-$i.jsonl"); done
  fi
}

# What a text file looks like from outside; another one is tokenised anew.
input_of() { stat -Lc '%s bytes, %Y' -- "$1" 2>/dev/null || echo 'not there'; }

# A value of a shard's marker: marked MARKER KEY
marked() { sed -n "s/^$2	//p" -- "$1"; }

# is_done FILE SHARD: its marker is there, of this very file, and both files have the size that it says.
is_done() {
  local end
  if [ ! -s "$2.done" ]; then return 1; fi
  if [ "$(marked "$2.done" input)" != "$1" ] || [ "$(marked "$2.done" seen)" != "$(input_of "$1")" ]; then return 1; fi
  for end in bin idx; do
    if [ "$(stat -Lc %s -- "$2.$end" 2>/dev/null)" != "$(marked "$2.done" "$end")" ]; then return 1; fi
  done
}
