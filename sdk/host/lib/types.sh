# shellcheck shell=bash
# What the keys of claim, ledger, options, a generation's info, a backup's manifest and the sheet may hold. Everything read is held against
# this at the door, and what doesn't fit ends the verb by name: a peer, a user of this host or a disk in trouble may have written it, and
# bash takes `a[$(…)]` for a number wherever it calculates.

# Behind a type: * for a key that may stand several times. A key that isn't named here is text.
declare -gA TYPES=(
    [ledger.cluster]=word [ledger.node]=name [ledger.id]=id [ledger.metadata]=path [ledger.born]="yes|no"
    [ledger.series]=series [ledger.engine]=engine [ledger.release]=release [ledger.previous]=release [ledger.reached]=release
    [ledger.generation]=word [ledger.staged]=word [ledger.target]=release [ledger.epoch]=word [ledger.redraw]=yes
    [ledger.act]=words [ledger.rollfrom]=word [ledger.rolllast]=name [ledger.before]=figures [ledger.stock]=figures [ledger.converted]="words path"
    [ledger.hop]=word [ledger.hopstate]=word [ledger.hopdate]=word [ledger.attempt]=number [ledger.attemptid]=word
    [ledger.passed]="word*" [ledger.backup]=path [ledger.quietat]=number [ledger.repairat]=word [ledger.migrating]=word
    [ledger.tool]=word [ledger.hoptool]=word [ledger.debt]=release [ledger.layout]=words [ledger.moving]=words [ledger.asked]=words [ledger.again]=text [ledger.data]="path*" [ledger.datamark]="path*" [ledger.history]="text*"
    [ledger.left]=words [ledger.nonce]=word [ledger.adopted]="waiting|taken"

    [adopted.kind]="unit|container|commands" [adopted.keeper]="docker|podman" [adopted.container]=id [adopted.name]=word [adopted.restart]=word
    [adopted.unit]=unit [adopted.uid]=number [adopted.gid]=number [adopted.configuration]=text [adopted.user]="same|made|other" [adopted.series]=series [adopted.engine]=engine [adopted.private]="path*" [adopted.own]="text*" [adopted.link]="text*" [adopted.mask]="word*"

    [claim.cluster]=word [claim.node]=name [claim.id]=id [claim.metadata]=path [claim.backups]=path [claim.machine]=word [claim.shape]=word
    [claim.volume]="volume*"

    [volume.volume]=word [volume.cluster]=word [volume.node]=name [volume.role]="metadata|data"
    [formatting.volume]=word [formatting.uuid]=word [left.left]=words [peers.peer]="peer*" [peers.replicationfactor]=number
    [options.balancer]=balancer

    [info.release]=release [info.series]=series [info.engine]=engine [info.metadata]=path [info.data]="path*" [info.arch]=word
    [info.quiet]="yes|no" [info.source]=word [info.sha256]=id [info.tomlsha256]="id*"
    [info.rpcport]=number [info.s3port]=number [info.webport]=number [info.adminport]=number [info.k2vport]=number
    [info.replicationfactor]=number [info.rpctimeout]=number

    [manifest.cluster]=word [manifest.node]=name [manifest.id]=id [manifest.series]=series [manifest.release]=release
    [manifest.engine]=engine [manifest.metadata]=path [manifest.hop]=word [manifest.attempt]=number [manifest.attemptid]=word
    [manifest.generation]=word [manifest.taken]=word [manifest.binary]=id [manifest.config]=id [manifest.file]="text*"

    [sheet.lines]=number [sheet.cluster]=word [sheet.node]=name [sheet.package]=word [sheet.release]=release [sheet.series]=series
    [sheet.engine]=engine [sheet.convert]=allowed [sheet.metadata]=text [sheet.data]="text*" [sheet.backups]=text [sheet.rpcport]=number
    [sheet.ports]=pairs [sheet.binds]=pairs [sheet.public]=address [sheet.toml]=base64 [sheet.quiet]=base64 [sheet.option]="text*"
    [sheet.download]="text*" [sheet.peer]="peer*" [sheet.line]="words*" [sheet.replace]="words*" [sheet.secret]="text*"
    [sheet.replicationfactor]=number [sheet.rpctimeout]=number [sheet.consistency]=word [sheet.minfrom]=release [sheet.attempt]=words [sheet.repaired]=words
    [sheet.steps]=steps [sheet.passed]="text*" [sheet.offlinerepair]=word [sheet.capacityunits]=word [sheet.queuemoved]="release*" [sheet.rolllast]=name
    [sheet.joined]=words [sheet.layout]=word [sheet.machine]=word [sheet.shape]=word [sheet.volume]="volume*" [sheet.left]=words [sheet.without]="name*" [sheet.region]=word
    [sheet.adopt]=base64 [sheet.adoptids]=words [sheet.adoptback]=yes [sheet.tagnodes]="now|later" [sheet.looked]=words
)

