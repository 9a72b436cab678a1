# shellcheck shell=bash
# What the cluster held before a hop, to be found again after it and before `repair blocks`, which deletes every block that the
# metadata don't know: with an empty database, all of them (garage-facts 1.2, 7.8).
# <metadata>/garage-node.proof-<hop>: `taken SECONDS`, `bucket ID`, `key ID`, `layout N`, `role ID ZONE CAPACITY TAGS`, `items NODE TABLE N`,
# `gc NODE TABLE N`.

# proof_file [VARIABLE]
proof_file() {
    local _dir
    metadata_path _dir
    give "$_dir/garage-node.proof-$HOP" "${1:-}"
}

# The tables whose rows are the clients' data. The other ones are counters and queues.
proof_tables() {
    echo "bucket key object version block_ref"
}

_proof_counts() {
    local facts key value
    facts="$(node_items "$1")" || { echo "$facts" && return 1; }
    while read -r key value _; do
        case "$key" in items.* | gc.*) echo "${key/./:}:$value" ;; esac
    done <<<"$facts"
}

proof_counts() {
    local name rc words word kind table n
    all_answers _proof_counts || return 1
    while IFS=$'\t' read -r name rc words; do
        if [ "$rc" != 0 ] || [ -z "$words" ]; then return 1; fi
        for word in $words; do
            IFS=: read -r kind table n <<<"$word"
            printf '%s %s %s %s\n' "$kind" "$name" "$table" "$n"
        done
    done <<<"$ANSWERS"
}

# proof_roles: `role <16 hex> <zone> <capacity> <tags>`, sorted. Ids are cut: up to 0.8 no more is shown.
proof_roles() {
    awk '$1 == "role" { print "role", substr($2, 1, 16), $3, $4, $5 }' | sort
}

proof_take() {
    local observed buckets keys
    observed="$(layout_observed)" && buckets="$(bucket_ids)" && keys="$(key_ids)" || return 1
    echo "layout $(fact version "$observed")"
    proof_roles <<<"$observed"
    sed -n 's/^./bucket &/p' <<<"$buckets"
    sed -n 's/^./key &/p' <<<"$keys"
    proof_counts
}

proof_write() {
    local file
    proof_file file
    put_file "$file" "taken $(date +%s)"$'\n'"$1" || fail proof-unwritable "can't write $file"
}

proof_save() {
    local text
    text="$(proof_take)" || fail proof-failed "what the cluster holds can't be read in full; see journalctl -u garage"
    proof_write "$text"
    say "noted: $(grep -c '^bucket ' <<<"$text" || true) buckets, $(grep -c '^key ' <<<"$text" || true) keys, $(proof_sum object <<<"$text") entries in the nodes' object tables"
}

proof_sum() {
    awk -v table="$1" '$1 == "items" && $3 == table { n += $4 } END { print n + 0 }'
}

# With the queues drained (and S3 off) the figures are the last word.
proof_refresh() {
    local text
    text="$(proof_take)" || fail proof-failed "what the cluster holds can't be read in full; see journalctl -u garage"
    proof_write "$text"
}

# proof_holds: everything that was there is there. LAST_SEEN says what isn't.
proof_holds() {
    local now file
    proof_file file
    plain_files "$file" && roots_own "$file" || return 1
    now="$(proof_take)" || { LAST_SEEN="what the cluster holds can't be read"; return 1; }
    # By the exit code: a comparison that couldn't be made has nothing to say either.
    LAST_SEEN="$(proof_missing bucket "$now" && proof_missing key "$now" && proof_layout "$now" && proof_items "$now")" ||
        { LAST_SEEN="${LAST_SEEN:-they could not be compared}"; return 1; }
}

proof_missing() {
    local before gone file
    proof_file file
    before="$(sed -n "s/^$1 //p" "$file" | sort)" || return
    gone="$(comm -23 <(printf '%s\n' "$before") <(sed -n "s/^$1 //p" <<<"$2" | sort))" || return
    [ -z "$gone" ] || { echo "$(wc -l <<<"$gone") of the $1s that were there are gone, the first is $(head -n 1 <<<"$gone")" && return 1; }
}

# Where the hop turns capacities from relative numbers into bytes (0.9); all else of a layout stays in every hop (garage-facts 7.2).
proof_layout() {
    local before after file units
    sheet_need capacityunits units
    proof_file file
    before="$(grep -E '^(layout|role) ' "$file")"
    after="$(grep -E '^(layout|role) ' <<<"$1")"
    [ "$units" = same ] || {
        before="$(proof_without_capacity <<<"$before")"
        after="$(proof_without_capacity <<<"$after")"
    }
    { [ -n "$before" ] && [ "$before" = "$after" ]; } ||
        { echo "the layout changed: $(diff <(echo "$before") <(echo "$after") | grep '^[<>]' | head -n 2 | tr '\n' ' ')" && return 1; }
}

proof_without_capacity() {
    awk '$1 == "role" && $4 != "gateway" { $4 = "storage" } { print }'
}

# On every node that takes part: not fewer than before, but for what garbage collection explains (fewer.sh).
proof_items() {
    local waived=no
    ! waived items-fewer || waived=yes
    awk -v tables="$(proof_tables)" -v in_="$(peers_in | awk '{ print $1 }' | tr '\n' ' ')" -v waived="$waived" -v clock="$(date +%s)" "$FEWER"'
        FNR == NR && $1 == "taken" { hours = (clock - $2) / 3600; if (hours < 0) hours = 0 }
        FNR == NR && $1 == "items" { before[$2 " " $3] = $4 }
        FNR == NR && $1 == "gc" { queue[$3] += $4 }
        FNR != NR && $1 == "items" { now[$2 " " $3] = $4 }
        END {
            for (at in before) noted++
            if (!noted) { print "the note has no table items"; exit 1 }
            n = split(tables, name, " ")
            for (i = 1; i <= n; i++) wanted[name[i]] = 1
            for (at in before) {
                split(at, part, " ")
                if (!(part[2] in wanted) || !index(" " in_, " " part[1] " ")) continue
                most = queue[part[2]] + 0
                gone = waived == "yes" ? fewer_waived(before[at], most) : fewer_explained(before[at], most, hours)
                if (now[at] + 0 >= before[at] - gone) continue
                print part[1] " has " now[at] + 0 " entries in its table " part[2] ", it had " before[at] \
                    (now[at] > 0 && before[at] - now[at] <= most ? "; garbage collection had " most " to take away, if so much was deleted a day before, say so: skipChecks items-fewer" : "")
                exit 1
            }
        }' "$(proof_file)" - <<<"$1"
}
