"""Single values as files write them: times, text, words, points."""
