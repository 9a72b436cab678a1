import { killedStories } from "./killedStories";

killedStories("1.3.0");
