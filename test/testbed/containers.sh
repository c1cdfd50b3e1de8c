# shellcheck shell=bash
# Shared by docker.sh and podman.sh; sourced by them.
# shellcheck disable=SC2034
TB_IMAGE=localhost/martlet-test:base

# A root file system of busybox (static) and bash, made of this machine's own packages: no registry is asked.
make_rootfs() {
  local dir=$1 each
  rm -rf "$dir"
  mkdir -p "$dir"/{etc,tmp,proc,sys,dev,work,home} "$dir"/usr/{bin,lib,lib64}
  for each in bin lib lib64; do ln -s usr/$each "$dir/$each"; done
  chmod 1777 "$dir/tmp"
  cp /bin/busybox "$dir/bin/busybox"
  for each in $(/bin/busybox --list); do
    if [ "$each" != busybox ]; then ln -sf busybox "$dir/bin/$each"; fi
  done
  cp /bin/bash "$dir/bin/bash"
  for each in $(ldd /bin/bash | grep -o '/[^ ]*'); do
    mkdir -p "$dir$(dirname "$each")"
    cp -L "$each" "$dir$each"
  done
  printf 'root:x:0:0:root:/:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\n' >"$dir/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/etc/group"
  printf '127.0.0.1 localhost\n' >"$dir/etc/hosts"
}

# import_image COMMAND...: the image from that root file system, by `COMMAND import`.
import_image() {
  local made
  made=$(mktemp -d "$S/rootfs.XXXXXX")
  make_rootfs "$made/root"
  tar -C "$made/root" -c . | "$@" import -c 'ENV PATH=/bin:/usr/bin' -c 'CMD ["/bin/bash"]' -c 'WORKDIR /work' - $TB_IMAGE >/dev/null ||
    die "the image could not be imported"
  rm -rf "$made"
}

# Mounts that a killed engine left behind.
unmount_all() {
  local mount
  while read -r mount; do umount -l "$mount" 2>/dev/null || true; done < <(awk -v dir="$S/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r)
}
