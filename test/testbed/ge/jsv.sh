#!/bin/bash
# Server-side verifier of submissions: resource types in the manner of TSUBAME 4.0. `-l TYPE=N` becomes a parallel environment
# of N slots, each of so many of a node's eight shares; two types, or a -pe beside one, are refused.
PATH=/bin:/usr/bin
TYPES="node_f:8 node_h:4 node_q:2 node_o:1 gpu_1:2 gpu_h:1 cpu_160:7 cpu_80:4 cpu_40:2 cpu_16:1 cpu_8:1 cpu_4:1"

jsv_on_start() { return; }

jsv_on_verify() {
  local type name count found='' shares
  for type in $TYPES; do
    name=${type%%:*}
    if [ "$(jsv_sub_is_param l_hard "$name")" = true ]; then
      if [ -n "$found" ]; then jsv_reject "only one resource type may be given"; return; fi
      found=$name
      shares=${type##*:}
      count=$(jsv_sub_get_param l_hard "$name")
    fi
  done
  if [ -n "$found" ]; then
    case $count in '' | *[!0-9]* | 0) jsv_reject "$found must be a positive integer"; return ;; esac
    if [ "$(jsv_is_param pe_name)" = true ]; then jsv_reject "give no -pe along with $found"; return; fi
    jsv_sub_del_param l_hard "$found"
    jsv_sub_add_param l_hard shares "$shares"
    jsv_set_param pe_name "rt_$found"
    jsv_set_param pe_min "$count"
    jsv_set_param pe_max "$count"
  fi
  if [ "$(jsv_sub_is_param l_hard h_rt)" != true ]; then jsv_sub_add_param l_hard h_rt 0:10:0; fi
  jsv_correct ok
}

# shellcheck source=/dev/null
. /usr/share/gridengine/util/resources/jsv/jsv_include.sh
jsv_main