# fits TYPE VALUE
fits() {
    local word='[A-Za-z0-9][A-Za-z0-9._:+=@,-]*'
    case "$1" in
        text) [[ "$2" != *[[:cntrl:]]* ]] ;;
        # No leading zero, which would be octal, and 18 digits, which is what bash can hold.
        number) [[ "$2" =~ ^(0|[1-9][0-9]{0,17})$ ]] ;;
        word) [[ "$2" =~ ^$word$ ]] ;;
        words) [[ "$2" =~ ^$word(\ +$word)*$ ]] ;;
        name) [[ "$2" =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$ ]] ;;
        id) [[ "$2" =~ ^[0-9a-f]{64}$ ]] ;;
        unit) [[ "$2" =~ ^[A-Za-z0-9][A-Za-z0-9:_.@-]*\.service$ ]] ;;
        release) [[ "$2" =~ ^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$ ]] ;;
        series) [[ "$2" =~ ^(0\.)?[0-9]{1,3}$ ]] ;;
        engine) [[ "$2" =~ ^(sled|lmdb|sqlite|fjall)$ ]] ;;
        figures) [[ "$2" =~ ^[a-z0-9_.]+=[a-z0-9]+(\ +[a-z0-9_.]+=[a-z0-9]+)*$ ]] ;;
        pairs) [[ "$2" =~ ^[a-z0-9]+=[^\ ]*(\ [a-z0-9]+=[^\ ]*)*$ ]] ;;
        steps) [[ "$2" =~ ^[a-z]+:(node|cluster)(\ [a-z]+:(node|cluster))*$ ]] ;;
        base64) [[ "$2" =~ ^[A-Za-z0-9+/]+=*$ ]] ;;
        path) fits_path "$2" ;;
        "words path") fits words "${2%% /*}" && fits_path "/${2#* /}" ;;
        address) [[ "$2" =~ ^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$ ]] ;;
        peer) fits_peer "$2" ;;
        # `<role> <id> [<GiB>]`
        volume) [[ "$2" =~ ^(metadata|data)\ vol-[0-9a-f]{8,32}(\ [1-9][0-9]{0,5})?$ ]] ;;
        # `<seconds> <port,…> <address,…>`
        balancer) [[ "$2" =~ ^[1-9][0-9]{0,2}\ [0-9]{1,5}(,[0-9]{1,5})*\ [0-9]{1,3}(\.[0-9]{1,3}){3}(,[0-9]{1,3}(\.[0-9]{1,3}){3})*$ ]] ;;
        *) case "|$1|" in *"|$2|"*) ;; *) return 1 ;; esac ;;
    esac
}

fits_path() {
    [[ "$1" =~ ^(/[A-Za-z0-9._-]+)+$ ]] || return 1
    case "$1/" in */../* | */./*) return 1 ;; esac
}

# `<name> <id> <host:port> storage|gateway in|without`
fits_peer() {
    local name id address role part more
    read -r name id address role part more <<<"$1"
    fits name "$name" && fits id "$id" && fits address "$address" && fits "storage|gateway" "$role" && fits "in|without" "$part" && [ -z "$more" ]
}

# type_of RECORD KEY VARIABLE
type_of() {
    case "$1.$2" in
        options.*Seconds) give number "$3" ;;
        *) give "${TYPES[$1.$2]:-text}" "$3" ;;
    esac
}

# What a key is called; an index of an array is calculated too.
is_key() {
    [[ "$1" =~ ^[A-Za-z][A-Za-z0-9_.-]*$ ]]
}
