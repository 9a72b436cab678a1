# shellcheck shell=bash
# shellcheck disable=SC2034  # the verbs say what stands in LAST_SEEN and PROOF_WAY
# What the cluster held before a hop, to be found again after it and before `repair blocks`, which deletes every block that the
# metadata don't know: with an empty database, all of them (garage-facts 1.2, 7.8). What is noted and how it is compared: proof.jq.
# <metadata>/garage-node.proof-<hop>: `taken SECONDS`, `attempt ID`, `bucket ID`, `key ID`, `layout N`, `role ID ZONE CAPACITY TAGS`, `items NODE TABLE N`,
# `gc NODE TABLE N`.

# proof_file [VARIABLE]
proof_file() {
    local _dir
    metadata_path _dir
    give "$_dir/garage-node.proof-$HOP" "${1:-}"
}

proof_write() {
    local file
    proof_file file
    put_file "$file" "taken $(date +%s)"$'\n'"attempt $(ledger_get attemptid)"$'\n'"$1" || fail proof-unwritable "can't write $file"
}

# proof_note: notes what the cluster holds now; it stands in NOTE too.
proof_note() {
    judge noted || refuse_judged "; see journalctl -u garage"
    proof_write "${NOTE%$'\n'}"
}

proof_save() {
    proof_note
    say "noted: $(grep -c '^bucket ' <<<"$NOTE" || true) buckets, $(grep -c '^key ' <<<"$NOTE" || true) keys, $(awk '$1 == "items" && $3 == "object" { n += $4 } END { print n + 0 }' <<<"$NOTE") entries in the nodes' object tables"
}

# proof_there: what drain has noted in this attempt lies here, with each node that takes part. Else LAST_SEEN says what is wrong, and PROOF_WAY
# begins the way out.
proof_there() {
    local file text name peers left=""
    PROOF_WAY="The node that ran drain has it, with its metadata and in its backup: copy it here. Is that node lost for good"
    proof_file file
    [ -r "$file" ] || { LAST_SEEN="$file does not lie here"; return 1; }
    plain_files "$file" && roots_own "$file" || return 1
    text_of "$file" text
    case $'\n'"$text"$'\n' in *$'\n'"attempt $(ledger_get attemptid)"$'\n'*) ;; *) LAST_SEEN="$file is of another attempt"; return 1 ;; esac
    peers_in peers
    while read -r name _; do
        case $'\n'"$text" in *$'\n'"items $name "*) ;; *) left+="${left:+, }$name" ;; esac
    done <<<"$peers"
    [ -n "$left" ] || return 0
    LAST_SEEN="$file says nothing of $left, which was left out when drain took note of what each node holds"
    PROOF_WAY="Leave $left out again (without), and replace it when the upgrade is finished. Can that not be"
    return 1
}

# proof_holds SECONDS: everything that was there is there, within that time. LAST_SEEN says what isn't.
proof_holds() {
    local file units
    proof_file file
    sheet_need capacityunits units
    plain_files "$file" && roots_own "$file" || return 1
    wait_judge "$1" "what was there before" kept "note@=$file" "units=$units" "now=$(date +%s)"
}
