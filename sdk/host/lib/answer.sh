# shellcheck shell=bash
# What a verb answers to the program, which is all that it prints on stdout.

# answer_shown TEXT: with a mark, by which sdk/phases/answer.ts tells it from what a login shell prints there.
answer_shown() {
    [ -z "$1" ] || printf '\ngarage-node answers %s\n' "$1"
}
