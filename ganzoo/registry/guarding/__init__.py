"""A guard around the code of plugins, and the state that it looks at."""
