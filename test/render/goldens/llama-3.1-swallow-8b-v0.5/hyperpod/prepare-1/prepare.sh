#!/bin/bash
# Tokenises what copies: does not have: whatever is missing, then the merge. Run again it goes on with what is not done.
# shellcheck disable=SC2034,SC2317
set -eu
RUN=preview
TASK=merge
TASKS=1
AT_ONCE=1
KEY=98a9af76
MADE_UP=0
DONE=/fsx/ubuntu/martlet/runs/preview/prepare-1/tokenised

tokenise() {
  python \
    tools/preprocess_data.py \
    --input="${INPUT}" \
    --output-prefix="${OUTPUT}" \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/fsx/ubuntu/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
}

merge() {
  python \
    tools/merge_datasets.py \
    --input="${INPUT}" \
    --output-prefix="${OUTPUT}"
}

# NAME PREFIX TEXTS...: the first of the texts that names a file counts.
datasets() {
  "$1" ja-wikipedia /fsx/ubuntu/martlet/datasets/llama-3.1/ja-wikipedia_text_document /fsx/ubuntu/martlet/datasets/raw/ja-wikipedia.jsonl /fsx/ubuntu/martlet/datasets/raw/ja-wikipedia
  "$1" swallow-corpus-v2-llm-top10 /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-llm-top10.jsonl /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-llm-top10
  "$1" swallow-corpus-v2-wiki-top10 /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-wiki-top10.jsonl /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-wiki-top10
  "$1" swallow-corpus-v2-qa /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-qa.jsonl /fsx/ubuntu/martlet/datasets/raw/swallow-corpus-v2-qa
  "$1" laboro-paracorpus /fsx/ubuntu/martlet/datasets/llama-3.1/laboro-paracorpus_text_document /fsx/ubuntu/martlet/datasets/raw/laboro-paracorpus.jsonl /fsx/ubuntu/martlet/datasets/raw/laboro-paracorpus
  "$1" en-wikipedia /fsx/ubuntu/martlet/datasets/llama-3.1/en-wikipedia_text_document /fsx/ubuntu/martlet/datasets/raw/en-wikipedia.jsonl /fsx/ubuntu/martlet/datasets/raw/en-wikipedia
  "$1" cosmopedia /fsx/ubuntu/martlet/datasets/llama-3.1/cosmopedia_text_document /fsx/ubuntu/martlet/datasets/raw/cosmopedia.jsonl /fsx/ubuntu/martlet/datasets/raw/cosmopedia
  "$1" dclm-baseline /fsx/ubuntu/martlet/datasets/llama-3.1/dclm-baseline_text_document /fsx/ubuntu/martlet/datasets/raw/dclm-baseline.jsonl /fsx/ubuntu/martlet/datasets/raw/dclm-baseline
  "$1" swallow-code /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-code_text_document /fsx/ubuntu/martlet/datasets/raw/swallow-code.jsonl /fsx/ubuntu/martlet/datasets/raw/swallow-code
  "$1" swallow-math /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-math_text_document /fsx/ubuntu/martlet/datasets/raw/swallow-math.jsonl /fsx/ubuntu/martlet/datasets/raw/swallow-math
}

# shellcheck source=/dev/null
. /fsx/ubuntu/martlet/runs/preview/prepare-1/tokenise.sh
