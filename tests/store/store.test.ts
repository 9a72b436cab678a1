import { stories } from "./stories";

stories("2.5.0");
