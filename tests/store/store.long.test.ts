import { stories } from "./stories";

for (const release of ["0.7.0", "0.9.4", "2.4.0"]) stories(release);
