#!/bin/bash
# replace.sh RUN NEW: the files of a run's next plan take their places. NEW is a folder in it that was put there whole; each file
# is moved over the one before, plan.json last: while the old one is there, this is simply run again. The old plan is kept as
# sources/plan-before-NEW.json.
set -u
cd -- "$1" || exit 3
new=$2
if [ ! -f "$new/plan.json" ]; then
  echo "$1/$new is not whole" >&2
  exit 4
fi
mkdir -p sources || exit 1
cp -p -- plan.json "sources/plan-before-$new.json" || exit 1
while IFS= read -r -d '' file; do
  to=${file#"$new"/}
  mkdir -p -- "./${to%"${to##*/}"}" && mv -f -- "$file" "$to" || exit 1
done < <(find "$new" -type f ! -path "$new/plan.json" -print0)
mv -f -- "$new/plan.json" plan.json || exit 1
rm -rf -- "$new"
