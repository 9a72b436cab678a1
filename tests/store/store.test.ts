import { stories } from "./stories";

// One of each API, and of each way to rules of CORS and lifecycle.
for (const release of ["0.8.7", "1.3.0", "2.5.0"]) stories(release);
