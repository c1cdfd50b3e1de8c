# shellcheck shell=bash
# The release of the code that is about to run, read from its own text (megatron/core/package_info.py), so that neither Python
# nor torch is started for it. Flags, rules and log lines of the plan are of one release: another one stops before its first step.

# `0.19.1`; nothing when the file does not say it.
release_of() {
  awk -F '[= ]+' '/^(MAJOR|MINOR|PATCH) *= *[0-9]+/ { part[$1] = $2 }
    END { if ("MAJOR" in part && "MINOR" in part) print part["MAJOR"] "." part["MINOR"] "." part["PATCH"] }' "$1" 2>/dev/null
}

check_release() {
  local found
  if [ -z "$MARTLET_RELEASE_FILE" ] || [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  found=$(release_of "$MARTLET_RELEASE_FILE")
  if [ -z "$found" ]; then
    echo "martlet: $NODE_HOST: the release of the code is not known, because $MARTLET_RELEASE_FILE does not tell it; the recipe says $MARTLET_RELEASE" >&2
  elif [ -n "$MARTLET_RELEASE_VERSION" ] && [[ $found. != "$MARTLET_RELEASE_VERSION".* ]]; then
    refuse 91 "the code is Megatron-Core $found ($MARTLET_RELEASE_FILE), but the recipe says software release $MARTLET_RELEASE, which is $MARTLET_RELEASE_VERSION"
  fi
}

if [ "${MARTLET_LOCAL_RANK:-0}" = 0 ]; then check_release; fi
