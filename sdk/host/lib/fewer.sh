# shellcheck shell=bash
# shellcheck disable=SC2034  # for the awk programs of gate.sh, proof.sh and convert.sh
# How many entries of a table may be fewer than before, with nothing lost. Only garbage collection takes entries away: a tombstone goes a day
# after its deletion, from every node at the word of the one that has it in its queue. So never more than all nodes' queues held. That alone
# proves little: where clients delete much, a queue is as long as its table, and one entry of a million would pass. So besides:
#   in a roll, and after a major upgrade: what comes due of the queue in the time between is about hours/24 of it; twice that is granted, and
#     for bursts a hundredth of the table (of a small one half, up to 100 entries); and never more than half of the table.
#   in a conversion nothing runs: a thousandth of the queue, which comes due in a minute and a half, for the moment between the daemon's last
#     word and its stop. So, exactly nothing, where the queue is shorter.
# More than that, and no more than the queues held, passes only where the user has said so (skipChecks: items-fewer), and in a roll not even
# then: its next try has new figures.

FEWER='
    function fewer_explained(had, queue, hours,    n, burst) {
        burst = had / 2 < 100 ? had / 2 : 100
        if (burst < had / 100) burst = had / 100
        n = queue * hours / 12 + burst
        if (n > queue) n = queue
        if (n > had / 2) n = had / 2
        return int(n)
    }
    function fewer_converted(queue) { return int(queue / 1000) }
    function fewer_waived(had, queue) { return queue < had ? queue : had > 0 ? had - 1 : 0 }'
