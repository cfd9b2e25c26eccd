# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Bare Debian systems in folders, to be sourced.  $work is where they are made.
# They use the mirror, the proxy and the authorities of this machine's own apt.

find_mirror () {
  # shellcheck disable=SC2016  # for apt
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }'
}

# What a machine has to know to reach the network as this one does, and what
# makes installing packages quicker in a root that nobody keeps.
copy_network () {
  local root=$1

  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump | grep -E '^Acquire::(https?|ftp|Check-[A-Za-z-]+)' \
    >"$root/etc/apt/apt.conf.d/90network" || true
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp -r /usr/local/share/ca-certificates/. \
    "$root/usr/local/share/ca-certificates/"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# SUITE.tar: minbase, and nothing of what the project needs
make_base () {
  local suite=$1
  local base=$work/$suite.tar root=$work/$suite.new

  [ ! -f "$base" ] || return 0
  tests/install-packages.sh debootstrap
  rm -rf "$root"
  debootstrap --variant=minbase "$suite" "$root" "$(find_mirror)" \
    >"$work/$suite.log" 2>&1 || {
    tail -20 "$work/$suite.log" >&2
    rm -rf "$root"
    return 1
  }
  copy_network "$root"
  tar -C "$root" --numeric-owner -cf "$base.new" .
  mv "$base.new" "$base"
  rm -rf "$root"
}

# make_root SUITE FOLDER: a fresh system in it
make_root () {
  local suite=$1 root=$2

  make_base "$suite"
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" --numeric-owner -xf "$work/$suite.tar"
}

# enter FOLDER USER DIRECTORY COMMAND...: runs it in a system of its own but for
# the kernel and the network
enter () {
  local root=$1 user=$2 directory=$3
  shift 3

  # shellcheck disable=SC2016  # for the other shell
  unshare --mount --pid --ipc --uts --fork --kill-child bash -euc '
    root=$1 user=$2 directory=$3
    shift 3
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mkdir -p "$root/mnt/old"
    cd "$root"
    pivot_root . mnt/old
    umount -l /mnt/old
    hash -r
    exec setpriv --reuid "$user" --regid "$user" --init-groups env -i \
      HOME="$(getent passwd "$user" | cut -d: -f6)" USER="$user" \
      LANG=C.UTF-8 TERM="${TERM:-dumb}" \
      PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
      sh -c "cd \"\$0\" && exec \"\$@\"" "$directory" "$@"
  ' enter "$root" "$user" "$directory" "$@"
}
