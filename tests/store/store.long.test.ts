import { stories } from "./stories";

// One of each API, and of each way to rules of CORS and lifecycle.
for (const release of ["0.7.0", "0.8.7", "0.9.4", "1.3.0", "2.4.0"]) stories(release);
