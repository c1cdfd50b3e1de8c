#!/usr/bin/bash
# Runs a launch script among stand-ins and says afterwards what was started: process 1 of a sandbox that holds nothing else.
# As process 1 it cannot be killed from inside, and everything inside ends with it.
# driver.sh SECONDS HOSTS SLOTS PROGRAMS SCRIPT ARGUMENTS...
#   HOSTS: names with blanks between; SLOTS: ranks a host; PROGRAMS: absolute paths with ":" between that a script calls;
#   one with "/" at its end is a folder it writes to.
# Answers lines: "call ID BASE64", "scene ID BASE64", "output BASE64", "end CODE" (or "end timeout").
set -u
seconds=$1 hosts=$2 slots=$3 programs=$4 script=$5
shift 5
here=/run/martlet
stub=$here/kit/stub.sh

# Bounds for everything below: no core files, files of 256 MiB, 1024 processes, 4 GiB and as much time as it may take for each.
ulimit -c 0 -f 262144 -u 1024 -v 4194304 -t "$seconds"

mkdir -p "$here/calls" "$here/scenes" /etc /tmp "$HOME"
chmod 1777 /tmp
echo "user:x:$UID:$UID:user:$HOME:/bin/bash" >/etc/passwd
echo "user:x:$UID:" >/etc/group
: >"$here/nodefile"
for host in $hosts; do
  for ((slot = 0; slot < slots; slot++)); do echo "$host"; done >>"$here/nodefile"
  echo "$host $slots all.q@$host UNDEFINED" >>"$here/pe_hostfile"
  echo "$host" >>"$here/hostlist"
done
IFS=: read -ra wanted <<<"$programs"
for program in ${wanted[@]+"${wanted[@]}"}; do
  mkdir -p "${program%/*}"
  if [[ $program != */ ]]; then ln -s "$stub" "$program" 2>/dev/null; fi
done

# What it prints is read to the end, so that nobody waits for a full pipe, and kept up to 64 KiB.
mkfifo "$here/printed" "$here/never"
{ head -c 65536 >"$here/output" && cat >/dev/null; } <"$here/printed" &
exec 9<>"$here/never"
bash "$script" "$@" </dev/null >"$here/printed" 2>&1 9<&- &
child=$!

# Only builtins from here on: other processes may have been killed.
ended=timeout
while ((SECONDS < seconds)); do
  if ! kill -0 "$child" 2>/dev/null; then
    wait "$child"
    ended=$?
    break
  fi
  read -rt 0.1 -u 9
done
# What it left in the background may still be on its way to a stand-in.
for ((turn = 0; turn < 20; turn++)); do
  others=(/proc/[0-9]*)
  if [ "$ended" = timeout ] || ((${#others[@]} <= 1)); then break; fi
  read -rt 0.1 -u 9
done
kill -KILL -1 2>/dev/null

# say WORDS FILE: one line, at most 512 KiB of the file.
say() { printf '%s %s\n' "$1" "$(head -c 524288 "$2" | base64 -w0)"; }
count=0
for file in "$here"/calls/*; do
  if [ -f "$file" ] && ((count++ < 200)); then say "call ${file##*/}" "$file"; fi
done
count=0
for file in "$here"/scenes/*; do
  if [ -f "$file" ] && ((count++ < 50)); then say "scene ${file##*/}" "$file"; fi
done
if [ -f "$here/output" ]; then say output "$here/output"; fi
echo "end $ended"
