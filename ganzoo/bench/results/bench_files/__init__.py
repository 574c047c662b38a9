"""The files of benches, suites, tries at a track and evaluations."""
