import { killedStories } from "./killedStories";

for (const release of ["0.7.0", "2.5.0"]) killedStories(release);
