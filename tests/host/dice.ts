/** Numbers from 0 to n - 1, the same for the same seed. */
export function dice(seed: number): (n: number) => number {
    let state = seed || 1;
    return (n) => {
        state = (state * 48271) % 2147483647;
        return state % n;
    };
}
