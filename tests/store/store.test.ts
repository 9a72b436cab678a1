import { stories } from "./stories";

for (const release of ["0.8.7", "0.9.4", "1.3.0", "2.5.0"]) stories(release);
