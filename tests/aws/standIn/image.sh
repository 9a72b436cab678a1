#!/usr/bin/env bash
# image.sh ENGINE… BASE IMAGE: makes IMAGE, what Debian's own image for EC2 is to a machine there, out of the container hosts' image: cloud-init from
# Debian's package, the user admin made by it, no key of a host, no jq. Its volumes come and go by the list /ec2/devices, as machines.ts writes it.
set -euo pipefail

inside() {
    cat <<'INSIDE'
set -eu
export DEBIAN_FRONTEND=noninteractive
rm -rf /etc/apt/sources.list.d /etc/apt/sources.list
cp -a /host-apt/sources.list.d /etc/apt/
[ ! -e /host-apt/sources.list ] || cp -a /host-apt/sources.list /etc/apt/
for each in /host-apt/apt.conf.d/*; do cp -n "$each" /etc/apt/apt.conf.d/; done
apt-get -q update
apt-get -q install -y --no-install-recommends cloud-init

# What a host installs by itself has to be had without a way out of here.
apt-get -q purge -y --autoremove jq
mkdir -p /srv/apt/partial && cd /srv/apt
apt-get -q install -y --no-install-recommends --download-only -o Dir::Cache::archives=/srv/apt jq nftables
for each in *.deb; do
    dpkg-deb -f "$each"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$each" "$(stat -c %s "$each")" "$(sha256sum "$each" | cut -d ' ' -f 1)"
done >Packages
rm -rf /etc/apt/sources.list.d /etc/apt/sources.list /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list

# The container hosts' own ways to get a key.
rm -rf /etc/systemd/system/ssh.service.d /etc/ssh/sshd_config.d/host.conf /etc/ssh/ssh_host_* /root/.ssh
cat >/etc/cloud/cloud.cfg.d/01_debian_cloud.cfg <<'CFG'
apt_preserve_sources_list: true
manage_etc_hosts: true
system_info:
  default_user:
    name: admin
    sudo: ALL=(ALL) NOPASSWD:ALL
    shell: /bin/bash
    lock_passwd: True
    gecos: Debian
    groups: [adm, audio, cdrom, dialout, dip, floppy, netdev, plugdev, sudo, video]
CFG
# The network is the container engine's.
echo 'network: {config: disabled}' >/etc/cloud/cloud.cfg.d/99_network.cfg

cat >/usr/local/sbin/ec2-devices <<'SH'
#!/bin/bash
# Makes /dev/nvme* and /dev/disk/by-id of the volumes in /ec2/devices (VOLUME MINOR), in no order, as a kernel and udev would.
look() {
    local volume minor number link
    mkdir -p /dev/disk/by-id
    while read -r volume minor; do
        link=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume/-/}
        if [ -e "$link" ]; then continue; fi
        until number=$((RANDOM % 26 + 1)) && [ ! -e "/dev/nvme${number}n1" ]; do :; done
        mknod -m 660 "/dev/nvme${number}n1" b 7 "$minor" && ln -s "../../nvme${number}n1" "$link" && ln -s "../../nvme${number}n1" "${link}_1"
    done < <(shuf /ec2/devices)
    for link in /dev/disk/by-id/nvme-*; do
        volume=${link##*_Store_} volume=${volume%_1}
        if [ -e "$link" ] && ! grep -q "^${volume/#vol/vol-} " /ec2/devices; then rm -f "$(readlink -f "$link")" "$link" "${link}_1"; fi
    done
}
look
[ "${1:-}" = once ] || while sleep 0.3; do look; done
SH
chmod 755 /usr/local/sbin/ec2-devices
cat >/etc/systemd/system/ec2-devices.service <<'UNIT'
[Unit]
DefaultDependencies=no
Before=local-fs-pre.target shutdown.target
Wants=local-fs-pre.target
Conflicts=shutdown.target
[Service]
ExecStartPre=/usr/local/sbin/ec2-devices once
ExecStart=/usr/local/sbin/ec2-devices
[Install]
WantedBy=sysinit.target
UNIT
systemctl enable -q ec2-devices.service
: >/etc/machine-id
INSIDE
}

main() {
    local image=${*: -1} base=${*: -2:1} engine=("${@:1:$#-2}") container
    if "${engine[@]}" image inspect "$image" >/dev/null 2>&1; then return; fi
    container=$("${engine[@]}" create --network host --ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" --ulimit nproc=16384:16384 \
        --volume /etc/apt:/host-apt:ro "$base" bash -c "$(inside)")
    if "${engine[@]}" start --attach "$container" >&2; then
        "${engine[@]}" commit -q --change 'CMD ["/sbin/init"]' --change 'STOPSIGNAL SIGRTMIN+3' "$container" "$image" >/dev/null
    else
        "${engine[@]}" rm "$container" >/dev/null
        return 1
    fi
    "${engine[@]}" rm "$container" >/dev/null
}

main "$@"
