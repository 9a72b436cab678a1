/** What a machine on AWS is told for its first boot. */
export interface FirstBoot {
    /** The private key by which the machine proves itself, in OpenSSH format. */
    hostKey: string;
    /** Its public half: the line that connections expect. */
    hostKeyPublic: string;
    /** The public key that lets Pulumi in. */
    loginKey: string;
}

/** The login that is made, whatever the image has. */
export const LOGIN = "admin";

/**
 * The user data, for cloud-init: the host's key and a login, and nothing else, for all else is done over the connection that they make
 * possible. JSON is YAML. cloud-init does it once an instance: a machine that is stopped and started keeps its keys.
 */
export function cloudConfig({ hostKey, hostKeyPublic, loginKey }: FirstBoot): string {
    const config = {
        // The image's own keys go, and no other kinds are made: the first answer of sshd is by this one.
        ssh_deletekeys: true,
        ssh_keys: { ed25519_private: hostKey, ed25519_public: hostKeyPublic },
        ssh: { emit_keys_to_console: false },
        no_ssh_fingerprints: true,
        disable_root: true,
        ssh_pwauth: false,
        users: [
            {
                name: LOGIN,
                gecos: "Pulumi",
                shell: "/bin/bash",
                lock_passwd: true,
                sudo: "ALL=(ALL) NOPASSWD:ALL",
                ssh_authorized_keys: [loginKey],
            },
        ],
    };
    return `#cloud-config\n${JSON.stringify(config, undefined, 1)}\n`;
}
