#!/usr/bin/bash -p
# Stand-in for every program that would start, ask or fetch something: writes down what it was called with and answers
# believably. A program that starts another one is followed into it, once, as rank 0.
# One file a call, fields with NUL between: name, line it was called from, scene, calls it was started by, folder, number of
# words, words, then the environment.
set -u
name=${MARTLET_NAME:-${0##*/}}
unset MARTLET_NAME
id=$EPOCHREALTIME-$$
{
  printf '%s\0' "$name" "${MARTLET_AT:-}" "${MARTLET_SCENE:-}" "${MARTLET_UNDER:-}" "$PWD" "$#" "$@"
  env -0
} >"/run/martlet/calls/$id" 2>/dev/null

first_host() { head -n 1 /run/martlet/hostlist; }

# What another program is started with goes on: follow WORDS...
follow() {
  export MARTLET_UNDER="${MARTLET_UNDER:-} $id"
  if [ $# -eq 0 ]; then exit 0; fi
  exec "$@"
}

follow_mpirun() {
  local carry=() total=1 each=''
  while [ $# -gt 0 ]; do
    case $1 in
      -x | --x) if [[ ${2-} == *=* ]]; then carry+=("$2"); fi && shift 2 ;;
      -np | -n | --np | --n) total=${2-1} && shift 2 ;;
      -npernode | --npernode | -N | -ppn) each=${2-1} && shift 2 ;;
      -map-by | --map-by)
        if [[ ${2-} =~ ^ppr:([0-9]+): ]]; then each=${BASH_REMATCH[1]}; fi
        shift 2
        ;;
      -hostfile | --hostfile | -machinefile | --machinefile | -f | -host | --host | -H | -bind-to | --bind-to | -rank-by | \
        --rank-by | -wdir | --wdir | -wd | -prefix | --prefix | -path | --path | -output-filename | --output-filename | \
        -timeout | --timeout | -rf | --rankfile | -c | --output | -genvlist) shift 2 ;;
      -mca | --mca | -gmca | --gmca | --prtemca | --pmixmca | -genv) shift 3 ;;
      -*) shift ;;
      *) break ;;
    esac || exit 0
  done
  if [ $# -eq 0 ]; then exit 0; fi
  follow env ${carry[@]+"${carry[@]}"} OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_LOCAL_RANK=0 \
    OMPI_COMM_WORLD_SIZE="$total" OMPI_COMM_WORLD_LOCAL_SIZE="${each:-1}" "$@"
}

follow_srun() {
  while [ $# -gt 0 ]; do
    case $1 in
      -N | -n | -c | -w | -x | -p | -A | -t | -J | -G | -o | -e | -i | -D | -m | -r | --nodes | --ntasks | --ntasks-per-node | \
        --cpus-per-task | --gpus | --gpus-per-node | --gpus-per-task | --jobid | --nodelist | --exclude | --mpi | --export | \
        --container-image | --container-mounts | --container-workdir | --container-name | --partition | --account | --time | \
        --job-name | --output | --error | --chdir | --cpu-bind | --gpu-bind | --mem | --threads-per-core | --distribution | \
        --wait | --gres | --qos | --ntasks-per-gpu | --relative) shift 2 ;;
      -*) shift ;;
      *) break ;;
    esac || exit 0
  done
  if [ $# -eq 0 ]; then exit 0; fi
  follow env SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_STEP_ID=0 SLURMD_NODENAME="$(first_host)" "$@"
}

# `singularity exec OPTIONS IMAGE WORDS...`, `docker run OPTIONS IMAGE WORDS...`
follow_container() {
  if [[ ${1-} != exec && ${1-} != run && ${1-} != start ]]; then exit 0; fi
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -B | --bind | --pwd | --cwd | --env-file | -H | --home | -W | --workdir | --overlay | -o | --network | --app | --hostname | \
        -S | --scratch | -v | --volume | -w | --name | --shm-size | --gpus | --ulimit | -u | --user | --mount | -m) shift 2 ;;
      --env | -e)
        # Singularity's -e is --cleanenv, Docker's a variable.
        if [[ ${2-} == [A-Za-z_]*=* ]]; then export "${2?}" && shift; fi
        shift
        ;;
      -*) shift ;;
      *) break ;;
    esac || exit 0
  done
  shift || exit 0
  follow "$@"
}

# `numactl --cpunodebind=0 WORDS...` and others whose options hold no blank.
follow_plain() {
  while [[ ${1-} == -* ]]; do shift; done
  follow "$@"
}

# `sbatch OPTIONS FILE ARGUMENTS...`: a script that a script submits is read too, one level deep.
follow_submit() {
  while [ $# -gt 0 ] && [ ! -f "$1" ]; do shift; done
  echo 4242
  if [ $# -eq 0 ] || [[ ${MARTLET_UNDER:-} == *' '*' '* ]]; then exit 0; fi
  export MARTLET_UNDER="${MARTLET_UNDER:-} $id"
  printf '%s\0' submitted "$1" "$(head -c 262144 "$1")" >"/run/martlet/scenes/submitted-$id"
  bash "$@" >&2
}

gpus() {
  local i
  for ((i = 0; i < ${GPUS_HERE:-8}; i++)); do
    if [[ "$*" == *-L* ]]; then echo "GPU $i: pretend (UUID: GPU-0000000$i)"; fi
    case "$*" in
      *query-gpu=*memory*) echo '81559 MiB' ;;
      *query-gpu=*count*) echo "${GPUS_HERE:-8}" ;;
      *query-gpu=index*) echo "$i" ;;
      *query-gpu=*) echo pretend ;;
    esac
  done
}

case $name in
  mpirun | mpiexec | orterun | prterun | prun) follow_mpirun "$@" ;;
  srun) follow_srun "$@" ;;
  singularity | apptainer | docker | podman | enroot) follow_container "$@" ;;
  numactl | setsid | sudo | time) follow_plain "$@" ;;
  taskset) shift && follow_plain "$@" ;;
  sbatch | qsub) follow_submit "$@" ;;
  nvidia-smi) gpus "$@" ;;
  python* | torchrun) if [[ ${1-} == -V || ${1-} == --version ]]; then echo 'Python 3.12.3'; fi ;;
  ip | ifconfig)
    for interface in "$@"; do :; done
    printf '2: %s: <UP>\n    inet 10.1.0.1/16 brd 10.1.255.255 scope global %s\n' "${interface:-bond0}" "${interface:-bond0}"
    ;;
  hostname)
    case ${1-} in
      -I | -i | --ip-address | --all-ip-addresses) echo 10.1.0.1 ;;
      *) first_host ;;
    esac
    ;;
  getent) echo "10.1.0.1 ${2-}" ;;
  nslookup) printf 'Server: 10.1.0.53\n\nName: %s\nAddress: 10.1.0.1\n' "${1-}" ;;
  host) echo "${1-} has address 10.1.0.1" ;;
  dig) echo 10.1.0.1 ;;
  nproc) echo 96 ;;
  scontrol) if [[ ${1-} == show && ${2-} == hostname* ]]; then cat /run/martlet/hostlist; fi ;;
esac
exit 0
