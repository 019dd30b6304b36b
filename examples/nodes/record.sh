#!/bin/sh
# Records the snapshots of this directory. Needs root, and what the testkit needs.
set -eu
cd "$(dirname "$0")/../.."
cargo build --package merlon --package merlon-testkit
built=${CARGO_TARGET_DIR:-target}/debug

# A network plugin's configuration, which comes neither from kubeadm nor from the testkit, and the
# release of a kernel that anybody may have.
collect='
mkdir -p /etc/cni/net.d
echo "{\"cniVersion\": \"1.0.0\", \"name\": \"bridge\", \"plugins\": [{\"type\": \"bridge\"}]}" \
  > /etc/cni/net.d/10-bridge.conflist
echo 6.1.0-28-amd64 > /run/osrelease
mount --bind /run/osrelease /proc/sys/kernel/osrelease
"$0" collect -o "$1"
'
for node in control-plane worker; do
  role=
  if [ "$node" = worker ]; then role=--worker; fi
  # shellcheck disable=SC2086 # no word when empty
  "$built/merlon-testkit" host --version 1.37 --profile kubeadm $role -- \
    sh -c "$collect" "$built/merlon" "examples/nodes/$node.merlon"
done
