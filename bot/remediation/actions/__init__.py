"""The actions, a module each: a situation in, a draft of a change out, or why a person has to do it."""
