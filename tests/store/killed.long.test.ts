import { killedStories } from "./killedStories";

killedStories("0.7.0");
