# shellcheck shell=bash
# volumes: finds this node's volumes by their ids and links them in /run, for the units that mount them. Asked by systemd at each boot, and before
# each start of Garage while one isn't mounted; read-only but for the links. What is another node's isn't linked, so it is never mounted.

verb_volumes() {
    local lines role cluster node
    kv_all "$ETC/claim" volume lines
    volumes_named "$lines" || return 0
    claim_get cluster cluster
    claim_get node node
    mkdir -p "$RUN/volumes"
    for role in "${!VOLUME_ID[@]}"; do rm -f -- "$RUN/volumes/$role"; done
    volumes_wait
    for role in "${!VOLUME_ID[@]}"; do
        volume_look "$role" "$cluster" "$node"
        [ "${VOLUME_STATE[$role]}" = ours ] ||
            fail volume-blank "the volume ${VOLUME_ID[$role]} ($role) is blank, and this node has had data; nothing was mounted: attach the volume that it had"
    done
    volumes_link
}
