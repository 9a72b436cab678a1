import { isIP } from "node:net";
import { KEY_ID as keyIdForm } from "../garage/keyId";
import type { TextRule } from "./reader";

/** Zones and tags stand in command lines and in Garage's tables. */
export const WORD: TextRule = {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    longest: 64,
    allowed: 'letters, digits, ".", "_" and "-", beginning with a letter or a digit, at most 64',
    todo: "Choose such a word",
};

/** A node's name: a label as in a host name (RFC 1123), but shorter. */
export const NODE_NAME: TextRule = {
    pattern: /^(?!\d+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    longest: 32,
    allowed:
        'lower case letters, digits and "-", with a letter in it (names that look like numbers change their order on the way between languages), at most 32 characters',
    todo: "Choose such a name before the node is made: it can't be changed later",
};

/** What anybody could put into a shell, a TOML file and a unit without quoting. */
const PATH_PARTS = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/;

export const PATH: TextRule = {
    pattern: PATH_PARTS,
    longest: 200,
    allowed:
        'an absolute path of letters, digits, ".", "_" and "-", without "." or ".." steps and without a "/" at its end',
    todo: 'Write one like "/srv/garage/data"',
};

export const ANY_LINE: TextRule = {
    pattern: /^[^\p{Cc}]+$/u,
    longest: 1000,
    allowed: "one line of text, without control characters",
    todo: "Put a longer script into a file on the hosts and call it here",
};

/** What ends in a number is meant as an IPv4 address. */
const HOST_NAME =
    /^(?!([^.]*\.)*\d+\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

/** A host name or an IP address, as SSH takes it. */
export const HOST: TextRule = {
    pattern: { test: (text) => isIP(text) !== 0 || HOST_NAME.test(text) },
    allowed: "a host name or an IP address, IPv6 without brackets",
    todo: "Write it without port and user; those have options of their own",
};

export const HEX64: TextRule = {
    pattern: /^[0-9a-fA-F]{64}$/,
    allowed: "64 hex digits",
    todo: "Make one with `openssl rand -hex 32`",
};

/** Stands in a command line, and nothing is made of it but that it is another one. */
export const REAPPLY: TextRule = {
    pattern: /^[A-Za-z0-9._:@+=,/-]+$/,
    longest: 64,
    allowed: "a short text without spaces and quotes",
    todo: 'Write another one than last time, like "2"',
};

export const KEY_ID: TextRule = {
    pattern: keyIdForm,
    allowed: 'the id of a key, like "GK" and 24 hex digits',
    todo: "Take accessKeyId of a GarageKey, or what `sudo garage-manage key list` shows on a host",
};
