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
