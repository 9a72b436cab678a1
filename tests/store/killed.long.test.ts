import { killedStories } from "./killedStories";

for (const release of ["0.7.0", "1.3.0", "2.5.0"]) killedStories(release);
