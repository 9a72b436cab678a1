# shellcheck shell=bash
# A stop that nobody waits for. From 0.9.2 on a daemon that was told to end waits for whoever is connected, idle or not: 10 s, up to 1.0.0
# for ever. Meanwhile its listening sockets stay open, and who connects there hangs. Here the kernel ends these (`ss -K`), and the
# connections that are idle; a request under way has until stopGraceSeconds. All of them are sockets of the process that ends, so there is
# nothing to undo: what starts next listens on sockets of its own.

# stop_unwaited GENERATION GRACE: tells the daemon to end, and ends what it would wait for in vain, until it is gone or GRACE seconds are
# over. What can't be done here is left to the caller's own stop, which waits.
stop_unwaited() {
    local STOPPING_INODES STOPPING_RPC STOPPING_PORTS STOPPING_SOCKETS STOPPING_PATIENCE=1500 STOPPING_LAST STOPPING_ENDED=0 STOPPING_WHY=""
    daemon_inodes STOPPING_INODES || return 0
    stopping_ports || return 0
    stopping_lull "$@"
    clock STOPPING_LAST
    STOPPING_LAST=$((STOPPING_LAST + $2 - 1))
    daemon_told || return 0
    wait_until 3 "the daemon to take the signal" stopping_begun || return 0
    # All its servers hear of it at once. One that hasn't left its loop yet would take the end of its socket for an error: up to 2.4.0 it then
    # isn't waited for, and its requests are cut; 2.5.0 says so 28,000 times a second (tried).
    [ -z "$(stopping_listening)" ] || nap 0.1
    # A socket that nobody is connected to is closed by now. Up to 0.9.1 all are, and what was idle has been hung up on.
    [ -n "$(stopping_listening)" ] || return 0
    ! stopping_refuse || wait_until "$2" "requests under way" stopping_round || true
    [ "$STOPPING_ENDED" -eq 0 ] || say "ended $STOPPING_ENDED idle connections of clients"
    [ -z "$STOPPING_WHY" ] || say "the daemon waits for its clients, also for those that are idle: they can't be hung up on here ($STOPPING_WHY)"
}

# stop_lull: what the stop of 2.5.0 waits for, ahead of the last look at the others; behind it the stop itself has two seconds for that.
stop_lull() {
    local STOPPING_INODES STOPPING_RPC STOPPING_PORTS STOPPING_SOCKETS STOPPING_PATIENCE STOPPING_WHY generation grace
    current_generation generation
    stopping_panics "$generation" || return 0
    daemon_inodes STOPPING_INODES || return 0
    stopping_ports || return 0
    stop_grace "$generation" grace
    stopping_lull "$generation" "$grace"
    STOPPING_LULLED=yes
}

# 2.5.0 panics at the first block that it is to write after the signal, and all its requests are cut (tried; 2.4.0 doesn't). So it gets the
# signal when none is under way, if there is such a moment within the grace, and then no client is given time for another one.
stopping_lull() {
    local limit="$2"
    [ -z "${STOPPING_LULLED:-}" ] || limit=2
    stopping_panics "$1" || return 0
    STOPPING_PATIENCE=100
    wait_until "$limit" "a moment without requests" stopping_calm || true
    STOPPING_WHY=""
}

stopping_panics() {
    local KV
    kv_find "$GENERATIONS/$1/info" release
    [ -n "$KV" ] && ! release_lower "$KV" 2.5.0
}

# Also true where nobody can look.
stopping_calm() {
    daemon_inodes STOPPING_INODES || return 0
    stopping_sockets established || return 0
    LAST_SEEN="there are always some"
    ! stopping_asked <<<"$STOPPING_SOCKETS"
}

# stopping_asked: is on one of such connections a request under way, but for answers that are only being read? The last word was the client's, or
# some of it wasn't read yet, or all that the daemon has said so far is that it may go on (25 bytes, "100 Continue": of 20 uploads that paused
# behind their first piece 11 had sent that within the tick of it). Within the same tick the order can't be seen: for half a second it is one.
stopping_asked() {
    awk '
        NF && ($5 > $6 || $9 || ($4 && $8 <= 25) || ($5 == $6 && $7 >= $6 && $5 < 500)) { asked = 1; exit }
        END { exit !asked }'
}

# stopping_listening: the ports that it listens on, one a line.
stopping_listening() {
    local port inode
    while read -r _ port inode; do
        case "$STOPPING_INODES" in *" $inode "*) printf '%s\n' "$port" ;; esac
    done < <(tcp_listeners)
}

# Sets STOPPING_RPC to the port for its peers, and STOPPING_PORTS to all others that it listens on (S3, web, K2V, admin), as a filter. 1
# where there are none, or it doesn't listen for its peers: then nothing would tell that it has taken the signal.
stopping_ports() {
    local KV port peers=no
    current_info rpcport
    STOPPING_RPC="$KV"
    STOPPING_PORTS=""
    while read -r port; do
        if [ "$port" = "$STOPPING_RPC" ]; then peers=yes; else STOPPING_PORTS+=" or sport = :$port"; fi
    done < <(stopping_listening)
    STOPPING_PORTS="${STOPPING_PORTS# or }"
    [ "$peers" = yes ] && [ -n "$STOPPING_PORTS" ]
}

