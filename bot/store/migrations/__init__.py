"""The steps from one schema to the next, the first first. What was released once is never changed again."""
