# shellcheck shell=bash
# Interfaces, adapters, and the way out.

look_interfaces() {
  if type -P ip >/dev/null; then
    fact addresses "$(ip -br addr)"
  else
    fact addresses "$(cd /sys/class/net && printf '%s\n' *)"
  fi
  if [ -d /sys/class/infiniband ]; then fact adapters "$(cd /sys/class/infiniband && printf '%s\n' *)"; fi
  # Not what it is: a proxy's address may hold a password.
  if [ -n "${https_proxy:-${HTTPS_PROXY:-}}" ]; then fact proxy yes; fi
}

# look_reach HOST: a connection to its port 443, no more
look_reach() {
  local said
  if said=$({ exec 3<>"/dev/tcp/$1/443"; } 2>&1); then
    fact reached yes
  else
    # "bash: line 1: example.org: Name or service not known", and a second line that says less.
    said=${said%%$'\n'*}
    fact refused "${said##*: }"
  fi
}
