#!/bin/bash
# Tokenises what copies: does not have: whatever is missing, then the merge. Run again it goes on with what is not done.
# shellcheck disable=SC2034,SC2317
set -eu
RUN=preview
TASK=merge
TASKS=1
AT_ONCE=1
KEY=db9661e8
MADE_UP=0
DONE=/groups/my-group/USER-NOT-SET/martlet/runs/preview/prepare-1/tokenised

tokenise() {
  python \
    tools/preprocess_data.py \
    --input="${INPUT}" \
    --output-prefix="${OUTPUT}" \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/groups/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
}

merge() {
  python \
    tools/merge_datasets.py \
    --input="${INPUT}" \
    --output-prefix="${OUTPUT}"
}

# NAME PREFIX TEXTS...: the first of the texts that names a file counts.
datasets() {
  "$1" ja-wikipedia /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/ja-wikipedia_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/ja-wikipedia.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/ja-wikipedia
  "$1" swallow-corpus-v2-llm-top10 /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-llm-top10.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-llm-top10
  "$1" swallow-corpus-v2-wiki-top10 /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-wiki-top10.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-wiki-top10
  "$1" swallow-corpus-v2-qa /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-qa.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-qa
  "$1" laboro-paracorpus /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/laboro-paracorpus_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/laboro-paracorpus.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/laboro-paracorpus
  "$1" en-wikipedia /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/en-wikipedia_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/en-wikipedia.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/en-wikipedia
  "$1" cosmopedia /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/cosmopedia_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/cosmopedia.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/cosmopedia
  "$1" dclm-baseline /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/dclm-baseline_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/dclm-baseline.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/dclm-baseline
  "$1" swallow-code /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-code_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-code.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-code
  "$1" swallow-math /groups/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-math_text_document /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-math.jsonl /groups/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-math
}

# shellcheck source=/dev/null
. /groups/my-group/USER-NOT-SET/martlet/runs/preview/prepare-1/tokenise.sh