# The socket for its peers is the first that it closes.
stopping_begun() {
    # shellcheck disable=SC2034  # wait_until says it
    LAST_SEEN="it still listens for its peers"
    case $'\n'"$(stopping_listening)"$'\n' in *$'\n'"$STOPPING_RPC"$'\n'*) return 1 ;; esac
}

# Who connects from now on is refused at once, and so is who has connected since the signal.
stopping_refuse() {
    local filters
    stopping_sockets listening || return 1
    mapfile -t filters < <(awk '{ print "src " $1 }' <<<"$STOPPING_SOCKETS")
    stopping_end listening "${filters[@]}" || return 1
    # Where the kernel can't, ss says nothing.
    [ -z "$(stopping_listening)" ] || { STOPPING_WHY="not by this kernel" && return 1; }
}

# One look at the connections, and the end of those that are idle. 0 when there is nothing more to do.
stopping_round() {
    local filters now
    # Also those that it took on just before the signal.
    daemon_inodes STOPPING_INODES || return 0
    clock now
    # What is left then is about to be cut: a pause between two requests is the better moment.
    [ "$now" -lt "$STOPPING_LAST" ] || STOPPING_PATIENCE=100
    stopping_sockets established || return 0
    mapfile -t filters < <(stopping_idle "$STOPPING_PATIENCE" <<<"$STOPPING_SOCKETS")
    stopping_end established "${filters[@]}" || return 0
    STOPPING_ENDED=$((STOPPING_ENDED + ${#filters[@]}))
    # shellcheck disable=SC2034  # wait_until says it
    LAST_SEEN="$STOPPING_ENDED idle connections ended"
    return 1
}

# stopping_sockets STATE: sets STOPPING_SOCKETS to the daemon's own on its ports, as lines `local peer queued received sent got
# acknowledged answered unread`: bytes in the queues, bytes that the client has sent so far; how many milliseconds ago the daemon sent, and got,
# anything, and the client last acknowledged; bytes of answers so far, and those of the client that the daemon hasn't read yet.
stopping_sockets() {
    local said
    said="$(ss -tineH state "$1" "( $STOPPING_PORTS )" 2>&1)" || { STOPPING_WHY="${said%%$'\n'*}" && return 1; }
    STOPPING_SOCKETS="$(awk -v inodes="$STOPPING_INODES" '
        function told() {
            if (mine) print mine, value["bytes_received"] + 0, value["lastsnd"] + 0, value["lastrcv"] + 0, value["lastack"] + 0, value["bytes_acked"] + 0, unread
            split("", value)
        }
        # ss leaves out what is 0. `*` is a socket for both families; an address of one interface (%) can not be asked for, and stays.
        /^[^ \t]/ {
            told()
            sub(/^\*:/, "[::]:", $3)
            own = match($0, / ino:[0-9]+/) && index(inodes, " " substr($0, RSTART + 5, RLENGTH - 5) " ") && $3 $4 !~ /%/
            mine = own ? $3 " " $4 " " $1 + $2 : ""
            unread = $1
            next
        }
        { for (i = 1; i <= NF; i++) { split($i, part, ":"); value[part[1]] = part[2] } }
        END { told() }' <<<"$said")"
}

# stopping_idle PATIENCE: which of such connections are idle, as filters. Nothing is queued, and the last word was the daemon's, or nobody
# has said any: for PATIENCE milliseconds. For 5 s where more of the answer may come (it went on for half a second), and where the order
# can't be seen: the client spoke in the same tick of the clock (4 ms, by the kernel's HZ), and nothing was acknowledged after.
# Where the last word was the client's, or the daemon has only said that it may go on (stopping_asked), a request comes in or is being answered,
# however long.
stopping_idle() {
    awk -v patience="$1" '{
        queued = $3; asked = $4; sent = $5; got = $6; acknowledged = $7; answered = $8
        if (queued || sent > got || (asked && answered <= 25)) next
        least = patience
        if (asked && (got - sent > 500 || (sent == got && acknowledged >= got))) least = 5000
        if (sent >= least) print "( src " $1 " and dst " $2 " )"
    }'
}

# stopping_end STATE FILTER…: a hundred at a time, which is one filter for the kernel.
stopping_end() {
    local state="$1" filter said
    shift
    while [ $# -gt 0 ]; do
        printf -v filter '%s or ' "${@:1:100}"
        said="$(ss -tnKH state "$state" "${filter% or }" 2>&1 >/dev/null)" || true
        [ -z "$said" ] || { STOPPING_WHY="${said%%$'\n'*}" && return 1; }
        shift $(($# < 100 ? $# : 100))
    done
}
