import { stories } from "./stories";

for (const release of ["0.7.0", "2.4.0"]) stories(release);
