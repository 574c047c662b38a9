"""Parts compared with their authors' own code: same weights, same inputs, and numbers that say how far they agree."""
